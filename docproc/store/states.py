"""Changes of a job's state: cancelled, paused, resumed, given another priority, tried again.

queued → running ⇄ paused → succeeded | partial | failed; queued, running or paused → cancelling → cancelled.

A task belongs to one job at a time, though several may wait for it (the same document, question set and engine). So
whenever one of them stops or changes its rank, `share` gives what it has in common with others to the best of them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, case, exists, null, or_, select, update

from docproc.store import jobs as job_rows
from docproc.store import received
from docproc.store import tasks as task_rows
from docproc.store.clock import now
from docproc.store.tables import INLINE, in_state, job_documents, jobs, tasks

SWEEP = 5000  # tasks that one transaction cancels
LEAST, MOST = -100, 100  # of a priority
_WORKING = ("queued", "running", "paused")


def state_of(conn: Connection, job_id: int) -> str | None:
    """The state of a job, None where there is none."""
    return conn.execute(select(jobs.c.state).where(jobs.c.id == job_id)).scalar()


def cancel(conn: Connection, job_id: int) -> bool:
    """Begin to cancel a job: from now on nothing of it is claimed. False where it has ended or is being cancelled.

    What is in hand is finished and kept, since it is paid for and another job may ask the same. `sweep` does the rest.
    """
    return _change(conn, job_id, _WORKING, state="cancelling")


def pause(conn: Connection, job_id: int) -> bool:
    """Claim nothing more of a job until `resume`; what is in hand is finished. False where it is not at work."""
    return _change(conn, job_id, ("queued", "running"), state="paused")


def resume(conn: Connection, job_id: int) -> bool:
    """Go on with a paused job. False where it is not paused."""
    before = case((jobs.c.started_at.is_(None), "queued"), else_="running")
    return _change(conn, job_id, ("paused",), state=before)


def set_priority(conn: Connection, job_id: int, priority: int) -> bool:
    """Let a job come before those of lower priority. False where it has ended or is being cancelled."""
    return _change(conn, job_id, _WORKING, priority=priority)


def seal(conn: Connection, job_id: int) -> None:
    """Say that all files of a job have been entered: it may end."""
    conn.execute(update(jobs).where(jobs.c.id == job_id, jobs.c.sealed_at.is_(None)).values(sealed_at=now()))


def retry(conn: Connection, job_id: int) -> int:
    """Put the failed and cancelled pages of an ended job back to work, and its files that were refused or that nobody
    had looked at; return how many.
    """
    again = received.recall(conn, job_id)
    if again:
        job_rows.resurrect(conn, [job_id])
    for key in job_rows.keys(conn, job_id, ("partial", "failed", "cancelled")):
        again += task_rows.retry(conn, key, job_id)
        job_rows.reopen(conn, key, job_id)
    return again


def sweep(conn: Connection, job_id: int, limit: int = SWEEP) -> int:
    """Cancel up to `limit` tasks of a job that is being cancelled, and its files that nobody has looked at; end it when
    none is left; return how many tasks.

    Less than `limit`: nothing is left but what is in hand, which the reaper sees to.
    """
    received.cancel(conn, job_id)
    chosen = (
        select(tasks.c.id)
        .join(job_documents, _same(job_documents))
        .where(job_documents.c.job_id == job_id, job_documents.c.state == "running", tasks.c.job_id == job_id)
        .where(in_state(tasks, "waiting", "ready", "leased"), in_state(tasks, "waiting", "ready"))
        .limit(limit)
    )
    # The condition again, for a row that somebody else was changing.
    mine = (tasks.c.id.in_(chosen), tasks.c.job_id == job_id, in_state(tasks, "waiting", "ready"))
    swept = conn.execute(update(tasks).where(*mine).values(state="cancelled", finished_at=now())).rowcount
    left = exists().where(_same(job_documents), in_state(tasks, "waiting", "ready", "leased"), tasks.c.job_id == job_id)
    over = update(job_documents).where(job_documents.c.job_id == job_id, job_documents.c.state == "running", ~left)
    conn.execute(over.values(state="done", finished_at=now(), **job_rows.CANCELLED))
    job_rows.finalise(conn)
    return swept


def share(conn: Connection, job_id: int) -> None:
    """Give each task that this job has in common with others to the best of them: at work, of a fleet, most urgent."""
    mine, theirs, other = job_documents.alias("mine"), job_documents.alias("theirs"), jobs.alias("other")
    common = and_(
        theirs.c.document_id == mine.c.document_id,
        theirs.c.set_id == mine.c.set_id,
        theirs.c.engine_id == mine.c.engine_id,
    )
    heir = (
        select(theirs.c.job_id)
        .join(other, other.c.id == theirs.c.job_id)
        .where(common, theirs.c.state == "running", other.c.state.in_(_WORKING))
        .order_by(other.c.state == "paused", other.c.queue == INLINE, other.c.priority.desc(), other.c.id)
        .limit(1)
        .correlate(mine)
        .scalar_subquery()
    )
    shared = exists().where(common, theirs.c.job_id != job_id)
    heirs: Any = (
        select(mine.c.document_id, mine.c.set_id, mine.c.engine_id, heir.label("heir"))
        .where(mine.c.job_id == job_id, shared)
        .cte("heirs")
    )
    given = update(tasks).where(
        _same(heirs),
        in_state(tasks, "waiting", "ready", "leased"),
        heirs.c.heir.is_not(null()),
        or_(tasks.c.job_id.is_(None), tasks.c.job_id != heirs.c.heir),
    )
    conn.execute(given.values(job_id=heirs.c.heir))


def _change(conn: Connection, job_id: int, states: tuple[str, ...], **values: Any) -> bool:
    changed = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(states)).values(**values)
    done = conn.execute(changed).rowcount == 1
    if done:
        share(conn, job_id)
    return done


def _same(table: Any) -> Any:
    """The rows of `table` that a task is of."""
    return and_(
        tasks.c.document_id == table.c.document_id,
        tasks.c.set_id == table.c.set_id,
        tasks.c.engine_id == table.c.engine_id,
    )
