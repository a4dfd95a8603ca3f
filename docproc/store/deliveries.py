"""The outbox of webhooks: what is to be told about jobs that have ended, and how telling it went.

ready → leased → delivered | failed, or ready again later. A row is written in the transaction that ends its job, so
that no end is told that was not, and none is forgotten. Claims are leased and fenced as those of tasks are.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, case, exists, insert, or_, select, update

from docproc.store import counts
from docproc.store.clock import now
from docproc.store.face_tables import api_keys, deliveries
from docproc.store.leasing import Hold
from docproc.store.tables import in_state, jobs

DeliveryState = Literal["ready", "leased", "delivered", "failed"]
_READY, _LEASED = in_state(deliveries, "ready"), in_state(deliveries, "leased")
_FREE: dict[str, Any] = {"lease_token": None, "lease_until": None, "worker": None}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery to be made now. `attempt` counts from 1; `secret`: the owner's, None where the job has no owner."""

    id: int
    message_id: str
    job_id: int
    event: str
    url: str
    payload: str
    attempt: int
    token: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it stands. Times are seconds since 1970; `next_at`: when it is tried, None where it has ended."""

    id: int
    message_id: str
    job_id: int
    event: str
    url: str
    payload: str
    state: DeliveryState
    attempt: int
    status_code: int | None
    error: str | None
    created_at: float
    finished_at: float | None
    next_at: float | None


def announce(conn: Connection, ended: Sequence[int]) -> None:
    """Write what is to be told about those of the jobs, just ended, that have a webhook."""
    if not ended:
        return
    fields = (jobs.c.id, jobs.c.state, jobs.c.reference, jobs.c.tags, jobs.c.webhook_url)
    told = select(*fields, jobs.c.created_at, jobs.c.finished_at)
    rows = conn.execute(told.where(jobs.c.id.in_(ended), jobs.c.webhook_url.is_not(None))).all()
    for job in rows:
        event = f"job.{job.state}"
        row = {
            "message_id": f"msg_{secrets.token_hex(16)}",
            "job_id": job.id,
            "event": event,
            "url": job.webhook_url,
            "payload": json.dumps(_payload(conn, event, job), ensure_ascii=False, separators=(",", ":")),
            "state": "ready",
            "attempt": 0,
        }
        conn.execute(insert(deliveries).values(row).values(available_at=now(), created_at=now()))


def due(conn: Connection) -> bool:
    """Whether a delivery could be made now, or was in hand of a worker that has not been heard of."""
    ready = exists().where(_READY, deliveries.c.available_at <= now())
    lost = exists().where(_LEASED, deliveries.c.lease_until < now())
    return bool(conn.execute(select(or_(ready, lost))).scalar())


def claim(conn: Connection, hold: Hold) -> list[Claimed]:
    """Lease deliveries that are due, the longest waiting first; those of workers that died among them."""
    conn.execute(update(deliveries).where(_LEASED, deliveries.c.lease_until < now()).values(state="ready", **_FREE))
    first = (
        select(deliveries.c.id)
        .where(_READY, deliveries.c.available_at <= now())
        .order_by(deliveries.c.available_at, deliveries.c.id)
        .limit(hold.room)
        .with_for_update(skip_locked=True)
        .cte("first")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    leased = (
        update(deliveries)
        .where(deliveries.c.id.in_(select(first.c.id)))
        .values(
            state="leased",
            attempt=deliveries.c.attempt + 1,
            lease_token=hold.token,
            lease_until=now() + hold.lease,
            worker=hold.worker,
        )
        .returning(deliveries.c.id)
    )
    ids = list(conn.execute(leased).scalars())
    fields = ("id", "message_id", "job_id", "event", "url", "payload", "attempt", "lease_token")
    rows: Select[Any] = (
        select(*(deliveries.c[name] for name in fields), api_keys.c.webhook_secret)
        .join(jobs, jobs.c.id == deliveries.c.job_id)
        .outerjoin(api_keys, api_keys.c.id == jobs.c.owner)
        .where(deliveries.c.id.in_(ids))
        .order_by(deliveries.c.id)
    )
    return [Claimed(*row) for row in conn.execute(rows)] if ids else []


def delivered(conn: Connection, claimed: Claimed, status_code: int) -> bool:
    """The receiver took it. False: the lease was lost, and somebody else tells how it went."""
    values = {"state": "delivered", "status_code": status_code, "error": None}
    return _change(conn, claimed, finished_at=now(), **values)


def again(conn: Connection, claimed: Claimed, delay: float, status_code: int | None, error: str) -> bool:
    """Try again in `delay` seconds. False: the lease was lost."""
    values = {"state": "ready", "status_code": status_code, "error": error}
    return _change(conn, claimed, available_at=now() + delay, **values)


def failed(conn: Connection, claimed: Claimed, status_code: int | None, error: str) -> bool:
    """Give it up. False: the lease was lost."""
    return _change(conn, claimed, finished_at=now(), state="failed", status_code=status_code, error=error)


def redeliver(conn: Connection, delivery_id: int) -> bool:
    """Make a delivery once more, at once and with its tries counted afresh. False: it is in hand, or there is none."""
    again = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state != "leased")
    fresh = {"state": "ready", "attempt": 0, "finished_at": None}
    return conn.execute(again.values(available_at=now(), **fresh)).rowcount == 1


def find(conn: Connection, delivery_id: int) -> DeliveryRow | None:
    """One delivery."""
    row = conn.execute(_rows().where(deliveries.c.id == delivery_id)).first()
    return None if row is None else DeliveryRow(*row)


def listing(
    conn: Connection, limit: int, job_id: int | None = None, state: str | None = None, before: int | None = None
) -> list[DeliveryRow]:
    """Deliveries, the newest first; of a job, in a state, older than the one with id `before`."""
    query = _rows().order_by(deliveries.c.id.desc()).limit(limit)
    if job_id is not None:
        query = query.where(deliveries.c.job_id == job_id)
    if state is not None:
        query = query.where(deliveries.c.state == state)
    if before is not None:
        query = query.where(deliveries.c.id < before)
    return [DeliveryRow(*row) for row in conn.execute(query)]


def secret_of(conn: Connection, owner: int) -> str | None:
    """The secret that signs what is told to the webhooks of an API key."""
    return conn.execute(select(api_keys.c.webhook_secret).where(api_keys.c.id == owner)).scalar()


def _rows() -> Select[Any]:
    names = [field for field in DeliveryRow.__dataclass_fields__ if field != "next_at"]
    waits = case((deliveries.c.finished_at.is_(None), deliveries.c.available_at), else_=None)
    return select(*(deliveries.c[name] for name in names), waits)


def _change(conn: Connection, claimed: Claimed, **values: Any) -> bool:
    held = and_(deliveries.c.id == claimed.id, _LEASED, deliveries.c.lease_token == claimed.token)
    return conn.execute(update(deliveries).where(held).values(**_FREE, **values)).rowcount == 1


def _payload(conn: Connection, event: str, job: Any) -> dict[str, Any]:
    """What is told: names and numbers, never a text of a document."""
    return {
        "type": event,
        "timestamp": _time(job.finished_at),
        "data": {
            "job_id": job.id,
            "reference": job.reference,
            "tags": job.tags or [],
            "state": job.state,
            "documents": counts.document_counts(conn, job.id),
            "pages": counts.page_counts(conn, job.id),
            "created_at": _time(job.created_at),
            "finished_at": _time(job.finished_at),
        },
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
