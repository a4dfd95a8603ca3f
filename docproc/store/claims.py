"""What a fleet claims: by stage, homogeneous in engine and question set where an engine is asked, fair between jobs.

The job with the highest priority comes first; those of the same priority share what is claimed equally. A claim is two
statements whose cost does not grow with what is queued: `_pick` finds up to `_MIXED` jobs that have such work, by
one look into an index for each; `leasing.lease` reads the first rows of each job's range of that index. Of more jobs
than that, those come first that were served least lately (`jobs.served_at`, written only then, since a row that every
claim writes would be what they all wait for).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    update,
)

from docproc.store import leasing, pages
from docproc.store.clock import now
from docproc.store.leasing import Hold, Numbers, Take
from docproc.store.pages import RenderedPage
from docproc.store.tables import INLINE, LEASED, OPEN_STATES, engines, in_state, jobs, tasks
from docproc.store.tasks import Task

_MIXED = 8  # jobs that one claim is shared among
_ORDER = (tasks.c.document_id, tasks.c.number)  # that of the index


@dataclass(frozen=True, slots=True)
class Wanted:
    """An engine and a question set with work to be asked; `since`: when the first of it could have been claimed."""

    engine_id: int
    set_id: int
    priority: int
    since: float


def wanted(conn: Connection, engine_ids: Collection[int]) -> list[Wanted]:
    """The question sets that these engines have ready work of: highest priority first, then the longest waiting.

    Who takes the first is fair: the first task of a set that is left out grows older, that of the others does not.
    """
    best: dict[tuple[int, int], tuple[int, float]] = {}
    for engine_id, set_id, priority, since in conn.execute(_wanted(), {"engines": list(engine_ids)}):
        rank = (-priority, since)
        best[engine_id, set_id] = min(rank, best.get((engine_id, set_id), rank))
    ranked = sorted(best.items(), key=lambda item: item[1])
    return [Wanted(*pair, -priority, since) for pair, (priority, since) in ranked]


def engines_wanted(conn: Connection) -> list[str]:
    """The names of the engines that have work ready to be asked."""
    return list(conn.execute(_engines_wanted()).scalars())


def claim_ask(conn: Connection, engine_id: int, set_id: int | None, hold: Hold) -> list[Task]:
    """Lease rendered pages and documents' own steps, all of one question set; None: of the one most `wanted`."""
    if set_id is None:
        first = next(iter(wanted(conn, [engine_id])), None)
        if first is None:
            return []
        set_id = first.set_id
    picked = _pick(conn, "ask", hold, {"engine": engine_id, "asked": set_id})
    return _claim(conn, "ask", hold, picked)


def claim_raster(conn: Connection, hold: Hold, most_ahead: int) -> list[Task]:
    """Lease pages to be rendered, of whatever engine and question set.

    None for an engine that more than `most_ahead` pages are ready for, rendered and not claimed: rendering further
    ahead would fill the store and gain nothing. Those of other engines are not held up by it.
    """
    counted: dict[int, int] = {}
    for engine_id, count in conn.execute(_ahead(), {"most": most_ahead + 1}):
        counted[engine_id] = counted.get(engine_id, 0) + count
    full = [engine_id for engine_id, count in counted.items() if count > most_ahead]
    return _claim(conn, "raster", hold, _pick(conn, "raster", hold, {"full": full}))


def rastered(conn: Connection, done: Sequence[tuple[Task, RenderedPage | None]]) -> set[int]:
    """Store rendered pages and make them ready to be asked, where the lease still holds; return those tasks' ids.

    None: the page is stored already. Their images must be in the store. Crashes of rendering do not count for asking.
    """
    held = _move(conn, [task for task, _ in done], "ask")
    fresh = [(task.document_id, drawn) for task, drawn in done if drawn is not None and task.id in held]
    pages.save(conn, fresh)
    return held


def redraw(conn: Connection, lost: Sequence[Task]) -> set[int]:
    """Send claimed pages back to be rendered, whose image is not in the store any more; return those still held."""
    return _move(conn, lost, "raster")


def _move(conn: Connection, moved: Sequence[Task], stage: str) -> set[int]:
    if not moved:
        return set()
    held = and_(LEASED, tuple_(tasks.c.id, tasks.c.lease_token).in_([(task.id, task.token) for task in moved]))
    ready = {"state": "ready", "stage": stage, "available_at": now(), "crashes": 0}
    free = {"lease_token": None, "lease_until": None, "worker": None}
    return set(conn.execute(update(tasks).where(held).values(**ready, **free).returning(tasks.c.id)).scalars())


def _pick(conn: Connection, stage: str, hold: Hold, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """(id, priority, state) of the jobs to claim from, the most urgent first."""
    return conn.execute(_picking(stage, hold.alone, hold.numbers), {"stage": stage, **values}).all()


def _claim(conn: Connection, stage: str, hold: Hold, picked: Sequence[Row[Any]]) -> list[Task]:
    if hold.alone:
        picked = picked[:1]
    begin(conn, [job.id for job in picked if job.state == "queued"])
    if len(picked) == _MIXED:
        _touch(conn, [job.id for job in picked], {"served_at": now()}, "queued", "running")
    rows = leasing.lease(conn, hold, _shares(stage, picked, hold.room))
    return [
        Task(id_, document_id, number, set_id, engine_id, attempt, hold.token)
        for id_, document_id, number, set_id, engine_id, attempt in rows
    ]


def _shares(stage: str, picked: Sequence[Row[Any]], room: int) -> list[Take]:
    """Equal shares to jobs of equal priority; what some leave goes to the others, then to jobs of lower priority."""
    takes = []
    for _, equals in groupby(picked, key=lambda job: job.priority):
        ids = [job.id for job in equals]
        random.shuffle(ids)  # who comes first has the remainder, or all where the room is smaller than their number
        share = -(-room // len(ids))
        takes += [Take(stage, job_id, share) for job_id in ids]
        if len(ids) > 1:
            takes += [Take(stage, job_id, room, share) for job_id in ids]
    return takes


def begin(conn: Connection, job_ids: list[int]) -> None:
    """Jobs run from their first claim on; what runs already is left alone."""
    if job_ids:
        began = {"state": "running", "started_at": func.coalesce(jobs.c.started_at, now())}
        _touch(conn, job_ids, began, "queued")


def _touch(conn: Connection, job_ids: list[int], values: dict[str, Any], *states: str) -> None:
    """Change jobs that nobody else is changing; a claim waits for none. Jobs are locked before tasks, everywhere."""
    free = select(jobs.c.id).where(jobs.c.id.in_(job_ids), in_state(jobs, *states))
    conn.execute(update(jobs).where(jobs.c.id.in_(free.with_for_update(skip_locked=True))).values(values))


def at_work() -> list[ColumnElement[bool]]:
    """A job of a fleet whose tasks may be claimed; the first condition is that of the index."""
    return [in_state(jobs, *OPEN_STATES), in_state(jobs, "queued", "running"), jobs.c.queue != INLINE]


@cache
def _picking(stage: str, alone: bool, numbers: Numbers) -> Select[Any]:
    has_work = _first(tasks.c.id, leasing.claimable(alone, numbers)).is_not(None)
    query = select(jobs.c.id, jobs.c.priority, jobs.c.state).where(*at_work(), has_work)
    if stage == "ask" or alone:  # few jobs have such work; of those with pages to render there may be thousands
        found = _jobs_with("suspect" if alone else "ready")
        query = query.join(found, found.c.job_id == jobs.c.id)
    if stage == "ask":
        query = query.where(jobs.c.engine_id == bindparam("engine"), jobs.c.set_id == bindparam("asked"))
    else:
        query = query.where(jobs.c.engine_id.not_in(bindparam("full", expanding=True)))
    return query.order_by(jobs.c.priority.desc(), jobs.c.served_at, jobs.c.id).limit(_MIXED)


@cache
def _wanted() -> Select[Any]:
    found = _jobs_with("ready")
    ready = [in_state(tasks, "ready"), tasks.c.available_at <= now()]
    first = _first(tasks.c.available_at, ready).label("since")
    rows = (
        select(jobs.c.engine_id, jobs.c.set_id, jobs.c.priority, first)
        .join(found, found.c.job_id == jobs.c.id)
        .where(*at_work(), jobs.c.engine_id.in_(bindparam("engines", expanding=True)))
        .params(stage="ask")
        .subquery()
    )
    return select(rows).where(rows.c.since.is_not(None))


@cache
def _engines_wanted() -> Select[Any]:
    found = _jobs_with("ready")
    first = _first(tasks.c.id, [in_state(tasks, "ready"), tasks.c.available_at <= now()])
    return (
        select(engines.c.name)
        .join(jobs, jobs.c.engine_id == engines.c.id)
        .join(found, found.c.job_id == jobs.c.id)
        .where(*at_work(), first.is_not(None))
        .distinct()
        .params(stage="ask")
    )


@cache
def _ahead() -> Select[Any]:
    """(engine, rendered pages that are ready) per job at work, each counted up to `most`."""
    found = _jobs_with("ready")
    rows = (
        select(literal_column("1"))
        .where(in_state(tasks, "ready"), tasks.c.stage == bindparam("stage"), tasks.c.job_id == jobs.c.id)
        .where(tasks.c.number > 0)
        .order_by(*_ORDER)
        .limit(bindparam("most"))
        .correlate(jobs)
        .subquery()
    )
    count = select(func.count()).select_from(rows).scalar_subquery()
    query = select(jobs.c.engine_id, count).join(found, found.c.job_id == jobs.c.id).where(*at_work())
    return query.params(stage="ask")


def _first(column: ColumnElement[Any], which: list[ColumnElement[bool]]) -> ScalarSelect[Any]:
    """Of the first such task of the job at the stage. A scalar, so that no planner makes a join of all tasks of it."""
    of_job = (tasks.c.stage == bindparam("stage"), tasks.c.job_id == jobs.c.id)
    return select(column).where(*which, *of_job).order_by(*_ORDER).limit(1).correlate(jobs).scalar_subquery()


def _jobs_with(kind: str) -> CTE:
    """The jobs that have ready tasks at the stage: one step through the index a job, whatever the number of tasks."""

    def least(*more: ColumnElement[bool]) -> Select[Any]:
        which = [in_state(tasks, "ready"), tasks.c.stage == bindparam("stage"), *more]
        if kind == "suspect":
            which.append(literal_column("tasks.crashes") > literal_column("0"))
        return select(func.min(tasks.c.job_id).label("job_id")).where(*which)

    found = least().cte("found", recursive=True)
    following = least(tasks.c.job_id > found.c.job_id).correlate(found).scalar_subquery()
    return found.union_all(select(following).where(found.c.job_id.is_not(None)))
