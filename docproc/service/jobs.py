"""List the jobs; cancel, pause and resume one, or say how urgent it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from docproc.core.errors import NotFound, UsageError
from docproc.service.parts import Parts
from docproc.store import job_rows, states
from docproc.store.job_rows import JobRow, Wanted
from docproc.store.states import LEAST, MOST

_STATUSES = ("running", "succeeded", "partial", "failed", "cancelled")


def list_jobs(parts: Parts, limit: int, whole: bool = False) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and one row per job, the newest first; `whole`: with what a table has no room for."""
    with parts.database.read() as conn:
        found = job_rows.page(conn, Wanted(), None, limit)
    rows = [_told(job) for job in found]
    columns = ["job", "state", "queue", "priority", "set", "engine", "documents", *_STATUSES, "created", "seconds"]
    if whole:
        more = [(_time(j.started_at), _time(j.finished_at), j.reference, list(j.tags), j.pages) for j in found]
        columns += ["started", "finished", "reference", "tags", "pages"]
        rows = [(*row, *rest) for row, rest in zip(rows, more, strict=True)]
    return columns, rows


def _told(job: JobRow) -> tuple[Any, ...]:
    counts = [job.documents.get(status, 0) for status in _STATUSES]
    took = None if job.finished_at is None else round(job.finished_at - job.created_at, 1)
    about = (job.id, job.state, job.queue, job.priority, job.set_name, job.engine)
    return (*about, sum(counts), *counts, _time(job.created_at), took)


def _time(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def cancel(parts: Parts, job_id: int) -> str:
    """Cancel a job; return its state: cancelled, or cancelling while pages are in hand, which are finished and kept."""
    _change(parts, job_id, partial(states.cancel, job_id=job_id), "cancelled")
    while parts.database.insist(partial(states.sweep, job_id=job_id)) >= states.SWEEP:
        pass
    return _state(parts, job_id)


def pause(parts: Parts, job_id: int) -> str:
    """Let a job rest; return its state. Pages in hand are finished."""
    return _change(parts, job_id, partial(states.pause, job_id=job_id), "paused")


def resume(parts: Parts, job_id: int) -> str:
    """Go on with a paused job; return its state."""
    return _change(parts, job_id, partial(states.resume, job_id=job_id), "resumed")


def set_priority(parts: Parts, job_id: int, priority: int) -> str:
    """Put a job before those of lower priority; return its state. Raises UsageError outside of what is allowed."""
    if not LEAST <= priority <= MOST:
        raise UsageError(f"a priority is a number from {LEAST} to {MOST}, not {priority}; 0 is the usual one")
    change = partial(states.set_priority, job_id=job_id, priority=priority)
    return _change(parts, job_id, change, "given another priority")


def _change(parts: Parts, job_id: int, change: Callable[..., bool], done: str) -> str:
    """Raises NotFound, and UsageError for a job whose state does not allow it."""
    before = _state(parts, job_id)
    if not parts.database.insist(change):
        raise UsageError(f"job {job_id} is {before} and cannot be {done}; `docproc jobs` lists the jobs")
    return _state(parts, job_id)


def _state(parts: Parts, job_id: int) -> str:
    with parts.database.read() as conn:
        state = states.state_of(conn, job_id)
    if state is None:
        raise NotFound(f"there is no job {job_id}; `docproc jobs` lists them")
    return state
