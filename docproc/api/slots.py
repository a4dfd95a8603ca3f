"""How many slow things go on at once, so that the quick ones always find a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Depends, Request

from docproc.core.errors import TooMany

QUERIES = 8  # of SQL that people write: each is a process, or a connection
TRIES = 2  # of a set on one page: each takes a core and the engine's memory
PINGS = 4  # receivers of webhooks that are tried: each may take its time to answer
DRAWN = 2  # charts: each holds matplotlib's lock


def slot(name: str, count: int, wait: float = 0.0) -> Callable[[Request], Iterator[None]]:
    """A dependency: one of `count` slots of a server, waited for `wait` seconds, given back when the request ends.

    Raises TooMany.
    """

    def taken(request: Request) -> Iterator[None]:
        # `setdefault` is one step, so that two threads that come first at once share the slots.
        slots: BoundedSemaphore = vars(request.app.state)["_state"].setdefault(f"slots_{name}", BoundedSemaphore(count))
        if not slots.acquire(timeout=wait):
            raise TooMany(f"{count} of these ({name}) are under way already; come again in a few seconds", 3.0)
        try:
            yield
        finally:
            slots.release()

    return taken


QuerySlot = Annotated[None, Depends(slot("queries", QUERIES))]
TrySlot = Annotated[None, Depends(slot("tries", TRIES))]
PingSlot = Annotated[None, Depends(slot("pings", PINGS))]
ChartSlot = Annotated[None, Depends(slot("charts", DRAWN, 10.0))]
