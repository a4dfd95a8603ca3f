"""Queries on jobs and their documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, delete, exists, func, insert, or_, select, update

from docproc.store import deliveries, pages, tasks
from docproc.store.clock import now
from docproc.store.tables import INLINE, OPEN_STATES, documents, engines, in_state, job_documents, jobs
from docproc.store.tables import tasks as task_table
from docproc.store.tasks import Key
from docproc.store.upsert import upsert

CANCELLED = {"outcome": "cancelled", "status": "cancelled", "message": "the job was cancelled"}


@dataclass(frozen=True, slots=True)
class JobRef:
    """The numbers of a job, its question set and its engine."""

    id: int
    set_id: int
    engine_id: int


@dataclass(frozen=True, slots=True)
class JobIdentity:
    """What a job asks (a question set) and whom (an engine)."""

    set_id: int
    engine_id: int
    engine: str
    fingerprint: str
    queue: str


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """How a document of a job ended. `document` is its SHA-256, None where the bytes could not be read at all."""

    path: str
    document: str | None
    document_id: int | None
    outcome: str
    status: str
    message: str


def create(conn: Connection, set_id: int, engine_id: int, queue: str = INLINE, priority: int = 0) -> int:
    """Open a job; one of a fleet ends once it is sealed (`states.seal`)."""
    started = {"state": "running", "started_at": now()} if queue == INLINE else {"state": "queued"}
    values = insert(jobs).values(set_id=set_id, engine_id=engine_id, queue=queue, priority=priority, created_at=now())
    return int(conn.execute(values.values(started).returning(jobs.c.id)).scalar_one())


def add_document(conn: Connection, job_id: int, path: str, key: Key) -> bool:
    """Enter an accepted document; it is done when its tasks are. False: the job is cancelled, and with it the document.

    The job may be cancelled while its files are still being taken in.
    """
    # Locked, so that a cancelling waits for this document, or this document sees it.
    job = select(jobs.c.state).where(jobs.c.id == job_id).with_for_update(read=True)
    if conn.execute(job).scalar_one() in ("cancelling", "cancelled"):
        add_rejected(conn, job_id, DocumentResult(path, None, key.document_id, *CANCELLED.values()))
        return False
    row = {
        "job_id": job_id,
        "path": path,
        "document_id": key.document_id,
        "set_id": key.set_id,
        "engine_id": key.engine_id,
        "state": "running",
        "outcome": None,
        "status": None,
        "message": "",
    }
    upsert(conn, job_documents, ("job_id", "path"), [row])
    return True


def add_rejected(conn: Connection, job_id: int, result: DocumentResult) -> None:
    """Enter a document that ended before any page of it was looked at."""
    job = select(jobs.c.set_id, jobs.c.engine_id).where(jobs.c.id == job_id)
    set_id, engine_id = conn.execute(job).one()
    row = {
        "job_id": job_id,
        "path": result.path,
        "document_id": result.document_id,
        "set_id": set_id,
        "engine_id": engine_id,
        "state": "done",
        "outcome": result.outcome,
        "status": result.status,
        "message": result.message,
    }
    upsert(conn, job_documents, ("job_id", "path"), [row])
    this = (job_documents.c.job_id == job_id) & (job_documents.c.path == result.path)
    conn.execute(update(job_documents).where(this).values(finished_at=now()))


def settle(conn: Connection, keys: Iterable[Key], first_choice: str) -> None:
    """Write outcome and status of the documents among `keys` whose own step is finished, in every job that has them.

    `first_choice` is the renderer that is tried first: pages that only another could draw count as repaired.
    """
    for key in keys:
        state, code, error = tasks.document_step(conn, key)
        if state not in tasks.FINISHED or (state == "cancelled" and tasks.counts(conn, key).get("leased")):
            continue
        outcome, status, message = _outcome(conn, key, first_choice)
        if state == "cancelled":
            outcome, status, message = CANCELLED.values()
        if state == "failed" and status == "succeeded":
            outcome, status, message = "ok:partial", "partial", f"the document's own questions: {code}: {error}"
        done = (
            update(job_documents)
            .where(
                job_documents.c.document_id == key.document_id,
                job_documents.c.set_id == key.set_id,
                job_documents.c.engine_id == key.engine_id,
                job_documents.c.state == "running",
            )
            .values(state="done", outcome=outcome, status=status, message=message, finished_at=now())
        )
        conn.execute(done)


def settle_finished(conn: Connection, job_id: int, first_choice: str) -> None:
    """`settle` those running documents of a job whose step has been finished, here or elsewhere."""
    step = task_table
    finished = exists().where(
        step.c.document_id == job_documents.c.document_id,
        step.c.set_id == job_documents.c.set_id,
        step.c.engine_id == job_documents.c.engine_id,
        step.c.number == 0,
        step.c.state.in_(tasks.FINISHED),
    )
    found = select(job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id).where(
        job_documents.c.job_id == job_id, job_documents.c.state == "running", finished
    )
    settle(conn, [Key(*row) for row in conn.execute(found).all()], first_choice)


def tend(conn: Connection, job_id: int, first_choice: str) -> None:
    """What has to be looked at now and then: tasks that another job left, documents that have ended."""
    tasks.adopt(conn, job_id)
    settle_finished(conn, job_id, first_choice)


def close(conn: Connection, job_id: int) -> None:
    """End a job none of whose documents is running."""
    end(conn, jobs.c.id == job_id)


def finalise(conn: Connection) -> list[int]:
    """End the jobs of a fleet that are sealed, and those that are being cancelled, where no document is running."""
    return end(conn, or_(and_(jobs.c.queue != INLINE, jobs.c.sealed_at.is_not(None)), in_state(jobs, "cancelling")))


def reopen(conn: Connection, key: Key, job_id: int | None = None) -> list[int]:
    """Mark a document running again in the jobs that have it; return those jobs.

    Where it was cancelled it stays so, but for job `job_id`, which is tried again.
    """
    which = (
        job_documents.c.document_id == key.document_id,
        job_documents.c.set_id == key.set_id,
        job_documents.c.engine_id == key.engine_id,
        or_(job_documents.c.status != "cancelled", job_documents.c.job_id == job_id),
    )
    rows = conn.execute(
        update(job_documents)
        .where(*which)
        .values(state="running", outcome=None, status=None)
        .returning(job_documents.c.job_id)
    )
    found = [row_job for (row_job,) in rows]
    resurrect(conn, found)
    return found


def ended(conn: Connection, job_id: int) -> list[int]:
    """The ids of a job's documents that have ended."""
    query = select(job_documents.c.id).where(job_documents.c.job_id == job_id, job_documents.c.state == "done")
    return [row_id for (row_id,) in conn.execute(query)]


def results(conn: Connection, ids: Sequence[int]) -> list[DocumentResult]:
    """The job documents with these ids, in the order in which they ended."""
    query = (
        select(
            job_documents.c.path,
            documents.c.sha256,
            documents.c.id,
            job_documents.c.outcome,
            job_documents.c.status,
            job_documents.c.message,
        )
        .outerjoin(documents, documents.c.id == job_documents.c.document_id)
        .where(job_documents.c.id.in_(ids))
        .order_by(job_documents.c.finished_at, job_documents.c.id)
    )
    return [DocumentResult(*row) for row in conn.execute(query)]


def find(conn: Connection, job_id: int) -> JobIdentity | None:
    """What a job asks, and of which engine."""
    query = (
        select(jobs.c.set_id, jobs.c.engine_id, engines.c.name, engines.c.fingerprint, jobs.c.queue)
        .join(engines, engines.c.id == jobs.c.engine_id)
        .where(jobs.c.id == job_id)
    )
    row = conn.execute(query).first()
    return None if row is None else JobIdentity(*row)


def take_refused(conn: Connection, job_id: int) -> list[str]:
    """Take the rejected files out of a job and return their paths, to be taken in again."""
    rejected = (job_documents.c.job_id == job_id) & job_documents.c.outcome.like("rejected:%")
    found = list(conn.execute(delete(job_documents).where(rejected).returning(job_documents.c.path)).scalars())
    if found:
        resurrect(conn, [job_id])
    return found


def progress(conn: Connection, job_id: int) -> dict[str, int]:
    """How many documents of a job are in each state."""
    query = select(job_documents.c.state, func.count()).where(job_documents.c.job_id == job_id)
    return {row[0]: row[1] for row in conn.execute(query.group_by(job_documents.c.state))}


def keys(conn: Connection, job_id: int, statuses: Iterable[str]) -> list[Key]:
    """The documents of a job that ended with one of these statuses and were accepted."""
    query = select(job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id).where(
        job_documents.c.job_id == job_id,
        job_documents.c.status.in_(list(statuses)),
        job_documents.c.outcome.not_like("rejected:%"),
        job_documents.c.document_id.is_not(None),
    )
    return [Key(*row) for row in conn.execute(query)]


def end(conn: Connection, which: ColumnElement[bool]) -> list[int]:
    """End those of these jobs that have no document running, and say so to their webhooks; return them."""
    of_job = job_documents.c.job_id == jobs.c.id
    good = select(func.count()).where(of_job, job_documents.c.status == "succeeded").scalar_subquery()
    partly = select(func.count()).where(of_job, job_documents.c.status == "partial").scalar_subquery()
    total = select(func.count()).where(of_job).scalar_subquery()
    running = exists().where(of_job, job_documents.c.state == "running")
    state = case(
        (jobs.c.state == "cancelling", "cancelled"),
        (good == total, "succeeded"),
        (good + partly == 0, "failed"),
        else_="partial",
    )
    ended = update(jobs).where(in_state(jobs, *OPEN_STATES), which, ~running)
    found = list(conn.execute(ended.values(state=state, finished_at=now()).returning(jobs.c.id)).scalars())
    deliveries.announce(conn, found)
    return found


def resurrect(conn: Connection, job_ids: list[int]) -> None:
    """Jobs that have ended go on; a pause, or a cancelling under way, is nobody else's to end."""
    waits = and_(jobs.c.queue != INLINE, jobs.c.started_at.is_(None))
    again = update(jobs).where(jobs.c.id.in_(job_ids), ~in_state(jobs, *OPEN_STATES))
    conn.execute(again.values(state=case((waits, "queued"), else_="running"), finished_at=None))


def _outcome(conn: Connection, key: Key, first_choice: str) -> tuple[str, str, str]:
    states = tasks.counts(conn, key)
    failed, total = states.get("failed", 0), sum(states.values())
    message = ""
    if states.get("cancelled"):
        outcome, status, _ = CANCELLED.values()
        return outcome, status, f"{states['cancelled']} of {total} pages were cancelled"
    if failed:
        number, code, error = next(row for row in tasks.failures(conn, key) if row[0] > 0)
        more = f" (and {failed - 1} more)" if failed > 1 else ""
        message = f"page {number}: {code}: {error}{more}"
    if failed == total:
        return "page_failed", "failed", message
    if failed:
        return "ok:partial", "partial", message
    flags = pages.flags(conn, key.document_id, first_choice)
    repaired = conn.execute(select(documents.c.repaired).where(documents.c.id == key.document_id)).scalar_one()
    for outcome, seen in (
        ("ok:degraded", flags.degraded),
        ("ok:downscaled", flags.downscaled),
        ("ok:repaired", repaired),
    ):
        if seen:
            return outcome, "succeeded", message
    return "ok", "succeeded", message
