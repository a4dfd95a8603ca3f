"""What a fleet's worker does when it is woken: it works while there is something to do, and comes back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from docproc.queues import Queue
from docproc.service.parts import Parts
from docproc.service.work.claims import AskClaims, RasterClaims
from docproc.service.work.identity import dead
from docproc.service.work.loop import Loop
from docproc.service.work.opening import Drawing, Opened, assignment_of, calibrated
from docproc.service.work.rasterise import Rasteriser
from docproc.service.work.record import Record
from docproc.service.work.worker import Worker
from docproc.store import claims, crashes, reaper, received, sets, tasks
from docproc.store.intake import reap_received

LINGER = 2.0  # seconds without work after which a worker goes: pages that are being drawn come within that time
TURN = 60.0  # seconds for which one question set is asked while another waits as well
_BEAT = 0.1  # seconds between two looks at how it goes
_HUNGRY = 0.5  # seconds without work after which the rasterisers are woken; again after twice as long, and so on
AHEAD = 1024  # pages that may lie drawn and not asked, for each engine: some minutes of a GPU, 300 MB of images


@dataclass(frozen=True, slots=True)
class Shift:
    """How long a worker is to work: `seconds`, or until `leave` says so."""

    seconds: float
    leave: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a shift: pages by state, and whether something was left to do."""

    pages: dict[str, int]
    left: bool


class _Working(Protocol):
    loop: Loop
    counts: Counter[str]

    def start(self) -> None: ...

    def stop(self) -> None: ...


def ask_for(parts: Parts, opened: Opened, queue: Queue, shift: Shift) -> Done:
    """Ask the pages that wait for this engine, one question set after the other. Raises Unavailable, EngineUnavailable.

    The engine stays open for the next shift.
    """
    engine = opened.asker.engine
    ends = time.monotonic() + shift.seconds
    with parts.database.write() as conn:
        engine_id = sets.put_engine(conn, engine.name, engine.fingerprint)
    asker = calibrated(parts, opened.asker, engine_id)
    counts: Counter[str] = Counter()
    while wanted := _wanted(parts, engine_id):
        if shift.leave() or time.monotonic() >= ends:
            return Done(dict(counts), True)
        set_id = wanted[0]
        with parts.database.read() as conn:
            questions = sets.load_set(conn, set_id)
        assignment = assignment_of(parts, opened, questions, set_id, engine_id)
        source = AskClaims(engine_id, set_id)
        worker = Worker(parts.database, opened.renderer, asker, assignment, source, opened.record)
        turn = min(ends, time.monotonic() + TURN)
        _work(worker, Shift(turn - time.monotonic(), shift.leave), lambda: queue.ring("raster"))
        counts += worker.counts
    return Done(dict(counts), False)


def rasterise_for(parts: Parts, drawing: Drawing, queue: Queue, shift: Shift) -> Done:
    """Draw the pages that wait for it, a bounded number ahead of those who ask. Raises Unavailable."""
    with parts.database.read() as conn:
        if not reaper.ready(conn).raster:
            return Done({}, False)
    source = RasterClaims(AHEAD)
    where = (parts.database, drawing.renderer, parts.images)
    worker = Rasteriser(where, source, lambda: _ring_askers(parts, queue), drawing.record)
    left = _work(worker, shift, lambda: None)
    return Done(dict(worker.counts), left)


def tend(parts: Parts, queue: Queue, record: Record | None = None) -> None:
    """What has to be looked at now and then, by any process of a fleet: dead workers' leases, jobs that have ended, and
    doorbells that were lost. Raises Unavailable.
    """
    # Where this host's own workers have died, nobody has to wait for their leases to expire.
    gone = parts.database.insist(lambda conn: crashes.reap_workers(conn, dead(tasks.workers(conn))))
    parts.database.insist(lambda conn: reap_received(conn, parts.renderer_name, dead(received.workers(conn))))
    found = reaper.reap(parts.database, parts.renderer_name)
    told = record or Record()
    told.taken_back(gone + found.taken_back)
    told.finished(found.ended)
    if found.ready.raster:
        queue.ring("raster")
    for engine in found.ready.engines:
        queue.ring("gpu", engine)
    if found.ready.io:
        queue.ring("io")


def _ring_askers(parts: Parts, queue: Queue) -> None:
    for engine in parts.database.look(claims.engines_wanted):
        queue.ring("gpu", engine)


def _wanted(parts: Parts, engine_id: int) -> list[int]:
    """The question sets that are to be asked of this engine, the most urgent first."""
    with parts.database.read() as conn:
        return [group.set_id for group in claims.wanted(conn, [engine_id])]


def _work(worker: _Working, shift: Shift, hungry: Callable[[], None]) -> bool:
    """Until there is nothing to do or the shift is over; then what is in hand is finished, or left where it hurries.

    Whether there may be more to do.
    """
    ends, hunger = time.monotonic() + shift.seconds, _HUNGRY
    worker.start()
    try:
        while not shift.leave() and time.monotonic() < ends and worker.loop.idle < LINGER:
            worker.loop.check()
            idle = worker.loop.idle
            if idle > hunger:
                hungry()
                hunger *= 2
            elif not idle:
                hunger = _HUNGRY
            time.sleep(_BEAT)
        left = worker.loop.idle < LINGER
        while not worker.loop.rest() and not shift.leave():
            time.sleep(_BEAT)
    finally:
        worker.stop()
    return left
