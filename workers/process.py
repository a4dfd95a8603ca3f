"""What one worker process holds from its start to its end: the parts, an engine or a renderer, and the way out."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from docproc import wiring
from docproc.core.errors import Unavailable
from docproc.queues import Queue
from docproc.service.parts import Parts
from docproc.service.work.opening import Drawing, Opened, drawing, opened
from docproc.service.work.record import Record

LEAVING = "DOCPROC_WORKER_LEAVING"  # names the file that says that the worker is shutting down


class Process:
    """Everything is opened when it is first used: who only draws has no engine, who only asks starts no renderer."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._parent = os.getppid()

    @cached_property
    def parts(self) -> Parts:
        """The parts. Raises Unavailable while the database is away or its schema is another version's."""
        parts = wiring.assembled()
        if not parts.database.current():
            parts.database.close()
            raise Unavailable("the database has another version's schema; run `docproc db upgrade`")
        self._stack.callback(parts.database.close)
        return parts

    @cached_property
    def queue(self) -> Queue:
        """Rings for the others."""
        queue = self.parts.queue("celery")
        self._stack.callback(queue.close)
        return queue

    @cached_property
    def record(self) -> Record:
        """What tells of work that is neither drawing nor asking."""
        return Record(self._stack.enter_context(self.parts.meter()))

    @cached_property
    def opened(self) -> Opened:
        """The configured engine and what belongs to it; the model is loaded for the first page."""
        return self._stack.enter_context(opened(self.parts, self.engine))

    @property
    def engine(self) -> str:
        """The name of the configured engine."""
        return self.parts.default_engine[0]

    @cached_property
    def drawing(self) -> Drawing:
        """Render children, started for the first page."""
        return self._stack.enter_context(drawing(self.parts))

    def leaving(self) -> bool:
        """Whether the worker is shutting down, or gone: then this process gives back what it has and ends."""
        path = os.environ.get(LEAVING)
        return os.getppid() != self._parent or (path is not None and Path(path).exists())

    def close(self) -> None:
        """Give everything back."""
        self._stack.close()


def shutting_down() -> Callable[[], None]:
    """Called in the parent before it starts its processes; what it returns tells them that the worker shuts down."""
    folder = tempfile.mkdtemp(prefix="docproc-worker-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, "leaving")
    os.environ[LEAVING] = str(path)
    return path.touch
