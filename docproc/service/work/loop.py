"""What every worker does, whatever its stage: claim, hold under a lease that is renewed, commit through a fence.

What is claimed and not yet committed is bounded, and with it every hand-off and the memory.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from docproc.service.work.claims import Claims
from docproc.service.work.identity import dead, worker_name
from docproc.service.work.record import Record
from docproc.store import crashes, tasks
from docproc.store.database import Database
from docproc.store.results import Outcome
from docproc.store.tasks import Task

COMMIT = 64  # outcomes in one transaction at most
LEASE = 60.0  # seconds that a claim holds without being renewed
_GATHER = 0.05  # seconds that a transaction waits for more outcomes: one for many costs a fraction of one for each
_TEND = 10.0  # seconds between looks for what other workers left
_IDLE = 0.2  # seconds between claims where there was nothing to claim


@dataclass(frozen=True, slots=True)
class _Back:
    """A task that is given back, to be claimed again after `delay` seconds."""

    task: Task
    delay: float


class Loop:
    """A claiming, a renewing and a committing thread, and the lanes of whoever does the work."""

    def __init__(
        self, database: Database, claims: Claims, bound: int, lease: float = LEASE, record: Record | None = None
    ) -> None:
        """`bound` is how many tasks may be in hand."""
        self._database, self._claims, self._bound, self._lease = database, claims, bound, lease
        self._record = record or Record()
        self._name = worker_name()
        self._done: queue.SimpleQueue[Outcome | _Back | None] = queue.SimpleQueue()
        self._held: dict[int, Task] = {}  # claimed and not yet committed
        self._change = threading.Condition()
        self._stopping = threading.Event()
        self._resting = threading.Event()
        self._alone = False
        self._worked = time.monotonic()
        self._threads: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None
        self._fatal: BaseException | None = None

    def start(
        self,
        begin: Callable[[list[Task]], None],
        save: Callable[[Sequence[Outcome]], object],
        lanes: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Take back what dead workers of this host held, and begin.

        `begin` gets what was claimed; `save` stores what became of it; `lanes` run beside them until `stop`.
        """
        with self._database.write() as conn:
            taken_back = crashes.reap_workers(conn, dead(tasks.workers(conn)))
        self._record.started(self._name)
        self._record.taken_back(taken_back)
        loops: list[Callable[[], None]] = [
            partial(self._claiming, begin),
            self._renewing,
            partial(self._committing, save),
            *lanes,
        ]
        self._pool = ThreadPoolExecutor(len(loops), "docproc")
        self._threads = [self._pool.submit(loop) for loop in loops]

    @property
    def stopping(self) -> bool:
        """Whether what is not done yet shall be left."""
        return self._stopping.is_set()

    @property
    def idle(self) -> float:
        """Seconds for which there was nothing to claim and nothing in hand."""
        return 0.0 if self._held else time.monotonic() - self._worked

    def put(self, outcome: Outcome) -> None:
        """Have an outcome stored; not what only failed since its child was stopped, which is given back."""
        if not (self.stopping and outcome.code == "cancelled"):
            self._done.put(outcome)

    def give_back(self, task: Task, delay: float) -> None:
        """Give a task back, to be claimed again after `delay` seconds. Any thread may call; this waits for nothing."""
        self._done.put(_Back(task, delay))

    def broken(self, error: BaseException) -> None:
        """End the work with this error, at the next `check`."""
        self._fatal = error

    def check(self) -> bool:
        """Whether nothing is in hand. Raises what ended one of the threads."""
        if self._fatal is not None:
            raise self._fatal
        for thread in self._threads:
            if thread.done() and not self._stopping.is_set():
                thread.result()
        return not self._held

    def rest(self) -> bool:
        """Claim no more; whether what was claimed is done."""
        self._resting.set()
        with self._change:
            self._change.notify_all()
        return self._threads[0].done() and self.check()

    def release(self, ended: Iterable[Task], delay: float) -> None:
        """Give tasks back, to be claimed again after `delay` seconds."""
        held = [self._held[task.id] for task in ended if task.id in self._held]
        self._database.insist(lambda conn: tasks.release(conn, held, delay))
        self._let_go(held)

    def leave(self) -> None:
        """What is not done yet shall be left: engine and renderer may be closed now. `stop` does the rest."""
        self._stopping.set()

    def stop(self, hurry: Callable[[], None] = lambda: None) -> None:
        """End the threads and give back what is in hand; `hurry` lets the lanes know. What is done is stored."""
        self.leave()
        with self._change:
            self._change.notify_all()
        hurry()
        if self._pool is None:
            return
        claiming, renewing, committing, *lanes = self._threads
        for thread in (claiming, renewing, *lanes):
            thread.exception()
        self._done.put(None)
        committing.exception()
        self._pool.shutdown()
        given_back = list(self._held.values())
        if given_back:
            self._database.insist(lambda conn: tasks.release(conn, given_back))
        self._record.stopped(self._name, len(given_back))

    def _claiming(self, begin: Callable[[list[Task]], None]) -> None:
        tended = 0.0
        while not (self._stopping.is_set() or self._resting.is_set()):
            if time.monotonic() - tended > _TEND:
                self._record.taken_back(self._claims.tend(self._database))
                tended = time.monotonic()
            room = self._bound - len(self._held)
            claimed = self._claim(room) if room >= self._bound // 4 and not (self._alone and self._held) else []
            if claimed:
                self._worked = time.monotonic()
                begin(claimed)
            else:
                with self._change:
                    self._change.wait(_IDLE)

    def _claim(self, room: int) -> list[Task]:
        """Up to `room` tasks; one whose worker died before comes by itself, when nothing else is in hand."""
        began = time.perf_counter()
        claimed = self._claims.take(self._database, room, self._name, self._lease)
        self._alone = not claimed and not self._held
        if self._alone:
            claimed = self._claims.take_alone(self._database, self._name, self._lease)
        if claimed:  # looks that find nothing come five times a second, and tell nothing
            self._record.took("claim", began)
        with self._change:
            self._held.update((task.id, task) for task in claimed)
        return claimed

    def _committing(self, save: Callable[[Sequence[Outcome]], object]) -> None:
        while (first := self._done.get()) is not None:
            batch, last = self._gather(first)
            outcomes = [each for each in batch if isinstance(each, Outcome)]
            if outcomes:
                with self._record.stage("commit"):
                    save(outcomes)
                self._let_go([outcome.task for outcome in outcomes])
            for back in batch:
                if isinstance(back, _Back):
                    self.release([back.task], back.delay)
            if last:
                return

    def _gather(self, first: Outcome | _Back) -> tuple[list[Outcome | _Back], bool]:
        """What else is done within a moment, to be stored with it; and whether nothing more will come."""
        batch: list[Outcome | _Back] = [first]
        deadline = time.monotonic() + _GATHER
        while len(batch) < COMMIT and (left := deadline - time.monotonic()) > 0:
            try:
                following = self._done.get(timeout=left)
            except queue.Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False

    def _renewing(self) -> None:
        while not self._stopping.wait(self._lease / 3):
            tokens = {task.token for task in list(self._held.values())}
            if tokens:
                self._database.insist(partial(tasks.renew, tokens=tokens, lease=self._lease))

    def _let_go(self, ended: Iterable[Task]) -> None:
        with self._change:
            for task in ended:
                self._held.pop(task.id, None)
            self._worked = time.monotonic()
            self._change.notify_all()
