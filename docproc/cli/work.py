"""docproc work."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from types import FrameType

import typer

_POLITE = 5  # to the face that started it: who waits for an answer comes before the pages


def work(
    once: bool = typer.Option(False, "--once", help="Do what waits, and end."),
    engine: list[str] = typer.Option(
        [], "--engine", metavar="NAME", help="Ask this engine alone; may be given more than once."
    ),
    parent: int = typer.Option(0, "--parent", hidden=True, help="End with the process of this number."),
) -> None:
    """Do the work of jobs that were submitted: take in, draw and ask whatever waits, until Ctrl-C."""
    from docproc import wiring
    from docproc.service import log
    from docproc.service.resident import Wish
    from docproc.service.resident import work as work_on

    log.set_up(*wiring.log_settings())
    if parent and hasattr(os, "nice"):
        os.nice(_POLITE)  # and with it all processes that it starts
    leave = _leaving(parent)
    with wiring.opened() as parts, closing(wiring.faces_queue(parts)) as queue:
        work_on(parts, queue, Wish(leave, once, tuple(engine)))


def _leaving(parent: int) -> Callable[[], bool]:
    """Says whether to end: after SIGTERM, Ctrl-C (a second one ends at once), or the end of the parent."""
    told = threading.Event()

    def tell(number: int, _frame: FrameType | None) -> None:
        if told.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        told.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return lambda: told.is_set() or (parent > 0 and os.getppid() != parent)
