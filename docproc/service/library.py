"""Documents: the list of all, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from docproc.core.errors import NotFound
from docproc.service.parts import Parts
from docproc.service.shown import ShownAnswer, shown
from docproc.store import documents, library, standing
from docproc.store.documents import DocumentRow
from docproc.store.library import JobEntry, Listed, Step, Wanted

__all__ = ["Wanted"]


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document with what the newest job (of those asked for) made of it."""

    document: str
    name: str
    path: str
    media_type: str
    bytes: int
    pages: int
    rejected: str | None
    created_at: datetime
    job: int | None
    set: str | None
    status: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class JobOfDocument:
    """What a job made of a document; `status` is null while it runs."""

    job: int
    path: str
    set: str
    engine: str
    state: str
    status: str | None
    outcome: str | None
    message: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class OneDocument:
    """A document, what is known of it, and the jobs that had it, the newest first. `meta` is what the file says of
    itself; `rejected` why it could not be read, with `message`.
    """

    document: str
    name: str
    path: str
    media_type: str
    bytes: int
    pages: int
    rejected: str | None
    message: str
    repaired: bool
    warnings: list[str]
    meta: dict[str, Any]
    sets: list[str]
    jobs: list[JobOfDocument]


@dataclass(frozen=True, slots=True)
class PageStep:
    """How far a page has come for a set and an engine: waiting, ready, leased, answered, blank, failed, cancelled."""

    set: str
    engine: str
    state: str
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page: its size in pixels (null where it was not rendered), what came out other than plainly, and its steps."""

    number: int
    width: int | None
    height: int | None
    dpi: float | None
    blank: bool
    degraded: bool
    downscaled: bool
    steps: list[PageStep]


def list_documents(
    parts: Parts, wanted: Wanted, before: int | None, limit: int
) -> tuple[list[ListedDocument], int | None]:
    """Documents, those that came in last first, and where the list goes on (None: it ends)."""
    with parts.database.read() as conn:
        found = library.listing(conn, wanted, before, limit + 1)
    return [_listed(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else None


def document(parts: Parts, sha256: str) -> OneDocument:
    """A document by its SHA-256. Raises NotFound."""
    with parts.database.read() as conn:
        row = known(documents.find(conn, sha256), sha256)
        entries = library.entries(conn, row.id)
    return OneDocument(
        document=row.sha256,
        name=name_of(row, entries),
        path=row.path,
        media_type=row.media_type,
        bytes=row.bytes,
        pages=row.page_count,
        rejected=row.rejected,
        message=row.message,
        repaired=row.repaired,
        warnings=list(row.warnings),
        meta=row.meta or {},
        sets=sorted({entry.set_name for entry in entries}),
        jobs=[_job(entry) for entry in entries],
    )


def document_answers(parts: Parts, sha256: str, set_name: str | None) -> list[ShownAnswer]:
    """What stands for the document as a whole, by set and question. Raises NotFound."""
    with parts.database.read() as conn:
        row = known(documents.find(conn, sha256), sha256)
        return [shown(one) for one in standing.of_numbers(conn, row.id, [0], set_name)]


def list_pages(parts: Parts, sha256: str, after: int, limit: int) -> tuple[list[ListedPage], int | None]:
    """A document's pages behind a number, and where the list goes on. Raises NotFound."""
    with parts.database.read() as conn:
        row = known(documents.find(conn, sha256), sha256)
        numbers = range(after + 1, min(row.page_count, after + limit) + 1)
        sheets = library.sheets(conn, row.id, numbers)
        steps = library.steps(conn, row.id, numbers)
    listed = []
    for number in numbers:
        sheet = sheets.get(number)
        come = [step_of(step) for step in steps if step.number == number]
        if sheet is None:
            listed.append(ListedPage(number, None, None, None, False, False, False, come))
            continue
        size = (sheet.width, sheet.height, sheet.dpi)
        listed.append(ListedPage(number, *size, sheet.blank, sheet.degraded, sheet.downscaled, come))
    return listed, numbers[-1] if numbers and numbers[-1] < row.page_count else None


def known(row: DocumentRow | None, sha256: str) -> DocumentRow:
    """The document that was found. Raises NotFound where none was."""
    if row is None:
        raise NotFound(
            f"there is no document {sha256[:64]}; GET /v1/documents lists all, docproc sql has document_list"
        )
    return row


def name_of(row: DocumentRow, entries: list[JobEntry]) -> str:
    """What people call a document: its name in the newest job."""
    return PurePath(entries[0].path if entries else row.path).name


def _listed(row: Listed) -> ListedDocument:
    return ListedDocument(
        row.sha256,
        PurePath(row.path).name,
        row.path,
        row.media_type,
        row.bytes,
        row.page_count,
        row.rejected,
        datetime.fromtimestamp(row.created_at, UTC),
        row.job_id,
        row.set_name,
        row.status,
        row.outcome,
    )


def _job(entry: JobEntry) -> JobOfDocument:
    return JobOfDocument(
        entry.job_id,
        entry.path,
        entry.set_name,
        entry.engine,
        entry.state,
        entry.status,
        entry.outcome,
        entry.message,
        None if entry.finished_at is None else datetime.fromtimestamp(entry.finished_at, UTC),
    )


def step_of(step: Step) -> PageStep:
    """A page's step, for a face."""
    return PageStep(step.set_name, step.engine, step.state, step.error_code, step.error)
