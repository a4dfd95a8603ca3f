"""A resident worker: one process that takes in, draws and asks whatever waits, of whatever engine, until it is told to
end. It looks into the database; nobody has to wake it.

    taking   files that were submitted, webhooks, and every 10 s what dead workers left   ─┐
    drawing  pages of all jobs                                                              ├─ a thread each
    asking   one engine after the other; two at most are open                              ─┘
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field

from docproc.core.errors import DocprocError, Unavailable
from docproc.queues import Queue
from docproc.service.deliver import deliver_for
from docproc.service.fleet import Shift, ask_for, rasterise_for, tend
from docproc.service.parts import Parts
from docproc.service.receive import receive_for
from docproc.service.work.opening import Drawing, Opened, drawing, opened
from docproc.store import waiting
from docproc.store.waiting import EngineRow

OPEN = 2  # engines that are open at most: a model fills a GPU, and opening one takes a minute
TURN = 30.0  # seconds after which another engine, or another kind of small work, has its turn
TEND = 10.0  # seconds between looks for what dead workers left
SOON, LATER = 0.1, 1.0  # seconds between looks for work, at first and when nothing has come for long
AGAIN = 30.0  # seconds after which an engine that could not be had is tried again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a resident worker is to work: until `leave` says so, or (`once`) until nothing is left; for these engines
    alone, none named: for all.
    """

    leave: Callable[[], bool]
    once: bool = False
    engines: Collection[str] = ()


def work(parts: Parts, queue: Queue, wish: Wish) -> None:
    """Work. Raises Unavailable where the database stays away, and with `once` what keeps an engine from answering."""
    with ExitStack() as stack:
        resident = _Resident(parts, queue, wish, stack.enter_context(drawing(parts)))
        stack.callback(resident.close)
        tend(parts, queue, resident.drawing.record)
        resident.work()
        tend(parts, queue, resident.drawing.record)


@dataclass(slots=True)
class _Seat:
    """An engine that is open."""

    opened: Opened
    stack: ExitStack


@dataclass(slots=True)
class _Foreign:
    """Engines that cannot be asked here: by id, until when that is believed."""

    until: dict[int, float] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)

    def add(self, engine: EngineRow, why: str, seconds: float) -> None:
        self.until[engine.id] = time.monotonic() + seconds
        if engine.id not in self.told:
            self.told.add(engine.id)
            log.warning("work waits for the engine %s, which cannot be asked here: %s", engine.fingerprint, why)

    def now(self) -> set[int]:
        return {engine_id for engine_id, until in dict(self.until).items() if time.monotonic() < until}


class _Resident:
    def __init__(self, parts: Parts, queue: Queue, wish: Wish, drawing: Drawing) -> None:
        self._parts, self._queue, self._wish, self.drawing = parts, queue, wish, drawing
        self._ending = threading.Event()
        self._seats: OrderedDict[str, _Seat] = OrderedDict()  # the one used last is the last
        self._foreign = _Foreign()
        self._worker = f"{socket.gethostname()}:{os.getpid()}:"
        self._looked = 0.0
        self._tended = time.monotonic()

    def work(self) -> None:
        """Until the wish is met; the first error of a thread ends all."""
        with ThreadPoolExecutor(3, "docproc-resident") as pool:
            turns = (self._take, self._draw, self._ask)
            threads = [pool.submit(self._turns, turn) for turn in turns]
            try:
                while not self._over() and not _failed(threads):
                    wait(threads, timeout=0.2, return_when=FIRST_EXCEPTION)
            finally:
                self._ending.set()
            for thread in threads:
                thread.result()

    def close(self) -> None:
        """Close the engines."""
        while self._seats:
            self._seats.popitem()[1].stack.close()

    def _over(self) -> bool:
        if self._wish.leave():
            return True
        if not self._wish.once:
            return False
        with self._parts.database.read() as conn:
            return not waiting.left(conn, self._worker, self._foreign.now())

    def _leaving(self) -> bool:
        return self._ending.is_set() or self._wish.leave()

    def _turns(self, turn: Callable[[Shift], bool]) -> None:
        """One turn after the other; the longer nothing comes, the longer the pause, up to a second."""
        pause = SOON
        while not self._leaving():
            try:
                worked = turn(Shift(TURN, self._leaving))
            except Unavailable as error:
                if self._wish.once:
                    raise
                log.warning("tried again in a moment: %s", error)
                worked = False
                pause = LATER
            pause = SOON if worked else min(LATER, pause * 1.5)
            if not worked:
                self._ending.wait(pause)

    def _take(self, shift: Shift) -> bool:
        taken = receive_for(self._parts, self.drawing, self._queue, shift)
        told = deliver_for(self._parts, shift)
        if time.monotonic() - self._tended > TEND:
            self._tended = time.monotonic()
            tend(self._parts, self._queue, self.drawing.record)
        return bool(taken.pages) or told > 0

    def _draw(self, shift: Shift) -> bool:
        return bool(rasterise_for(self._parts, self.drawing, self._queue, shift).pages)

    def _ask(self, shift: Shift) -> bool:
        with self._parts.database.read() as conn:
            found = waiting.asked(conn)
        foreign = self._foreign.now()
        found = [engine for engine in found if engine.id not in foreign]
        return sum(self._ask_one(engine, shift) for engine in found) > 0  # each has its turn

    def _ask_one(self, engine: EngineRow, shift: Shift) -> bool:
        if self._wish.engines and engine.name not in self._wish.engines:
            self._foreign.add(engine, f"only {', '.join(self._wish.engines)} may be", 1e9)
            return False
        try:
            seat = self._seat(engine.name)
            here = seat.opened.asker.engine.fingerprint
            if here != engine.fingerprint:
                self._foreign.add(engine, f"here it is {here}; a worker with the settings of then can", 1e9)
                return False
            return bool(ask_for(self._parts, seat.opened, self._queue, shift).pages)
        except DocprocError as error:
            if self._wish.once and isinstance(error, Unavailable):
                raise
            self._foreign.add(engine, str(error), AGAIN)
            return False

    def _seat(self, name: str) -> _Seat:
        seat = self._seats.pop(name, None)
        if seat is None:
            while len(self._seats) >= OPEN:
                self._seats.popitem(last=False)[1].stack.close()
            stack = ExitStack()
            seat = _Seat(stack.enter_context(opened(self._parts, name)), stack)
        self._seats[name] = seat
        return seat


def _failed(threads: list[Future[None]]) -> bool:
    return any(thread.done() for thread in threads)
