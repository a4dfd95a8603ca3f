"""What any process of a fleet does now and then, so that nothing that was lost stays lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, literal_column, or_, select, update

from docproc.store import claims, crashes, deliveries, jobs, received, states
from docproc.store.clock import now
from docproc.store.crashes import TakenBack
from docproc.store.database import Database
from docproc.store.tables import INLINE, OPEN_STATES, in_state, job_documents
from docproc.store.tables import jobs as job_table
from docproc.store.tables import tasks as task_table

ABANDONED = 3600.0  # seconds after which a job is sealed whose files nobody is entering any more
_MOST = 1000  # ready tasks that are counted at most: enough to know how often to ring


@dataclass(frozen=True, slots=True)
class Ready:
    """Tasks that could be claimed now, each counted up to 1,000: pages to render, pages to ask, documents' steps.

    `engines` are the names of those that are to be asked; `io`: whether files or webhooks wait to be looked at.
    """

    raster: int
    pages: int
    steps: int
    engines: tuple[str, ...] = ()
    io: bool = False


@dataclass(frozen=True, slots=True)
class Reaped:
    """What a look found: what dead workers had in hand, jobs that have ended, and what is ready."""

    taken_back: TakenBack
    ended: tuple[int, ...]
    ready: Ready


def reap(database: Database, first_choice: str, abandoned: float = ABANDONED) -> Reaped:
    """Take expired leases back, carry on what was cancelled, end jobs; each in a transaction of its own.

    `first_choice` is the renderer that is tried first. Any number of processes may do this at once.
    """
    taken_back = database.insist(crashes.reap)
    with database.read() as conn:
        cancelling = _ids(conn, in_state(job_table, "cancelling"))
        stuck = _ids(conn, *_stuck())
    for job_id in cancelling:
        while database.insist(partial(states.sweep, job_id=job_id)) >= states.SWEEP:
            pass
    for job_id in stuck:
        database.insist(partial(_free, job_id=job_id, first_choice=first_choice))
    ended = database.insist(partial(_finish, abandoned=abandoned))
    with database.read() as conn:
        return Reaped(taken_back, tuple(ended), ready(conn))


def ready(conn: Connection) -> Ready:
    """What could be claimed now."""
    page = task_table.c.number > 0
    counts = (_count(conn, "raster", page), _count(conn, "ask", page), _count(conn, "ask", ~page))
    asked = tuple(claims.engines_wanted(conn)) if counts[1] or counts[2] else ()
    return Ready(*counts, asked, deliveries.due(conn) or received.waiting(conn) > 0)


def _count(conn: Connection, stage: str, which: ColumnElement[bool]) -> int:
    rows = (
        select(literal_column("1"))
        .select_from(task_table)
        .join(job_table, job_table.c.id == task_table.c.job_id)
        .where(in_state(task_table, "ready"), task_table.c.stage == stage, which)
        .where(task_table.c.available_at <= now(), *claims.at_work())
        .limit(_MOST)
        .subquery()
    )
    return conn.execute(select(func.count()).select_from(rows)).scalar_one()


def _ids(conn: Connection, *which: ColumnElement[bool]) -> list[int]:
    return list(conn.execute(select(job_table.c.id).where(in_state(job_table, *OPEN_STATES), *which)).scalars())


def _stuck() -> Collection[ColumnElement[bool]]:
    """Jobs at work that wait for something and have nothing ready or in hand.

    Another job has their tasks, or they were entered at the moment in which the last of them was finished.
    """
    of_job: Any = task_table.c.job_id == job_table.c.id
    held = select(task_table.c.job_id).where(in_state(task_table, "leased"), task_table.c.job_id.is_not(None))
    waiting = exists().where(
        job_documents.c.job_id == job_table.c.id,
        job_documents.c.state == "running",
        job_documents.c.document_id.is_not(None),  # nobody has looked at the others yet
    )
    idle = [~exists().where(in_state(task_table, "ready"), task_table.c.stage == s, of_job) for s in ("ask", "raster")]
    return [*claims.at_work(), waiting, *idle, job_table.c.id.not_in(held)]


def _free(conn: Connection, job_id: int, first_choice: str) -> None:
    states.share(conn, job_id)
    jobs.settle_finished(conn, job_id, first_choice)


def _finish(conn: Connection, abandoned: float) -> list[int]:
    """Seal what was left open by a process that died while it entered files; end what is done."""
    of_job = job_documents.c.job_id == job_table.c.id
    fresh = or_(job_documents.c.state == "running", job_documents.c.finished_at > now() - abandoned)
    left = update(job_table).where(
        in_state(job_table, *OPEN_STATES),
        job_table.c.queue != INLINE,
        job_table.c.sealed_at.is_(None),
        job_table.c.created_at < now() - abandoned,
        ~exists().where(of_job, fresh),
    )
    conn.execute(left.values(sealed_at=now()))
    return jobs.finalise(conn)
