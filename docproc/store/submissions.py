"""A job as it is submitted: with its files and, where one came with it, its idempotency key, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from docproc.store import received
from docproc.store.clock import now
from docproc.store.face_tables import idempotency
from docproc.store.received import NewFile
from docproc.store.tables import jobs
from docproc.store.upsert import insert_or


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be: what it asks, of whom, who works on it, and what its submitter says of it."""

    set_id: int
    engine_id: int
    queue: str
    priority: int = 0
    tags: tuple[str, ...] = ()
    reference: str | None = None
    webhook_url: str | None = None
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class UsedKey:
    """What came with an idempotency key: the fingerprint of the request, and the job that was made of it."""

    fingerprint: str
    job_id: int


def find_key(conn: Connection, owner: int, key: str) -> UsedKey | None:
    """What came with this key of this owner."""
    query = select(idempotency.c.fingerprint, idempotency.c.job_id)
    row = conn.execute(query.where(idempotency.c.owner == owner, idempotency.c.key == key)).first()
    return None if row is None else UsedKey(*row)


def put_key(conn: Connection, owner: int, key: str, used: UsedKey) -> bool:
    """Take a key. False: somebody else has just taken it, and this transaction must be rolled back."""
    taken = {"fingerprint": used.fingerprint, "job_id": used.job_id, "created_at": now()}
    row = insert_or(conn.dialect.name, idempotency).values(owner=owner, key=key, **taken)
    mine = row.on_conflict_do_nothing(index_elements=["owner", "key"]).returning(idempotency.c.job_id)
    return conn.execute(mine).first() is not None


def put_job(conn: Connection, job: NewJob, files: Sequence[NewFile]) -> int:
    """Enter a job with all of its files, sealed; return its number."""
    values = {
        "state": "queued",
        "queue": job.queue,
        "priority": job.priority,
        "set_id": job.set_id,
        "engine_id": job.engine_id,
        "tags": list(job.tags) or None,
        "reference": job.reference,
        "webhook_url": job.webhook_url,
        "owner": job.owner,
    }
    made = insert(jobs).values(created_at=now(), sealed_at=now(), **values).returning(jobs.c.id)
    job_id = int(conn.execute(made).scalar_one())
    received.add(conn, job_id, (job.set_id, job.engine_id), files)
    return job_id
