"""Where the work stands: queues, leases, what was finished lately, what failed, and how far the open jobs are.

Finished tasks are the many; each query here goes by a partial index to the few that it counts, so that what was done
long ago costs nothing. Ages are seconds by the database's clock, like the times that they are made of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, Subquery, case, func, select

from docproc.store.clock import now
from docproc.store.tables import (
    FAILED,
    INLINE,
    LEASED,
    OPEN,
    READY,
    UNFINISHED,
    documents,
    engines,
    job_documents,
    jobs,
    question_sets,
    tasks,
)

QUARANTINED = "worker_lost"  # the code of pages that were in hand too often when their worker died


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Tasks of one stage for one engine, of jobs of one queue. `oldest` is for how long the first of them could have
    been claimed, None where none is ready.

    A task counts from `available_at`, or from when its job was created where that is later.
    """

    stage: str
    engine: str
    queue: str
    ready: int
    leased: int
    oldest: float | None


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """What one worker holds; `left` is how long its longest lease still lasts (negative: it has ended)."""

    worker: str
    held: int
    left: float


@dataclass(frozen=True, slots=True)
class DoneRow:
    """Pages that were finished lately, of one job in one state by one worker; `ago` is the age of the latest."""

    job_id: int | None
    worker: str | None
    state: str
    pages: int
    tokens_in: int
    tokens_out: int
    ago: float


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that has not ended: its documents, in all and ended by status; its pages, in all and not finished yet."""

    id: int
    state: str
    set_name: str
    engine: str
    age: float
    documents: int
    succeeded: int
    partial: int
    failed: int
    cancelled: int
    pages: int
    left: int


def queues(conn: Connection) -> list[QueueRow]:
    """What waits and what is in hand, by stage and engine."""
    # Counted before anything is joined: the conditions of the partial indexes name no table.
    grouped = (tasks.c.stage, tasks.c.engine_id, tasks.c.job_id)
    ready = (
        select(*grouped, func.count().label("tasks"), func.min(tasks.c.available_at).label("available"))
        .where(READY)
        .group_by(*grouped)
        .subquery()
    )
    held = select(*grouped, func.count().label("tasks")).where(LEASED).group_by(*grouped).subquery()
    since = case((jobs.c.created_at > ready.c.available, jobs.c.created_at), else_=ready.c.available)
    queue = func.coalesce(jobs.c.queue, INLINE)
    waiting = (
        select(ready.c.stage, engines.c.name, queue, func.sum(ready.c.tasks), now() - func.min(since))
        .join(engines, engines.c.id == ready.c.engine_id)
        .outerjoin(jobs, jobs.c.id == ready.c.job_id)
        .group_by(ready.c.stage, engines.c.name, jobs.c.queue)
    )
    working = (
        select(held.c.stage, engines.c.name, queue, func.sum(held.c.tasks))
        .join(engines, engines.c.id == held.c.engine_id)
        .outerjoin(jobs, jobs.c.id == held.c.job_id)
        .group_by(held.c.stage, engines.c.name, jobs.c.queue)
    )
    found: dict[tuple[str, str, str], QueueRow] = {}
    for stage, engine, name, count, age in conn.execute(waiting):
        found[stage, engine, name] = QueueRow(stage, engine, name, int(count), 0, max(0.0, age))
    for stage, engine, name, count in conn.execute(working):
        row = found.get((stage, engine, name), QueueRow(stage, engine, name, 0, 0, None))
        found[stage, engine, name] = replace(row, leased=int(count))
    return [found[key] for key in sorted(found)]


def leases(conn: Connection) -> list[LeaseRow]:
    """The workers that hold tasks."""
    query = (
        select(tasks.c.worker, func.count(), func.max(tasks.c.lease_until) - now())
        .where(LEASED)
        .group_by(tasks.c.worker)
        .order_by(tasks.c.worker)
    )
    return [LeaseRow(worker or "", held, left) for worker, held, left in conn.execute(query)]


def done(conn: Connection, seconds: float) -> list[DoneRow]:
    """The pages that were finished in the last `seconds`."""
    grouped = (tasks.c.job_id, tasks.c.worker, tasks.c.state)
    query = (
        select(
            *grouped,
            func.count(),
            func.coalesce(func.sum(tasks.c.tokens_in), 0),
            func.coalesce(func.sum(tasks.c.tokens_out), 0),
            now() - func.max(tasks.c.finished_at),
        )
        # `retry` leaves the time of the first try on a page that waits again.
        .where(tasks.c.finished_at > _before(conn, seconds), tasks.c.number > 0, tasks.c.state.in_(_ENDED))
        .group_by(*grouped)
    )
    return [
        DoneRow(job, worker, state, pages, int(shown), int(said), ago)
        for job, worker, state, pages, shown, said, ago in conn.execute(query)
    ]


def unattended(conn: Connection, job_id: int) -> list[str]:
    """The stages (raster first) at which a job has ready tasks, while no worker at all has anything in hand."""
    if conn.execute(select(tasks.c.id).where(LEASED).limit(1)).first() is not None:
        return []
    state = conn.execute(select(jobs.c.state).where(jobs.c.id == job_id)).scalar()
    found = []
    for stage in ("raster", "ask") if state in ("queued", "running") else ():
        ready = (READY, tasks.c.stage == stage, tasks.c.job_id == job_id, tasks.c.available_at <= now())
        if conn.execute(select(tasks.c.id).where(*ready).limit(1)).first() is not None:
            found.append(stage)
    return found


def failures(conn: Connection, seconds: float) -> dict[str, int]:
    """How many pages and documents' own steps failed in the last `seconds`, by code, the most frequent first."""
    query = (
        select(tasks.c.error_code, func.count())
        .where(FAILED, tasks.c.finished_at > _before(conn, seconds))
        .group_by(tasks.c.error_code)
        .order_by(func.count().desc(), tasks.c.error_code)
    )
    return {code or "unknown": count for code, count in conn.execute(query)}


def quarantined(conn: Connection) -> int:
    """How many tasks are given to no worker any more."""
    return conn.execute(select(func.count()).where(FAILED, tasks.c.error_code == QUARANTINED)).scalar_one()


def open_jobs(conn: Connection) -> list[OpenJob]:
    """The jobs that have not ended, the oldest first."""
    found = (
        select(jobs.c.id, jobs.c.state, question_sets.c.name, engines.c.name, now() - jobs.c.created_at)
        .join(question_sets, question_sets.c.id == jobs.c.set_id)
        .join(engines, engines.c.id == jobs.c.engine_id)
        .where(OPEN)
        .order_by(jobs.c.id)
    )
    rows = conn.execute(found).all()
    if not rows:
        return []
    statuses, pages, left = _documents(conn), _pages(conn), _left(conn)
    opened = []
    for job_id, state, set_name, engine, age in rows:
        of_job = {status: count for (job, status), count in statuses.items() if job == job_id}
        ended = [of_job.get(status, 0) for status in ("succeeded", "partial", "failed", "cancelled")]
        counts = (sum(of_job.values()), *ended, pages.get(job_id, 0), left.get(job_id, 0))
        opened.append(OpenJob(job_id, state, set_name, engine, max(0.0, age), *counts))
    return opened


def count_open(conn: Connection) -> int:
    """How many jobs have not ended."""
    return conn.execute(select(func.count()).select_from(jobs).where(OPEN)).scalar_one()


_ENDED = ("answered", "blank", "failed", "cancelled")
_OPEN = select(jobs.c.id).where(OPEN)


def _before(conn: Connection, seconds: float) -> float:
    """The time `seconds` ago, as a number: PostgreSQL's clock moves within a statement, so it bounds no index."""
    return conn.execute(select(now() - seconds)).scalar_one()


def _documents(conn: Connection) -> dict[tuple[int, str | None], int]:
    query = (
        select(job_documents.c.job_id, job_documents.c.status, func.count())
        .where(job_documents.c.job_id.in_(_OPEN))
        .group_by(job_documents.c.job_id, job_documents.c.status)
    )
    return {(job, status): count for job, status, count in conn.execute(query)}


def _pages(conn: Connection) -> dict[int, int]:
    """The pages of all accepted documents; of files with the same content, once."""
    distinct = _content(running=False)
    query = (
        select(distinct.c.job_id, func.sum(documents.c.page_count))
        .join(documents, documents.c.id == distinct.c.document_id)
        .where(documents.c.rejected.is_(None))
        .group_by(distinct.c.job_id)
    )
    return {job: int(count or 0) for job, count in conn.execute(query)}


def _left(conn: Connection) -> dict[int, int]:
    """The pages that are not finished. Jobs that ask the same share tasks: these are looked up by content, not job."""
    distinct = _content(running=True)
    query = (
        select(distinct.c.job_id, func.count())
        .join(
            tasks,
            (tasks.c.document_id == distinct.c.document_id)
            & (tasks.c.set_id == distinct.c.set_id)
            & (tasks.c.engine_id == distinct.c.engine_id),
        )
        .where(UNFINISHED, tasks.c.number > 0)
        .group_by(distinct.c.job_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def _content(running: bool) -> Subquery:
    columns = (job_documents.c.job_id, job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id)
    query = select(*columns).where(job_documents.c.job_id.in_(_OPEN)).distinct()
    return (query.where(job_documents.c.state == "running") if running else query).subquery()
