"""What stands of a document or a page: the newest answer to each question, and what a person said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, Select, and_, bindparam, cast, literal_column, or_, select, tuple_

from docproc.core.questions import Question
from docproc.core.types import Answer, Signals
from docproc.store import reviews
from docproc.store.face_tables import reviews as review_table
from docproc.store.reviews import Place, Review
from docproc.store.sets import question_from_json
from docproc.store.tables import answers, current_answers, documents, engines, job_documents, questions

SURE = 0.999  # what was merged from reviewed pages alone needs no other look


@dataclass(frozen=True, slots=True)
class Standing:
    """A question of a page (number 0: of the document), the newest answer to it (None where no engine was asked), and
    what a person said (None: nothing). `log_id` is the newest row of the log of reviews that bears on it, 0: none.
    """

    place: Place
    question: Question
    answer: Answer | None
    answer_id: int | None
    engine: str | None  # its fingerprint
    review: Review | None
    log_id: int


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
    """A place with the confidence by which it is sorted, and its document's SHA-256 and path."""

    confidence: float
    document: str
    path: str
    standing: Standing

    @property
    def mark(self) -> tuple[float, int, str, str, int]:
        """Where it stands in the order."""
        place = self.standing.place
        return self.confidence, place.document_id, place.set_name, place.key, place.number


def of_numbers(
    conn: Connection, document_id: int, numbers: Sequence[int], set_name: str | None = None
) -> list[Standing]:
    """What stands of some pages (0: the document), by page, set and question; questions are as they were asked."""
    shown = current_answers.c
    query = _standing().where(shown.document_id == document_id, shown.number.in_(numbers))
    query = query.order_by(shown.number, shown.set_name, questions.c.id)
    said = reviews.of_numbers(conn, document_id, numbers, set_name)
    logged = reviews.latest_by_place(conn, document_id)
    if set_name is not None:
        query = query.where(shown.set_name == set_name)
    found = [_made(row, said, logged) for row in conn.execute(query)]
    alone = said.keys() - {standing.place for standing in found}
    return found + _without_answers(conn, {place: said[place] for place in alone}, logged)


def least_sure(
    conn: Connection, sought: Sought, after: tuple[float, int, str, str, int] | None, limit: int
) -> list[Least]:
    """The answers that are wanted, the least sure first, behind a place in that order."""
    shown = current_answers.c
    order = (shown.confidence, shown.document_id, shown.set_name, shown.key, shown.number)
    picked = select(*order, shown.answer_id).where(*_wanted(sought)).order_by(*order).limit(limit)
    if after is not None:
        # The first column by itself, so that the index is entered there.
        mark = [bindparam(None, value, type_=column.type) for value, column in zip(after, order, strict=True)]
        picked = picked.where(shown.confidence >= mark[0], tuple_(*order) > tuple_(*mark))
    few = picked.subquery()
    query = (
        _standing()
        .join(
            few,
            (few.c.set_name == shown.set_name)
            & (few.c.document_id == shown.document_id)
            & (few.c.number == shown.number)
            & (few.c.key == shown.key),
        )
        .join(documents, documents.c.id == shown.document_id)
        .add_columns(documents.c.sha256, documents.c.path, few.c.confidence.label("by"))
        .order_by(few.c.confidence, few.c.document_id, few.c.set_name, few.c.key, few.c.number)
    )
    rows = conn.execute(query).all()
    said: dict[Place, Review] = {}
    logged: dict[int, dict[tuple[int, str, str], int]] = {}
    for document_id in {row.document_id for row in rows}:
        numbers = {row.number for row in rows if row.document_id == document_id}
        said |= reviews.of_numbers(conn, document_id, numbers)
        logged[document_id] = reviews.latest_by_place(conn, document_id)
    return [Least(row.by, row.sha256, row.path, _made(row, said, logged[row.document_id])) for row in rows]


def _wanted(sought: Sought) -> list[Any]:
    shown, said = current_answers.c, review_table.c
    where: list[Any] = [] if sought.pages else [shown.number == literal_column("0")]
    for column, value in (
        (shown.set_name, sought.set_name),
        (shown.key, sought.key),
        (shown.document_id, sought.document_id),
        (shown.status, sought.status),
    ):
        if value is not None:
            where.append(column == value)
    if sought.below is not None:
        where.append(shown.confidence < cast(sought.below, Float))
    if sought.engine is not None:
        named = select(engines.c.id).where(engines.c.name == sought.engine)
        given = select(answers.c.id).where(answers.c.id == shown.answer_id, answers.c.engine_id.in_(named))
        where.append(given.exists())
    if sought.job_id is not None:
        of_job = select(job_documents.c.document_id).where(job_documents.c.job_id == sought.job_id)
        where.append(shown.document_id.in_(of_job))
    if sought.state != "all":
        place = (said.document_id, said.number, said.set_name, said.key)
        here = (shown.document_id, shown.number, shown.set_name, shown.key)
        settled = select(said.id).where(
            and_(*(one == other for one, other in zip(place, here, strict=True))),
            or_(said.merged.is_(None), said.merged >= SURE),
        )
        where.append(settled.exists() if sought.state == "reviewed" else ~settled.exists())
    return where


def _standing() -> Select[Any]:
    shown = current_answers.c
    return (
        select(
            shown.set_name,
            shown.document_id,
            shown.number,
            shown.key,
            shown.answer_id,
            engines.c.fingerprint,
            questions.c.definition,
            *(column for column in answers.c if column.name not in ("document_id", "number")),
        )
        .join(answers, answers.c.id == shown.answer_id)
        .join(questions, questions.c.id == answers.c.question_id)
        .join(engines, engines.c.id == answers.c.engine_id)
    )


def _made(row: Any, said: dict[Place, Review], logged: dict[tuple[int, str, str], int]) -> Standing:
    place = Place(row.document_id, row.number, row.set_name, row.key)
    question = question_from_json(row.definition)
    answer = Answer(
        page=row.number,
        question=question,
        status=row.status,
        value=row.value,
        raw=row.raw,
        quote=row.quote,
        confidence=row.confidence,
        evidence=row.evidence,
        boxes=reviews.boxes_from(row.boxes),
        found_on=row.found_on,
        signals=Signals(**row.signals or {}),
        steps=tuple(row.steps or ()),
    )
    log_id = logged.get((row.number, row.set_name, row.key), 0)
    return Standing(place, question, answer, row.answer_id, row.fingerprint, said.get(place), log_id)


def _without_answers(
    conn: Connection, said: dict[Place, Review], logged: dict[tuple[int, str, str], int]
) -> list[Standing]:
    """Reviews of what no engine was asked: of a page that failed, for example."""
    found = []
    for name in sorted({place.set_name for place in said}):
        asked = reviews.newest_set(conn, name)
        keys = {question.key: question for question in asked.questions} if asked else {}
        for place in sorted((p for p in said if p.set_name == name), key=lambda p: (p.number, p.key)):
            if place.key in keys:
                log_id = logged.get((place.number, place.set_name, place.key), 0)
                found.append(Standing(place, keys[place.key], None, None, None, said[place], log_id))
    return found
