"""Routes: webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from docproc.api import cursors
from docproc.api.auth import Submitter
from docproc.api.context import Ctx
from docproc.api.slots import PingSlot
from docproc.service import webhooks

router = APIRouter(tags=["webhooks"])
_MOST = 2**31 - 1  # a number of a row
Id = Annotated[int, Path(ge=1, le=_MOST)]
State = Literal["ready", "leased", "delivered", "failed"]


class Delivery(BaseModel):
    """A message to a webhook. `ready`: it waits, `leased`: it is being sent. `next_at`: when it is tried."""

    id: int
    message_id: str
    job: int
    event: str
    url: str
    payload: dict[str, Any]
    state: State
    attempt: int
    status_code: Annotated[int | None, Field(description="what the receiver answered last")]
    error: Annotated[str | None, Field(description="why it was not taken")]
    created_at: datetime
    finished_at: datetime | None
    next_at: datetime | None


class Deliveries(BaseModel):
    """Messages, the newest first. `next` is the cursor of what follows, null at the end."""

    items: list[Delivery]
    next: str | None


class Listed(BaseModel):
    """Which deliveries are wanted."""

    model_config = ConfigDict(extra="forbid")
    job: Annotated[int | None, Field(ge=1, le=_MOST)] = None
    state: State | None = None
    limit: Annotated[int, Field(ge=1, le=500, description="how many at most")] = 50
    cursor: Annotated[str | None, Field(max_length=1024, description="`next` of the last reply")] = None


class Ping(BaseModel):
    """Whom to try."""

    model_config = ConfigDict(extra="forbid")
    url: Annotated[str, Field(max_length=2000, examples=["https://hooks.example/docproc"])]


class Pinged(BaseModel):
    """How the receiver took it."""

    delivered: bool
    status_code: int | None
    error: str | None


class Secret(BaseModel):
    """What signs the webhooks of jobs that are submitted with this key."""

    secret: str


@router.get("/v1/webhooks/deliveries")
def list_deliveries(ctx: Ctx, _who: Submitter, asked: Annotated[Listed, Query()]) -> Deliveries:
    """Messages to webhooks and how sending them went, the newest first."""
    before = cursors.number(asked.cursor, "before")
    rows = webhooks.list_deliveries(ctx.parts, asked.limit + 1, asked.job, asked.state, before)
    shown = rows[: asked.limit]
    more = cursors.encode({"before": shown[-1].id}) if len(rows) > asked.limit else None
    return Deliveries(items=[_delivery(row) for row in shown], next=more)


@router.get("/v1/webhooks/deliveries/{delivery_id}")
def one_delivery(ctx: Ctx, _who: Submitter, delivery_id: Id) -> Delivery:
    """A message to a webhook and how sending it went."""
    return _delivery(webhooks.find_delivery(ctx.parts, delivery_id))


@router.post("/v1/webhooks/deliveries/{delivery_id}/redeliver", status_code=202)
def redeliver(ctx: Ctx, _who: Submitter, delivery_id: Id) -> Delivery:
    """Send a message once more, with the same id, whatever came of it before."""
    found = webhooks.redeliver(ctx.parts, delivery_id)
    ctx.queue.ring("io")
    return _delivery(found)


@router.post("/v1/webhooks/ping")
def ping(ctx: Ctx, who: Submitter, body: Ping, _slot: PingSlot) -> Pinged:
    """Send a message of the type `ping` to a receiver now, and say how it took it."""
    said = webhooks.ping(ctx.parts, body.url, who.owner)
    return Pinged(delivered=said.error is None, status_code=said.code, error=said.error)


@router.get("/v1/webhooks/secret")
def secret(ctx: Ctx, who: Submitter) -> Secret:
    """What signs the webhooks of jobs that are submitted with this key; a receiver checks signatures with it."""
    return Secret(secret=webhooks.secret_for(ctx.parts, who.owner))


def _delivery(row: webhooks.DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        message_id=row.message_id,
        job=row.job_id,
        event=row.event,
        url=row.url,
        payload=json.loads(row.payload),
        state=row.state,
        attempt=row.attempt,
        status_code=row.status_code,
        error=row.error,
        created_at=_time(row.created_at),
        finished_at=None if row.finished_at is None else _time(row.finished_at),
        next_at=None if row.next_at is None else _time(row.next_at),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
