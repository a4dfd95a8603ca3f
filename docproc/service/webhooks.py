"""Look at the deliveries of webhooks, make one once more, try a receiver."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime
from functools import partial

from docproc.core.errors import Conflict, NotFound
from docproc.service.addresses import target
from docproc.service.deliver import Said, send
from docproc.service.parts import Parts
from docproc.service.signing import open_secret, signed
from docproc.store import deliveries
from docproc.store.deliveries import DeliveryRow


def list_deliveries(
    parts: Parts, limit: int, job_id: int | None = None, state: str | None = None, before: int | None = None
) -> list[DeliveryRow]:
    """Deliveries, the newest first; of a job, in a state, older than the one with id `before`."""
    with parts.database.read() as conn:
        return deliveries.listing(conn, limit, job_id, state, before)


def find_delivery(parts: Parts, delivery_id: int) -> DeliveryRow:
    """One delivery. Raises NotFound."""
    with parts.database.read() as conn:
        found = deliveries.find(conn, delivery_id)
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id}; GET /v1/webhooks/deliveries lists them")
    return found


def redeliver(parts: Parts, delivery_id: int) -> DeliveryRow:
    """Make a delivery once more, with the same id, whatever came of it. Raises NotFound, Conflict while it is made."""
    again = parts.database.insist(partial(deliveries.redeliver, delivery_id=delivery_id))
    found = find_delivery(parts, delivery_id)
    if not again:
        raise Conflict(f"delivery {delivery_id} is being made now; look again in a moment")
    return found


def secret_for(parts: Parts, owner: int | None) -> str:
    """What signs the webhooks of this key's jobs; None: of jobs that were submitted without one."""
    if owner is None:
        return open_secret(parts.home)
    with parts.database.read() as conn:
        found = deliveries.secret_of(conn, owner)
    if found is None:
        raise NotFound("this key is not there any more")
    return found


def ping(parts: Parts, url: str, owner: int | None) -> Said:
    """Send a message of the type `ping` now, signed as all of this key's are. Raises UsageError for a bad URL."""
    target(url, parts.outgoing.hooks)
    stamp = time.time()
    told = {"type": "ping", "timestamp": datetime.fromtimestamp(stamp, UTC).isoformat(timespec="milliseconds")}
    body = json.dumps({**told, "data": {}}, separators=(",", ":")).encode()
    message_id = f"msg_{secrets.token_hex(16)}"
    return send(parts, url, body, signed(secret_for(parts, owner), message_id, int(stamp), body))


__all__ = ["DeliveryRow", "find_delivery", "list_deliveries", "ping", "redeliver", "secret_for"]
