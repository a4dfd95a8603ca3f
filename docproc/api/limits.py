"""How much of what anybody may send: requests in a time, and bytes of a body before it is parsed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from docproc.core.errors import TooLarge, UsageError

BODY = 1 << 20  # bytes of a request without files
LEAST = 1024  # bytes a second, on average, of a body that is longer on its way than its patience
_HELD = 10_000  # buckets; among more, those that are full again are forgotten


class Buckets:
    """A token bucket per name: `burst` tokens, refilled by `rate` a second. Any thread may call."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, float(burst), clock
        self._left: dict[str, tuple[float, float]] = {}  # tokens, and when they were counted
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """Take a token: 0.0, or how many seconds it is until there is one."""
        if not self._rate:
            return 0.0
        with self._lock:
            left = self._now(name)
            if left >= 1:
                self._put(name, left - 1)
                return 0.0
            return (1 - left) / self._rate

    def wait(self, name: str) -> float:
        """How many seconds it is until there is a token; none is taken."""
        with self._lock:
            return max(0.0, 1 - self._now(name)) / self._rate if self._rate else 0.0

    def _now(self, name: str) -> float:
        left, when = self._left.get(name, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - when) * self._rate)

    def _put(self, name: str, left: float) -> None:
        self._left[name] = (left, self._clock())
        if len(self._left) > _HELD:
            self._left = {name: self._left[name] for name in self._left if self._now(name) < self._burst}
            while len(self._left) > _HELD:
                del self._left[next(iter(self._left))]


def limited(scope: Scope, receive: Receive, most: int, patience: float) -> Receive:
    """`receive`, which raises HTTPException when more than `most` bytes come (of another error FastAPI would make 400),
    when none come for `patience` seconds, and when they trickle.

    Raises TooLarge at once where so many are announced, and UsageError for a length that is none.
    """
    told = [value for name, value in scope["headers"] if name == b"content-length"]
    if told and not all(value.isdigit() for value in told):
        raise UsageError("the Content-Length is no number")
    refusal = f"the body of {scope['method']} {scope['path'][:200]} may have {most:,} bytes"
    if any(int(value[:18]) > most or len(value) > 18 for value in told):
        raise TooLarge(f"{refusal}, not {int(told[0][:18]):,}")
    seen, whole, began = 0, False, time.monotonic()

    async def counted() -> Message:
        nonlocal seen, whole
        if whole:  # what comes now is the end of the connection, whenever that is
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), patience)
        except TimeoutError as error:
            raise HTTPException(408, f"nothing more of the body came for {patience:g} seconds") from error
        seen, whole = seen + len(message.get("body", b"")), not message.get("more_body", False)
        late = time.monotonic() - began - patience
        if not whole and seen < late * LEAST:
            raise HTTPException(408, f"the body comes with fewer than {LEAST} bytes a second")
        if seen > most:
            raise HTTPException(413, f"{refusal}, and this one has more")
        return message

    return counted
