"""The work queue in SQL: tasks are claimed with leases and finished through a fence.

waiting → ready → leased → answered | blank | failed | cancelled. Number 0, the document's own step, waits until every
page of its document is finished.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    func,
    select,
    tuple_,
    update,
)

from docproc.store import leasing
from docproc.store.clock import now
from docproc.store.leasing import Hold, Take
from docproc.store.tables import INLINE, LEASED, UNFINISHED, job_documents, jobs, tasks
from docproc.store.upsert import upsert

FINISHED = ("answered", "blank", "failed", "cancelled")
_CHUNK = 1000
_DONE = {"finished_at": now(), "lease_token": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed task: page `number` (0: the document) of a document, with one question set and engine."""

    id: int
    document_id: int
    number: int
    set_id: int
    engine_id: int
    attempt: int
    token: str


@dataclass(frozen=True, slots=True)
class Key:
    """What the tasks of one document belong to."""

    document_id: int
    set_id: int
    engine_id: int


def plan(conn: Connection, key: Key, page_count: int, job_id: int) -> None:
    """Make the tasks of a document that do not exist yet, and let this job have those that are not finished.

    What a job of a fleet works on already at no lower priority stays with it; what was cancelled is to be done again.
    """
    step = select(tasks.c.id).where(_of(key), tasks.c.number == 0)
    planned = conn.execute(step).first()
    base = {"document_id": key.document_id, "set_id": key.set_id, "engine_id": key.engine_id, "job_id": job_id}
    keys = ("document_id", "set_id", "engine_id", "number")
    fixed = {"attempt": 0, "crashes": 0, "available_at": 0.0}
    upsert(conn, tasks, keys, [{**base, **fixed, "number": 0, "stage": "ask", "state": "waiting"}], update=False)
    for first in range(1, page_count + 1, _CHUNK):
        rows = [
            {**base, **fixed, "number": number, "stage": "raster", "state": "ready"}
            for number in range(first, min(first + _CHUNK, page_count + 1))
        ]
        upsert(conn, tasks, keys, rows, update=False)
    if planned is not None:
        taken = update(tasks).where(_of(key), UNFINISHED, _of_another(job_id), ~_served(job_id)).values(job_id=job_id)
        conn.execute(taken.where(tasks.c.number > 0))
        # Who finishes the document now is waited for, or sees that this job has it; pages first, as there.
        conn.execute(step.with_for_update())
        conn.execute(taken.where(tasks.c.number == 0))
        _again(conn, key, job_id, ("cancelled",))


def claim(
    conn: Connection, job_id: int, limit: int, lease: float, token: str, worker: str, alone: bool = False
) -> list[Task]:
    """Lease up to `limit` ready tasks of a job for `lease` seconds, whatever their stage; none of one that is paused.

    With `alone`, one task that was in hand when a worker died (see `leasing.Hold`).
    """
    state = conn.execute(select(jobs.c.state).where(jobs.c.id == job_id)).scalar()
    if state in ("paused", "cancelling", "cancelled"):
        return []
    hold = Hold(limit, lease, token, worker, alone)
    # Documents' own steps first, and pages that are rendered.
    rows = leasing.lease(conn, hold, [Take(stage, job_id, limit) for stage in ("ask", "raster")])
    return [Task(*row, token) for row in rows]


def adopt(conn: Connection, job_id: int) -> int:
    """Take over ready tasks that this job waits for but another job's number stands on; return how many."""
    wanted = exists().where(
        job_documents.c.job_id == job_id,
        job_documents.c.document_id == tasks.c.document_id,
        job_documents.c.set_id == tasks.c.set_id,
        job_documents.c.engine_id == tasks.c.engine_id,
        job_documents.c.state == "running",
    )
    return conn.execute(update(tasks).where(UNFINISHED, _of_another(job_id), wanted).values(job_id=job_id)).rowcount


def renew(conn: Connection, tokens: Collection[str], lease: float) -> None:
    """Keep the leases of these claims for another `lease` seconds."""
    held = and_(LEASED, tasks.c.lease_token.in_(tokens))
    conn.execute(update(tasks).where(held).values(lease_until=now() + lease))


def finish(conn: Connection, task: Task, state: str, code: str | None = None, error: str | None = None) -> bool:
    """End a task. False: the lease was lost and somebody else has it, so the caller's result must be dropped."""
    done = update(tasks).where(_fence(task)).values({**_DONE, "state": state, "error_code": code, "error": error})
    return conn.execute(done).rowcount == 1


def finish_all(conn: Connection, ended: Collection[Task], state: str) -> set[int]:
    """End tasks that went well; return the ids of those whose lease still held. The others' results must be dropped."""
    pairs = [(task.id, task.token) for task in ended]
    held = and_(LEASED, tuple_(tasks.c.id, tasks.c.lease_token).in_(pairs))
    done = update(tasks).where(held).values({**_DONE, "state": state}).returning(tasks.c.id)
    return set(conn.execute(done).scalars()) if pairs else set()


def count_tokens(conn: Connection, used: Mapping[int, tuple[int, int]]) -> None:
    """Note how many tokens the engine was shown and said, by task id."""
    if used:
        noted = (
            update(tasks)
            .where(tasks.c.id == bindparam("task"))
            .values(tokens_in=bindparam("shown"), tokens_out=bindparam("said"))
        )
        conn.execute(noted, [{"task": key, "shown": shown, "said": said} for key, (shown, said) in used.items()])


def release(conn: Connection, held: Iterable[Task], delay: float = 0.0) -> None:
    """Give tasks back, to be claimed again after about `delay` seconds; the attempt counts, a crash does not.

    Each waits up to a quarter longer, so that what failed together does not come back all at once.
    """
    for task in held:
        wait = delay * random.uniform(1.0, 1.25)  # noqa: S311  (no secret)
        back = (
            update(tasks)
            .where(_fence(task))
            .values(state="ready", available_at=now() + wait, lease_token=None, lease_until=None, worker=None)
        )
        conn.execute(back)


def workers(conn: Connection) -> list[str]:
    """The names of the workers that hold leases."""
    rows = conn.execute(select(tasks.c.worker).where(LEASED).distinct())
    return [name for (name,) in rows if name]


def wake_documents(conn: Connection, keys: Iterable[Key]) -> list[Key]:
    """Make the document steps ready whose pages are all finished; return those that were woken.

    The step's row is locked first, so that of two workers that finish a document's last two pages at the same moment
    the second one sees the first one's page; they are locked in the same order everywhere.
    """
    in_order = sorted(keys, key=lambda key: (key.document_id, key.set_id, key.engine_id))
    return [key for key in in_order if _wake(conn, key)]


def counts(conn: Connection, key: Key) -> dict[str, int]:
    """How many of a document's pages are in each state."""
    rows = conn.execute(select(tasks.c.state, func.count()).where(_of(key), tasks.c.number > 0).group_by(tasks.c.state))
    return {row[0]: row[1] for row in rows}


def document_step(conn: Connection, key: Key) -> tuple[str, str | None, str | None]:
    """State, error code and error of the document's own step."""
    row = conn.execute(select(tasks.c.state, tasks.c.error_code, tasks.c.error).where(_of(key), tasks.c.number == 0))
    return row.one()


def failures(conn: Connection, key: Key, limit: int = 20) -> list[tuple[int, str, str]]:
    """(page number, code, reason) of the first failed pages."""
    rows = conn.execute(
        select(tasks.c.number, tasks.c.error_code, tasks.c.error)
        .where(_of(key), tasks.c.state == "failed")
        .order_by(tasks.c.number)
        .limit(limit)
    )
    return [(number, code or "", error or "") for number, code, error in rows]


def retry(conn: Connection, key: Key, job_id: int) -> int:
    """Put the failed and cancelled pages of a document (and its own step) back to work; return how many pages."""
    return _again(conn, key, job_id, ("failed", "cancelled"))


def _again(conn: Connection, key: Key, job_id: int, states: Collection[str]) -> int:
    again = tasks.c.state.in_(states)
    fresh = {"attempt": 0, "crashes": 0, "available_at": 0.0, "error": None, "error_code": None, "job_id": job_id}
    back = update(tasks).where(_of(key), tasks.c.number > 0, again).values(state="ready", stage="raster", **fresh)
    found = conn.execute(back).rowcount
    step = [tasks.c.number == 0] if found else [tasks.c.number == 0, again]
    if conn.execute(update(tasks).where(_of(key), *step).values(state="waiting", **fresh)).rowcount:
        wake_documents(conn, [key])
    return found


def _served(job_id: int) -> ColumnElement[bool]:
    """Whether the task's job is at work, in a fleet as this one is, and no less urgent."""
    owner, mine = jobs.alias("owner"), jobs.alias("mine")
    return exists().where(
        owner.c.id == tasks.c.job_id,
        mine.c.id == job_id,
        owner.c.state.in_(("queued", "running")),
        owner.c.queue != INLINE,
        mine.c.queue != INLINE,
        owner.c.priority >= mine.c.priority,
    )


def _of(key: Key) -> ColumnElement[bool]:
    return and_(
        tasks.c.document_id == key.document_id, tasks.c.set_id == key.set_id, tasks.c.engine_id == key.engine_id
    )


def _of_another(job_id: int) -> ColumnElement[bool]:
    return tasks.c.job_id.is_distinct_from(job_id)


def _fence(task: Task) -> ColumnElement[bool]:
    return and_(tasks.c.id == task.id, LEASED, tasks.c.lease_token == task.token)


def _wake(conn: Connection, key: Key) -> bool:
    names = {"document": key.document_id, "asked": key.set_id, "engine": key.engine_id}
    step = conn.execute(_waiting_step(), names).scalar()
    return step is not None and conn.execute(_wake_step(), {**names, "step": step}).rowcount == 1


@cache
def _waiting_step() -> Select[int]:
    step = select(tasks.c.id).where(*_named(tasks), tasks.c.number == 0, tasks.c.state == "waiting")
    return step.with_for_update()


@cache
def _wake_step() -> Update:
    pages = tasks.alias()
    unfinished = exists().where(*_named(pages), pages.c.number > 0, UNFINISHED)
    return update(tasks).where(tasks.c.id == bindparam("step"), ~unfinished).values(state="ready", available_at=now())


def _named(table: FromClause) -> list[ColumnElement[bool]]:
    return [
        table.c.document_id == bindparam("document"),
        table.c.set_id == bindparam("asked"),
        table.c.engine_id == bindparam("engine"),
    ]
