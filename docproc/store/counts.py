"""How far a job is, counted: its pages and its documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, distinct, func, select

from docproc.store.tables import job_documents, tasks


def page_counts(conn: Connection, job_id: int) -> dict[str, int]:
    """How many pages of a job are in each state; of files with the same content, once."""
    keys = select(job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id)
    content = keys.where(job_documents.c.job_id == job_id).distinct().subquery()
    same = and_(
        tasks.c.document_id == content.c.document_id,
        tasks.c.set_id == content.c.set_id,
        tasks.c.engine_id == content.c.engine_id,
    )
    query: Select[Any] = (
        select(tasks.c.state, func.count(distinct(tasks.c.id))).join(content, same).where(tasks.c.number > 0)
    )
    return {row[0]: row[1] for row in conn.execute(query.group_by(tasks.c.state))}


def document_counts(conn: Connection, job_id: int) -> dict[str, int]:
    """How many documents of a job ended with each status; those that have not ended: `running`."""
    status = func.coalesce(job_documents.c.status, "running")
    query = select(status, func.count()).where(job_documents.c.job_id == job_id)
    return {row[0]: row[1] for row in conn.execute(query.group_by(status))}
