"""Jobs that end at once, where their last document was just done; the reaper ends whatever else has."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, tuple_

from docproc.store import jobs as job_rows
from docproc.store.tables import INLINE, job_documents, jobs
from docproc.store.tasks import Key


def finish(conn: Connection, job_ids: Collection[int]) -> list[int]:
    """End those of these jobs of a fleet that are done; one that somebody else is changing is left to the reaper."""
    mine = select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.queue != INLINE, jobs.c.sealed_at.is_not(None))
    return job_rows.end(conn, jobs.c.id.in_(mine.with_for_update(skip_locked=True))) if job_ids else []


def finish_documents(conn: Connection, keys: Collection[Key]) -> list[int]:
    """`finish` the jobs that have these documents, all of which have just ended."""
    of = tuple_(job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id)
    these = [(key.document_id, key.set_id, key.engine_id) for key in keys]
    found = select(job_documents.c.job_id).where(of.in_(these)).distinct()
    return finish(conn, list(conn.execute(found).scalars())) if these else []
