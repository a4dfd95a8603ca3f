"""What there is to review, the least sure first, and what was reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from docproc.core.errors import NotFound, UsageError
from docproc.service.parts import Parts
from docproc.service.shown import ShownAnswer, shown
from docproc.store import documents, review_queue, reviews
from docproc.store.review_queue import Mark, Sought

__all__ = ["Mark"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which answers are wanted; None: all. `document` is a SHA-256; `engine` a name; `below` a confidence.

    `state`: open, reviewed or all. `pages`: the answers of pages, too, for a document that is named.
    """

    set_name: str | None = None
    key: str | None = None
    engine: str | None = None
    document: str | None = None
    job: int | None = None
    below: float | None = None
    status: str | None = None
    state: str = "open"
    pages: bool = False


@dataclass(frozen=True, slots=True)
class ToReview:
    """An answer in the queue. `by` is the confidence that it is sorted by."""

    document: str
    name: str
    by: float
    answer: ShownAnswer


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log of reviews. `status` and `value` (its canonical text) are what then held, null where no review
    did; `undoes` is the row that it takes back.
    """

    id: int
    document: str
    name: str
    number: int
    set: str
    key: str
    action: str
    reviewer: str
    at: datetime
    status: str | None
    value: str | None
    note: str
    undoes: int | None


def queue(parts: Parts, filters: Filters, after: Mark | None, limit: int) -> tuple[list[ToReview], Mark | None]:
    """The documents' answers that wait for a person, the least sure first, and where the list goes on (None: it ends).

    Raises NotFound for an unknown document, UsageError for `pages` without one.
    """
    if filters.pages and filters.document is None:
        raise UsageError("the answers of pages are listed of one document; name it")
    with parts.database.read() as conn:
        document_id = None
        if filters.document is not None:
            row = documents.find(conn, filters.document)
            if row is None:
                raise NotFound(f"there is no document {filters.document[:64]}")
            document_id = row.id
        sought = Sought(
            filters.set_name,
            filters.key,
            filters.engine,
            document_id,
            filters.job,
            filters.below,
            filters.status,
            filters.state,
            filters.pages,
        )
        found = review_queue.least_sure(conn, sought, after, limit + 1)
    listed = [ToReview(one.document, PurePath(one.path).name, one.confidence, shown(one.standing)) for one in found]
    return listed[:limit], found[limit - 1].mark if len(found) > limit else None


def history(
    parts: Parts, where: dict[str, Any], document: str | None, before: int | None, limit: int
) -> tuple[list[Logged], int | None]:
    """What was said, the newest first, and where the list goes on; `where` are values of the log's columns
    (reviewer, set_name, key, number). Raises NotFound for an unknown document.
    """
    with parts.database.read() as conn:
        wanted = {name: value for name, value in where.items() if value is not None}
        if document is not None:
            row = documents.find(conn, document)
            if row is None:
                raise NotFound(f"there is no document {document[:64]}")
            wanted["document_id"] = row.id
        found = reviews.history(conn, wanted, before, limit + 1)
    listed = [
        Logged(
            entry.id,
            sha256,
            PurePath(path).name,
            entry.place.number,
            entry.place.set_name,
            entry.place.key,
            entry.action,
            entry.reviewer,
            datetime.fromtimestamp(entry.at, UTC),
            entry.review.status if entry.review else None,
            entry.review.value if entry.review else None,
            entry.note,
            entry.undoes,
        )
        for entry, sha256, path in found[:limit]
    ]
    return listed, listed[-1].id if len(found) > limit else None
