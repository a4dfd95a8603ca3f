"""Say where the work stands: open jobs with rate and time left, queues, workers, failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from docproc.store import status
from docproc.store.database import Database
from docproc.store.status import DoneRow, LeaseRow, OpenJob, QueueRow

WINDOW = 60.0  # seconds over which rates are measured
FAILURES = 3600.0  # seconds for which failures are told
LEASE = 60.0  # seconds that a worker's lease lasts when it was just renewed


@dataclass(frozen=True, slots=True)
class JobStatus:
    """An open job. `rate` is its pages per second over the last minute, or since it began where that is shorter.

    None: no page of it was finished in that time. A page that several jobs wait for counts for the one that has it.
    `eta`: seconds until its last page at that rate, None where there is no rate to go by, where it is not running, and
    where no page is left (then the documents' own steps are being done, or files are still being taken in).
    """

    job: int
    state: str
    question_set: str
    engine: str
    age: float
    documents: int
    documents_ended: int
    succeeded: int
    partial: int
    failed: int
    cancelled: int
    pages: int
    pages_ended: int
    rate: float | None
    eta: float | None


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker that holds tasks or finished a page in the last minute.

    `seen` is how many seconds ago it was last known to be alive: it finished a page or renewed its leases.
    """

    worker: str
    held: int
    pages: int
    seen: float


@dataclass(frozen=True, slots=True)
class Status:
    """Where the work stands. `rate` is pages per second over the last minute, 0 where nothing was finished."""

    rate: float
    tokens_in: float
    tokens_out: float
    jobs: tuple[JobStatus, ...] = ()
    queues: tuple[QueueRow, ...] = ()
    workers: tuple[WorkerStatus, ...] = ()
    failures: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0

    def line(self) -> dict[str, Any]:
        """The object that `--json` prints; durations in seconds, rates per second."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


def measure(database: Database, lease: float = LEASE) -> Status:
    """Where the work stands now. `lease` is how long a renewed lease lasts. Raises Unavailable."""
    with database.read() as conn:
        opened, done = status.open_jobs(conn), status.done(conn, WINDOW)
        queues, leases = status.queues(conn), status.leases(conn)
        failures, quarantined = status.failures(conn, FAILURES), status.quarantined(conn)
    return Status(
        rate=sum(row.pages for row in done) / WINDOW,
        tokens_in=sum(row.tokens_in for row in done) / WINDOW,
        tokens_out=sum(row.tokens_out for row in done) / WINDOW,
        jobs=tuple(_job(row, done) for row in opened),
        queues=tuple(queues),
        workers=_workers(leases, done, lease),
        failures=failures,
        quarantined=quarantined,
    )


def _job(row: OpenJob, done: Sequence[DoneRow]) -> JobStatus:
    finished = sum(part.pages for part in done if part.job_id == row.id)
    # A job that began a second ago has not been idle for the 59 before.
    rate = finished / max(1.0, min(WINDOW, row.age)) if finished else None
    return JobStatus(
        job=row.id,
        state=row.state,
        question_set=row.set_name,
        engine=row.engine,
        age=row.age,
        documents=row.documents,
        documents_ended=row.succeeded + row.partial + row.failed + row.cancelled,
        succeeded=row.succeeded,
        partial=row.partial,
        failed=row.failed,
        cancelled=row.cancelled,
        pages=row.pages,
        pages_ended=max(0, row.pages - row.left),
        rate=rate,
        eta=row.left / rate if rate and row.left and row.state == "running" else None,
    )


def _workers(leases: Sequence[LeaseRow], done: Sequence[DoneRow], lease: float) -> tuple[WorkerStatus, ...]:
    held = {row.worker: row for row in leases}
    found = []
    for name in sorted({*held, *(row.worker for row in done if row.worker)}):
        own = [row for row in done if row.worker == name]
        seen = [max(0.0, row.ago) for row in own]
        if name in held:
            seen.append(max(0.0, lease - held[name].left))
        holds = held[name].held if name in held else 0
        found.append(WorkerStatus(name, holds, sum(row.pages for row in own), min(seen)))
    return tuple(found)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list | tuple) else value
