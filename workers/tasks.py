"""What a doorbell wakes: a shift of work at one stage. Who was woken for nothing goes back to sleep at once."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

from celery import signals

from docproc import wiring
from docproc.core.errors import DocprocError
from docproc.queues import WAKE, Stage
from docproc.service.deliver import deliver_for
from docproc.service.fleet import Done, Shift, ask_for, rasterise_for, tend
from docproc.service.log import set_up, take_over
from docproc.service.receive import receive_for
from workers.app import OWN, app
from workers.process import Process, shutting_down

SHIFT = 300.0  # seconds after which a process comes back, so that its time limit means that it hangs
SMALL = 30.0  # seconds after which the small work lets drawing go on, in a worker that does both
TEND = 10.0  # seconds between looks of the reaper

log = logging.getLogger(__name__)
process = Process()  # Celery hands a task no state: what a process holds has to stand here


@app.task(name=WAKE["gpu"], throws=(DocprocError,))  # type: ignore[untyped-decorator]
def gpu() -> None:
    """Ask what waits for this process's engine."""
    _again("gpu", ask_for(process.parts, process.opened, process.queue, Shift(SHIFT, process.leaving)))


@app.task(name=WAKE["raster"], throws=(DocprocError,))  # type: ignore[untyped-decorator]
def raster() -> None:
    """Draw what waits to be drawn."""
    shift = Shift(SHIFT, process.leaving)
    done = rasterise_for(process.parts, process.drawing, process.queue, shift)
    _again("raster", done)


@app.task(name=WAKE["io"], throws=(DocprocError,))  # type: ignore[untyped-decorator]
def io() -> None:
    """Take in what was submitted, tell webhooks, and look after what the others leave: expired leases, ended jobs."""
    done = receive_for(process.parts, process.drawing, process.queue, Shift(SMALL, process.leaving))
    deliver_for(process.parts, Shift(SMALL, process.leaving))
    _again("io", done)
    tend(process.parts, process.queue, process.record)


def _again(stage: Stage, done: Done) -> None:
    if done.pages:
        log.info("%s: %s", stage, ", ".join(f"{count} {state}" for state, count in sorted(done.pages.items())))
    if done.left and not process.leaving():
        process.queue.ring(stage, process.engine if stage == "gpu" else "")


class Reaper(threading.Thread):
    """In the worker's parent process: takes back what dead workers left, and rings where work waits that nobody does.

    So a doorbell that was lost is heard within `TEND` seconds, as long as one worker lives.
    """

    def __init__(self) -> None:
        super().__init__(name="docproc-reaper", daemon=True)
        self._ending = threading.Event()
        self._process = Process()

    def run(self) -> None:
        """Look every `TEND` seconds, and at once."""
        try:
            while not self._ending.is_set():
                try:
                    tend(self._process.parts, self._process.queue, self._process.record)
                except DocprocError as error:
                    log.warning("the reaper looks again in %.0f s: %s", TEND, error)
                self._ending.wait(TEND)
        finally:
            self._process.close()

    def end(self) -> None:
        """Look no more."""
        self._ending.set()


def _listen(instance: Any, **_: Any) -> None:
    """In the parent, when it knows its queues."""
    queues = instance.app.amqp.queues
    if "gpu" in queues.consume_from:
        queues.select_add(queues[OWN])


def _start_worker(**_: Any) -> None:
    """In the parent, before any child."""
    _log()
    leaving: Callable[[], None] = shutting_down()
    signals.worker_shutting_down.connect(lambda **_: leaving(), weak=False)


def _log(**_: Any) -> None:
    """docproc's lines go past Celery, which puts words of its own before what is written to `sys.stderr`."""
    set_up(*wiring.log_settings(), sys.__stderr__)


def _log_all(**_: Any) -> None:
    """Celery's own lines in the form of ours; it sets up nothing by itself where somebody listens to this signal."""
    form, level = wiring.log_settings()
    take_over(form, level, ("celery", "kombu"), sys.__stderr__)


def _worker_ready(**_: Any) -> None:
    reaper = Reaper()
    signals.worker_shutting_down.connect(lambda **_: reaper.end(), weak=False)
    reaper.start()


def _end_process(**_: Any) -> None:
    process.close()


signals.celeryd_after_setup.connect(_listen)
if wiring.log_settings()[0] != "off":
    signals.setup_logging.connect(_log_all)
signals.worker_init.connect(_start_worker)
signals.worker_process_init.connect(_log)
signals.worker_ready.connect(_worker_ready)
signals.worker_process_shutdown.connect(_end_process)
