"""The list of jobs, for people."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select

from docproc.store.tables import engines, job_documents, jobs, question_sets


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with how many of its documents are in each status; times in seconds since 1970."""

    id: int
    state: str
    queue: str
    priority: int
    set_name: str
    engine: str
    documents: int
    running: int
    succeeded: int
    partial: int
    failed: int
    cancelled: int
    created_at: float
    finished_at: float | None


def listing(conn: Connection, limit: int, state: str | None = None) -> list[JobRow]:
    """The newest jobs."""

    def count(status: str) -> ColumnElement[int]:
        return func.count(case((job_documents.c.status == status, 1)))

    query = (
        select(
            jobs.c.id,
            jobs.c.state,
            jobs.c.queue,
            jobs.c.priority,
            question_sets.c.name,
            engines.c.name,
            func.count(job_documents.c.id),
            func.count(case((job_documents.c.state == "running", 1))),
            count("succeeded"),
            count("partial"),
            count("failed"),
            count("cancelled"),
            jobs.c.created_at,
            jobs.c.finished_at,
        )
        .join(question_sets, question_sets.c.id == jobs.c.set_id)
        .join(engines, engines.c.id == jobs.c.engine_id)
        .outerjoin(job_documents, job_documents.c.job_id == jobs.c.id)
        .group_by(jobs.c.id, question_sets.c.name, engines.c.name)
        .order_by(jobs.c.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(jobs.c.state == state)
    return [JobRow(*row) for row in conn.execute(query)]
