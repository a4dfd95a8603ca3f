"""Hands for a face: a resident worker as a child process, started again when it dies, ended with its parent."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from docproc.queues import Queue
from docproc.service.parts import Parts

LONGEST = 30.0  # seconds between two starts at most
ENDING = 30.0  # seconds in which a worker that is told to end gives back what it has

log = logging.getLogger(__name__)


@contextmanager
def hands(parts: Parts, queue: Queue, settings: Mapping[str, str] | None = None) -> Iterator[None]:
    """While the block runs, a resident worker does what comes, where the queue is of this machine alone.

    It has its own parts, of the same settings but for those given, as people name them; `parts` must be up to date.
    """
    if queue.name != "local":
        yield
        return
    assert parts.database.current(), "a database that was brought up to date"
    supervisor = _Supervisor({**os.environ, **(settings or {})})
    supervisor.start()
    try:
        yield
    finally:
        supervisor.end()


class _Supervisor(threading.Thread):
    """Keeps one worker running. A process of its own, so that a crash of an engine takes nothing else along."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(name="docproc-hands", daemon=True)
        self._environment = environment
        self._ending = threading.Event()
        self._change = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start, wait, start again: after a second at first, later after up to half a minute."""
        pause = 1.0
        while (child := self._begun()) is not None:
            began = time.monotonic()
            code = child.wait()
            if self._ending.is_set():
                return
            pause = 1.0 if time.monotonic() - began > LONGEST else min(LONGEST, pause * 2)
            log.warning("the worker ended with code %d; another is started in %.0f s", code, pause)
            self._ending.wait(pause)

    def end(self) -> None:
        """Tell the worker to end, and wait until it has given back what it had."""
        with self._change:
            self._ending.set()
            child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(ENDING)
            except subprocess.TimeoutExpired:
                child.kill()
        self.join(ENDING)

    def _begun(self) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-m", "docproc", "work", "--parent", str(os.getpid())]
        with self._change:
            if self._ending.is_set():
                return None
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=self._environment)  # noqa: S603 - our own
            return self._child
