"""Enter files into a job: documents, what the job has of them, and the tasks of their pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from docproc.store import documents, ending, jobs, received, tasks
from docproc.store.crashes import MAX_CRASHES
from docproc.store.documents import DocumentRow
from docproc.store.jobs import DocumentResult
from docproc.store.received import Received
from docproc.store.tasks import Key


@dataclass(frozen=True, slots=True)
class Target:
    """The job that files are taken in for; `first_choice` is the renderer that is tried first."""

    job_id: int
    set_id: int
    engine_id: int
    first_choice: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to enter, by its bytes. `row` is what was found out about it, None where the document is known already.

    `name` is what it is called in its job, None: as its path.
    """

    path: str
    sha256: str
    modified: float
    row: DocumentRow | None
    name: str | None = None


def enter(conn: Connection, target: Target, entries: Sequence[Entry | DocumentResult]) -> int:
    """Enter files, and results of files that could not even be read; return how many."""
    for entry in entries:
        if isinstance(entry, DocumentResult):
            jobs.add_rejected(conn, target.job_id, entry)
        else:
            _enter(conn, target, entry)
    return len(entries)


def enter_received(
    conn: Connection, looked: Sequence[tuple[Received, DocumentRow | None]], first_choice: str
) -> list[Received]:
    """Enter received files that were looked at, each with what was found out (None: its document is known), where
    their leases still hold; return those. Jobs that have nothing more to do end.
    """
    held = received.take(conn, [file for file, _ in looked])
    kept = [(file, row) for file, row in looked if file.id in held]
    for file, row in sorted(kept, key=lambda each: each[0].sha256):  # documents are locked in one order everywhere
        target = Target(file.job_id, file.set_id, file.engine_id, first_choice)
        _enter(conn, target, Entry(file.path or file.name, file.sha256, file.modified, row, file.name))
        received.note_duplicate(conn, file)
    ending.finish(conn, {file.job_id for file, _ in kept})
    return [file for file, _ in kept]


def reap_received(conn: Connection, first_choice: str, dead: Collection[str] = ()) -> int:
    """Take back what workers that died had in hand, and the `dead` among those that live on other leases; what has
    been in hand of too many is refused. Return how many those were.
    """
    lost = [*received.reap_workers(conn, dead), *received.reap(conn)]
    reason = f"its worker died {MAX_CRASHES} times while it looked at this file"
    told = [(file, None if file.known else refused(file, "corrupt", f"{file.name}: {reason}")) for file in lost]
    enter_received(conn, told, first_choice)
    return len(lost)


def refused(file: Received, code: str, message: str) -> DocumentRow:
    """A received file that cannot be processed, for a reason that is one of `RejectCode`."""
    return DocumentRow(
        id=0,
        sha256=file.sha256,
        media_type="",
        page_count=0,
        rejected=code,
        message=message,
        repaired=False,
        path=file.path or file.name,
        bytes=file.bytes,
        modified=file.modified,
    )


def _enter(conn: Connection, target: Target, entry: Entry) -> None:
    if entry.row is not None:
        row, document_id = entry.row, documents.put(conn, entry.row)
    else:
        known = documents.find(conn, entry.sha256)
        assert known is not None, "a document that was known a moment ago"
        row, document_id = known, known.id
        if Path(entry.path).is_absolute():  # what lies nowhere but among the sources has not moved
            documents.moved(conn, document_id, entry.path, entry.modified)
    name = entry.path if entry.name is None else entry.name
    if row.rejected is not None:
        outcome = f"rejected:{row.rejected}"
        result = DocumentResult(name, row.sha256, document_id, outcome, "failed", row.message)
        jobs.add_rejected(conn, target.job_id, result)
        return
    key = Key(document_id, target.set_id, target.engine_id)
    if not jobs.add_document(conn, target.job_id, name, key):
        return
    tasks.plan(conn, key, row.page_count, target.job_id)
    jobs.settle(conn, [key], target.first_choice)  # an earlier job may have done all of its work
