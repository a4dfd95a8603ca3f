"""Queries on received files: what was submitted and nobody has looked at yet. Leased and fenced as tasks are.

ready → leased → gone, with the file entered into its job or refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from docproc.store.clock import now
from docproc.store.face_tables import received as table
from docproc.store.tables import job_documents


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a job: what people call it (once in a job), and its bytes. `path` is where they lie, None: among the
    sources of the image store; `modified` is that file's mtime.
    """

    name: str
    sha256: str
    bytes: int
    path: str | None
    modified: float


def add(conn: Connection, job_id: int, asked: tuple[int, int], files: Sequence[NewFile]) -> None:
    """Enter files into a job, by their names alone; `asked` are the job's question set and engine."""
    rows = [
        {
            "job_id": job_id,
            "path": file.name,
            "state": "running",
            "set_id": asked[0],
            "engine_id": asked[1],
            "message": "",
        }
        for file in files
    ]
    entered = insert(job_documents).returning(job_documents.c.path, job_documents.c.id)
    ids: dict[str, int] = {row.path: row.id for row in conn.execute(entered, rows)}
    waiting = [
        {
            "job_document_id": ids[file.name],
            "job_id": job_id,
            "sha256": file.sha256,
            "bytes": file.bytes,
            "path": file.path,
            "modified": file.modified,
            "state": "ready",
            "attempt": 0,
        }
        for file in files
    ]
    conn.execute(insert(table).values(available_at=now()), waiting)
