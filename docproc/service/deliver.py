"""Tell the webhooks of jobs that have ended: what the outbox holds, until each has been taken or given up.

At least once: a receiver that takes a message and dies before it says so gets it again, with the same `webhook-id`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from uuid import uuid4

from docproc.core.errors import MissingExtra, Unavailable, UsageError
from docproc.service.fleet import Shift
from docproc.service.log import tell
from docproc.service.outgoing import Limits, exchange
from docproc.service.parts import Parts
from docproc.service.signing import open_secret, signed
from docproc.service.work.identity import worker_name
from docproc.store import deliveries
from docproc.store.database import Database
from docproc.store.deliveries import Claimed
from docproc.store.leasing import Hold

SECONDS = 15.0  # for one delivery, from the first byte to the last
# Seconds after the first, second, … try that failed: about a day in all, as Standard Webhooks proposes.
WAITS = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
_ROOM = 8  # deliveries at a time
_LEASE = 120.0  # seconds; a name that is not known takes its time as well
_REPLY = 0  # bytes of a reply that are looked at: its status says all
_LONGEST = 3600.0  # seconds that a receiver may put it off by
_REST = 30.0  # seconds for which a receiver that did not answer is left alone


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one try. `wait` None: never again; `code` is the HTTP status, None where there was no reply."""

    code: int | None
    error: str | None
    wait: float | None = None


def deliver_for(parts: Parts, shift: Shift) -> int:
    """Make the deliveries that are due, until none is or the shift is over; return how many were tried.

    Raises Unavailable where the database is away. Any number of workers may do this at once.
    """
    with parts.database.read() as conn:
        if not deliveries.due(conn):
            return 0
    ends, worker, tried = time.monotonic() + shift.seconds, worker_name(), 0
    away: dict[str, float] = {}  # receivers that did not answer, and until when they are left alone
    with ThreadPoolExecutor(_ROOM, thread_name_prefix="docproc-webhook") as pool:
        while not shift.leave() and time.monotonic() < ends:
            hold = Hold(_ROOM, _LEASE, uuid4().hex, worker)
            claimed = parts.database.insist(partial(deliveries.claim, hold=hold))
            if not claimed:
                break
            tried += len(claimed)
            list(pool.map(partial(_deliver, parts, away), claimed))
    return tried


def send(parts: Parts, url: str, body: bytes, headers: Mapping[str, str]) -> Said:
    """Send one message; nothing of the reply but its status is told. Raises MissingExtra."""
    sent = {"Content-Type": "application/json", **headers}
    limits = Limits(SECONDS, _REPLY, parts.outgoing.hooks)
    try:
        with exchange("POST", url, sent, body, limits, parts.outgoing.network) as reply:
            if 200 <= reply.status < 300:
                return Said(reply.status, None)
            if reply.status == 410:
                return Said(410, "HTTP 410: the receiver wants no more")
            return Said(reply.status, f"HTTP {reply.status}", _put_off(reply.headers.get("retry-after", "")))
    except UsageError as error:
        return Said(None, str(error))
    except Unavailable as error:
        return Said(None, str(error), 0.0)


def _deliver(parts: Parts, away: dict[str, float], claimed: Claimed) -> None:
    body = claimed.payload.encode()
    where = "{0.scheme}://{0.netloc}".format(urlsplit(claimed.url))
    if time.monotonic() < away.get(where, 0.0):
        said = Said(None, "the receiver did not answer a moment ago, and was left alone", 0.0)
    else:
        secret = claimed.secret or open_secret(parts.home)
        try:
            said = send(parts, claimed.url, body, signed(secret, claimed.message_id, int(time.time()), body))
        except MissingExtra as error:
            said = Said(None, str(error), 0.0)
        if said.code is None and said.wait is not None:
            away[where] = time.monotonic() + _REST
    _note(parts.database, claimed, said)


def _note(database: Database, claimed: Claimed, said: Said) -> None:
    if said.error is None and said.code is not None:
        database.insist(partial(deliveries.delivered, claimed=claimed, status_code=said.code))
        return
    error = said.error or ""
    if said.wait is None or claimed.attempt > len(WAITS):
        reason = error if said.wait is None else f"given up after {claimed.attempt} tries: {error}"
        database.insist(partial(deliveries.failed, claimed=claimed, status_code=said.code, error=reason))
        tell("webhook_failed", job=claimed.job_id, attempt=claimed.attempt)
        return
    usual = WAITS[claimed.attempt - 1] * random.uniform(0.8, 1.2)  # noqa: S311  (no secret)
    delay = max(usual, said.wait)
    database.insist(partial(deliveries.again, claimed=claimed, delay=delay, status_code=said.code, error=error))


def _put_off(seconds: str) -> float:
    """For how long a receiver asks to be left alone."""
    return min(float(seconds), _LONGEST) if seconds.isascii() and seconds.isdigit() and len(seconds) < 10 else 0.0
