"""The answers that wait for a person, the least sure first."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    tuple_,
)

from docproc.store.face_tables import reviews as review_table
from docproc.store.reviews import Place
from docproc.store.standing import Standing, at_places
from docproc.store.tables import answers, current_answers, engines, job_documents, question_sets

SURE = 0.999  # what was merged from reviewed pages alone needs no other look
# Where a list goes on: the confidence, document, set, key and number of the last one.
Mark = tuple[float, int, str, str, int]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which answers a reviewer wants to see; None: all. `state`: open (nobody has said anything), reviewed or all.

    `below` is a confidence. `pages`: the answers of pages, too, which needs a `document_id`.
    """

    set_name: str | None = None
    key: str | None = None
    engine: str | None = None  # a name
    document_id: int | None = None
    job_id: int | None = None
    below: float | None = None
    status: str | None = None
    state: str = "open"
    pages: bool = False


@dataclass(frozen=True, slots=True)
class Least:
    """What stands of a place, with the confidence by which it is sorted, and its document's SHA-256 and path."""

    confidence: float
    document: str
    path: str
    standing: Standing

    @property
    def mark(self) -> Mark:
        """Where it stands in the order."""
        place = self.standing.place
        return self.confidence, place.document_id, place.set_name, place.key, place.number


def least_sure(conn: Connection, sought: Sought, after: Mark | None, limit: int) -> list[Least]:
    """The answers that are wanted, the least sure first, behind a place in that order."""
    # Set by set: each is a range of the index, whatever is in the others.
    names = select(question_sets.c.name).distinct()
    if sought.set_name is not None:
        names = names.where(question_sets.c.name == sought.set_name)
    if sought.engine is not None and not conn.execute(_named(sought.engine)).first():
        return []
    picked = [_of_set(conn, sought, name, after, limit) for name in sorted(conn.execute(names).scalars())]
    marks = list(islice(merge(*picked), limit))
    found = at_places(conn, [Place(document_id, number, name, key) for _, document_id, name, key, number in marks])
    return [
        Least(mark[0], *found[place]) for mark in marks if (place := Place(mark[1], mark[4], mark[2], mark[3])) in found
    ]


def _of_set(conn: Connection, sought: Sought, name: str, after: Mark | None, limit: int) -> list[Mark]:
    shown = current_answers.c
    order: tuple[ColumnElement[Any], ...] = (shown.confidence, shown.document_id, shown.key, shown.number)
    query = select(*order).where(shown.set_name == name, *_wanted(sought)).limit(limit)
    if sought.state == "reviewed":
        # Those are few: from the reviews to the answers. The sum keeps SQLite from going by the index all the same.
        query = query.join(review_table, _reviewed()).where(_settled())
        order = (shown.confidence + literal_column("0"), *order[1:])
    if after is not None:
        query = query.where(_behind(name, after))
    return [(row[0], row[1], name, row[2], row[3]) for row in conn.execute(query.order_by(*order))]


def _behind(name: str, after: Mark) -> ColumnElement[bool]:
    """Behind the mark in the order of all sets, as ranges of the index of one set."""
    shown = current_answers.c
    confidence, document_id, last, key, number = after
    at = (bindparam(None, confidence, type_=Float), bindparam(None, document_id, type_=Integer))
    if name != last:
        here = tuple_(shown.confidence, shown.document_id)
        return here > tuple_(*at) if name < last else here >= tuple_(*at)
    rest = (bindparam(None, key, type_=String), bindparam(None, number, type_=Integer))
    return tuple_(shown.confidence, shown.document_id, shown.key, shown.number) > tuple_(*at, *rest)


def _wanted(sought: Sought) -> list[ColumnElement[bool]]:
    shown = current_answers.c
    # Written literally, as the partial index wants it.
    where: list[ColumnElement[bool]] = [] if sought.pages else [shown.number == literal_column("0")]
    for named, value in (
        (shown.key, sought.key),
        (shown.document_id, sought.document_id),
        (shown.status, sought.status),
    ):
        if value is not None:
            where.append(named == value)
    if sought.below is not None:
        where.append(shown.confidence < bindparam(None, sought.below, type_=Float))
    if sought.engine is not None:
        given = select(answers.c.id).where(
            answers.c.id == shown.answer_id, answers.c.engine_id.in_(_named(sought.engine))
        )
        where.append(given.exists())
    if sought.job_id is not None:
        of_job = select(job_documents.c.document_id).where(job_documents.c.job_id == sought.job_id)
        where.append(shown.document_id.in_(of_job))
    if sought.state == "open":
        where.append(~select(review_table.c.id).where(_reviewed(), _settled()).exists())
    return where


def _named(engine: str) -> Select[Any]:
    return select(engines.c.id).where(engines.c.name == engine)


def _reviewed() -> ColumnElement[bool]:
    shown, said = current_answers.c, review_table.c
    names = ("document_id", "number", "set_name", "key")
    return and_(*(said[name] == shown[name] for name in names))


def _settled() -> ColumnElement[bool]:
    return or_(review_table.c.merged.is_(None), review_table.c.merged >= SURE)
