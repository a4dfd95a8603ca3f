"""Enter files into a job: documents, what the job has of them, and the tasks of their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from docproc.store import documents, jobs, tasks
from docproc.store.documents import DocumentRow
from docproc.store.jobs import DocumentResult
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
    """A file to enter, by its bytes. `row` is what was found out about it, None where the document is known already."""

    path: str
    sha256: str
    modified: float
    row: DocumentRow | None


def enter(conn: Connection, target: Target, entries: Sequence[Entry | DocumentResult]) -> int:
    """Enter files, and results of files that could not even be read; return how many."""
    for entry in entries:
        if isinstance(entry, DocumentResult):
            jobs.add_rejected(conn, target.job_id, entry)
        else:
            _enter(conn, target, entry)
    return len(entries)


def _enter(conn: Connection, target: Target, entry: Entry) -> None:
    if entry.row is not None:
        row, document_id = entry.row, documents.put(conn, entry.row)
    else:
        known = documents.find(conn, entry.sha256)
        assert known is not None, "a document that was known a moment ago"
        row, document_id = known, known.id
        documents.moved(conn, document_id, entry.path, entry.modified)
    if row.rejected is not None:
        outcome = f"rejected:{row.rejected}"
        result = DocumentResult(entry.path, row.sha256, document_id, outcome, "failed", row.message)
        jobs.add_rejected(conn, target.job_id, result)
        return
    key = Key(document_id, target.set_id, target.engine_id)
    if not jobs.add_document(conn, target.job_id, entry.path, key):
        return
    tasks.plan(conn, key, row.page_count, target.job_id)
    jobs.settle(conn, [key], target.first_choice)  # an earlier job may have done all of its work
