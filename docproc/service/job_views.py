"""What a client asks of jobs: one, a page of them, their files, what happened since, the failed ones again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from docproc.core.errors import Conflict, DocprocError, NotFound
from docproc.queues import Queue
from docproc.service.parts import Parts
from docproc.service.submit import Ticket
from docproc.store import job_rows, jobs, states
from docproc.store.job_rows import FileRow, JobRow, Wanted
from docproc.store.tables import INLINE, OPEN_STATES

__all__ = ["OPEN_STATES", "FileRow", "JobRow", "Wanted"]


def job_of(parts: Parts, job_id: int) -> JobRow:
    """A job with its counts. Raises NotFound."""
    with parts.database.read() as conn:
        found = job_rows.load(conn, [job_id])
    if not found:
        raise NotFound(f"there is no job {job_id}")
    return found[0]


def hindrance(parts: Parts, job: JobRow) -> str | None:
    """Why an open job does not go on here, and what to do; None where nothing is known to be in its way."""
    if job.state not in OPEN_STATES or job.queue != "local":
        return None
    with parts.database.read() as conn:
        wanted = jobs.find(conn, job.id)
    if wanted is None:
        return None
    try:
        here = parts.targets.fingerprint(wanted.engine, parts.database)
    except DocprocError as error:
        return f"The engine {wanted.engine} cannot be asked here: {error}"
    if here == wanted.fingerprint:
        return None
    return (
        f"It is for the engine {wanted.fingerprint}, and here that is {here} by now. It goes on where docproc work "
        "runs with the settings of then; or cancel it, and submit its files again."
    )


def job_submitted(parts: Parts, ticket: Ticket, files: int) -> JobRow:
    """The job of a ticket that was given just now for so many files."""
    if not ticket.created:
        return job_of(parts, ticket.job_id)
    with parts.database.read() as conn:
        return job_rows.fresh(conn, ticket.job_id, files)


def jobs_page(parts: Parts, wanted: Wanted, before: int | None, limit: int) -> tuple[list[JobRow], int | None]:
    """The newest jobs before number `before`, and that number for the next page, None where there is none."""
    with parts.database.read() as conn:
        found = job_rows.page(conn, wanted, before, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def files_page(
    parts: Parts, job_id: int, status: str | None, after: int, limit: int
) -> tuple[list[FileRow], int | None]:
    """The files of a job after number `after`, and that number for the next page. Raises NotFound."""
    with parts.database.read() as conn:
        if states.state_of(conn, job_id) is None:
            raise NotFound(f"there is no job {job_id}")
        found = job_rows.files(conn, job_id, status, after, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


@dataclass(frozen=True, slots=True)
class Happened:
    """Where jobs stand, by number; the files of theirs that have ended, in that order; the database's time before."""

    jobs: Mapping[int, JobRow]
    files: Sequence[FileRow]
    moment: float


def happened(parts: Parts, fresh: Sequence[int], known: Sequence[int], since: float) -> Happened:
    """Where these jobs stand; all ended files of the `fresh` ones, and those of the others that ended since then."""
    with parts.database.read() as conn:
        moment = job_rows.moment(conn)
        found = job_rows.load(conn, [*fresh, *known])
        # Files afterwards: of a job that is seen as ended, every file is seen.
        files = [*job_rows.ended(conn, fresh, 0.0), *job_rows.ended(conn, known, since)]
    return Happened({job.id: job for job in found}, files, moment)


def retry_job(parts: Parts, queue: Queue, job_id: int) -> tuple[JobRow, int]:
    """Put the failed and cancelled pages of an ended job back to work; the job, and how many pages.

    Raises NotFound, and Conflict for a job that has not ended.
    """
    before = job_of(parts, job_id)
    if before.queue == INLINE:
        raise Conflict(f"job {job_id} is worked on by who submitted it: docproc retry {job_id}")
    if before.state in OPEN_STATES:
        raise Conflict(f"job {job_id} is {before.state}: what failed is tried again once it has ended")
    pages = parts.database.insist(partial(states.retry, job_id=job_id))
    for stage in ("io", "raster", "gpu"):
        queue.ring(stage)
    return job_of(parts, job_id), pages
