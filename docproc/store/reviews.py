"""Queries on reviews: what people say of answers, what holds now, and the log of all that was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select

from docproc.core.boxes import Box, PageBox
from docproc.core.questions import QuestionSet
from docproc.store.clock import now
from docproc.store.face_tables import review_log, reviews
from docproc.store.sets import from_json
from docproc.store.tables import documents, question_sets
from docproc.store.upsert import upsert

_PLACE = ("document_id", "number", "set_name", "key")


@dataclass(frozen=True, slots=True)
class Place:
    """What a review is of: a document's page, or the document (number 0), and a question of a set."""

    document_id: int
    number: int
    set_name: str
    key: str


@dataclass(frozen=True, slots=True)
class Review:
    """What holds: status and canonical value, and where the reviewer says that it stands (None: not said).

    `answer_id` is the answer that was seen. `merged`: None for a person's own word about this very place, else the
    confidence of what follows from the reviews of the document's pages. `at` is in seconds since 1970.
    """

    kind: str
    status: str
    value: str | None
    reviewer: str
    boxes: tuple[PageBox, ...] | None = None
    note: str = ""
    answer_id: int | None = None
    merged: float | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the log. `review` is what then held, None where none did; `undoes` the row that it takes back."""

    id: int
    place: Place
    action: str
    reviewer: str
    at: float
    review: Review | None
    undoes: int | None = None
    note: str = ""


def lock(conn: Connection, document_id: int) -> None:
    """Let those who review one document take turns, until the end of the transaction."""
    conn.execute(select(documents.c.id).where(documents.c.id == document_id).with_for_update(key_share=True))


def newest_set(conn: Connection, name: str) -> QuestionSet | None:
    """The version of a set that was used last: the one whose questions the views show."""
    query = (
        select(question_sets.c.definition)
        .where(question_sets.c.name == name)
        .order_by(question_sets.c.created_at.desc(), question_sets.c.id.desc())
        .limit(1)
    )
    definition = conn.execute(query).scalar()
    return None if definition is None else from_json(definition)


def standing(conn: Connection, place: Place) -> Review | None:
    """The review that holds of a place."""
    row = conn.execute(select(reviews).where(*_at(reviews, place))).first()
    return None if row is None else _review(row)


def of_numbers(
    conn: Connection, document_id: int, numbers: Iterable[int], set_name: str | None = None
) -> dict[Place, Review]:
    """The reviews that hold of some pages (0: the document)."""
    query = select(reviews).where(reviews.c.document_id == document_id, reviews.c.number.in_(list(numbers)))
    if set_name is not None:
        query = query.where(reviews.c.set_name == set_name)
    return {_place(row): _review(row) for row in conn.execute(query)}


def of_pages(conn: Connection, document_id: int, set_name: str, key: str) -> dict[int, Review]:
    """The reviews of a document's pages to one question, by page number."""
    query = select(reviews).where(
        reviews.c.document_id == document_id,
        reviews.c.number > 0,
        reviews.c.set_name == set_name,
        reviews.c.key == key,
    )
    return {row.number: _review(row) for row in conn.execute(query)}


def reviewed_pages(conn: Connection, document_ids: Iterable[int], set_name: str) -> list[tuple[int, str]]:
    """Those of some documents (with the key) of which a page's answer to a question of the set is reviewed."""
    query = (
        select(reviews.c.document_id, reviews.c.key)
        .where(reviews.c.document_id.in_(list(document_ids)), reviews.c.number > 0, reviews.c.set_name == set_name)
        .distinct()
    )
    return [(document_id, key) for document_id, key in conn.execute(query)]


def put(conn: Connection, place: Place, review: Review) -> None:
    """Make this what holds."""
    values: dict[str, Any] = {
        "document_id": place.document_id,
        "number": place.number,
        "set_name": place.set_name,
        "key": place.key,
        "kind": review.kind,
        "status": review.status,
        "value": review.value,
        "reviewer": review.reviewer,
        "created_at": conn.execute(select(now())).scalar_one(),
        "boxes": None if review.boxes is None else boxes_json(review.boxes),
        "answer_id": review.answer_id,
        "note": review.note,
        "merged": review.merged,
    }
    upsert(conn, reviews, _PLACE, [values])


def remove(conn: Connection, place: Place) -> None:
    """Let no review hold of a place."""
    conn.execute(delete(reviews).where(*_at(reviews, place)))


def log(conn: Connection, place: Place, kind: str, said: Mapping[str, Any], review: Review | None) -> int:
    """Add a row to the log: `said` has action, reviewer, note, answer_id and, of an undo, undoes. Returns its id."""
    values = {
        **{name: getattr(place, name) for name in _PLACE},
        **said,
        "kind": kind,
        "status": review and review.status,
        "value": review and review.value,
        "boxes": boxes_json(review.boxes or ()) if review else [],
    }
    statement = insert(review_log).values(**values, created_at=now()).returning(review_log.c.id)
    return int(conn.execute(statement).scalar_one())


def entry(conn: Connection, log_id: int) -> Entry | None:
    """A row of the log."""
    row = conn.execute(select(review_log).where(review_log.c.id == log_id)).first()
    return None if row is None else _entry(row)


def entries_of(conn: Connection, place: Place) -> list[Entry]:
    """All that was ever said of a place, in order."""
    query = select(review_log).where(*_at(review_log, place)).order_by(review_log.c.id)
    return [_entry(row) for row in conn.execute(query)]


def last_of(conn: Connection, reviewer: str, limit: int = 200) -> list[Entry]:
    """What a reviewer said last, the newest first, undoings left out."""
    query = (
        select(review_log)
        .where(review_log.c.reviewer == reviewer, review_log.c.action != "undo")
        .order_by(review_log.c.id.desc())
        .limit(limit)
    )
    return [_entry(row) for row in conn.execute(query)]


def latest(conn: Connection, place: Place) -> int:
    """The id of the newest row of the log that bears on a place, 0 where there is none.

    On a document's own answer bear those on its pages', too.
    """
    query = select(func.max(review_log.c.id)).where(
        review_log.c.document_id == place.document_id,
        review_log.c.set_name == place.set_name,
        review_log.c.key == place.key,
    )
    if place.number:
        query = query.where(review_log.c.number == place.number)
    return int(conn.execute(query).scalar() or 0)


def latest_by_place(conn: Connection, document_id: int) -> dict[tuple[int, str, str], int]:
    """`latest` for all places of a document of which something was said: (number, set, key) → id."""
    query = (
        select(review_log.c.number, review_log.c.set_name, review_log.c.key, func.max(review_log.c.id))
        .where(review_log.c.document_id == document_id)
        .group_by(review_log.c.number, review_log.c.set_name, review_log.c.key)
    )
    found: dict[tuple[int, str, str], int] = {}
    for number, set_name, key, newest in conn.execute(query):
        found[number, set_name, key] = max(newest, found.get((number, set_name, key), 0))
        found[0, set_name, key] = max(newest, found.get((0, set_name, key), 0))
    return found


def history(conn: Connection, where: Mapping[str, Any], before: int | None, limit: int) -> list[tuple[Entry, str, str]]:
    """The newest rows of the log before an id, each with its document's SHA-256 and path.

    `where` maps columns of the log to the values that they must have.
    """
    query: Select[Any] = (
        select(review_log, documents.c.sha256, documents.c.path)
        .join(documents, documents.c.id == review_log.c.document_id)
        .where(*(review_log.c[name] == value for name, value in where.items()))
        .order_by(review_log.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(review_log.c.id < before)
    return [(_entry(row), row.sha256, row.path) for row in conn.execute(query)]


def boxes_json(boxes: Iterable[PageBox]) -> list[list[float]]:
    """Boxes as they are stored."""
    return [[box.page, *(round(edge, 5) for edge in box.box)] for box in boxes]


def boxes_from(rows: Iterable[Any]) -> tuple[PageBox, ...]:
    """The inverse of `boxes_json`."""
    return tuple(PageBox(int(page), Box(*edges)) for page, *edges in rows)


def _at(table: Any, place: Place) -> list[Any]:
    return [table.c[name] == getattr(place, name) for name in _PLACE]


def _place(row: Any) -> Place:
    return Place(row.document_id, row.number, row.set_name, row.key)


def _review(row: Any) -> Review:
    return Review(
        row.kind,
        row.status,
        row.value,
        row.reviewer,
        None if row.boxes is None else boxes_from(row.boxes),
        row.note or "",
        row.answer_id,
        row.merged,
        row.created_at,
    )


def _entry(row: Any) -> Entry:
    review = None
    if row.status is not None:
        boxes = boxes_from(row.boxes) or None
        review = Review(
            row.kind, row.status, row.value, row.reviewer, boxes, row.note, row.answer_id, at=row.created_at
        )
    return Entry(row.id, _place(row), row.action, row.reviewer, row.created_at, review, row.undoes, row.note)
