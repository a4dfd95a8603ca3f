"""One process's worker: a claiming thread, lanes into the engine, a committing thread, and render children.

    claim ─Item→ render (children) ─Item with its page→ lanes (ask, read, ground) ─Outcome→ commit
       └──────────────── a page that is rendered already ─────┘

What is claimed and not yet committed is bounded, and with it every hand-off and the memory.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from docproc.core.errors import EngineUnavailable, PageFailed
from docproc.core.types import Prompt
from docproc.imaging import Renderer
from docproc.imaging.values import Rendered
from docproc.service.work.asking import Asked, Asker
from docproc.service.work.document import finish_document
from docproc.service.work.identity import dead, worker_name
from docproc.service.work.items import Assignment, Item, answered, stored_page
from docproc.service.work.prepare import changed, prepare
from docproc.store import jobs, results, tasks
from docproc.store.database import Database
from docproc.store.results import Fence, Outcome

_COMMIT = 64  # outcomes in one transaction at most
_GATHER = 0.05  # seconds that a transaction waits for more outcomes: one for many costs a fraction of one for each
_REAP = 10.0  # seconds between looks for expired leases
_IDLE = 0.2  # seconds between claims where there was nothing to claim
_PATIENCE = 5  # calls in a row that find the engine away, before the run gives up


class Worker:
    """Works on one assignment from `start` to `stop`; the caller owns database, renderer and engine."""

    def __init__(self, database: Database, renderer: Renderer, asker: Asker, assignment: Assignment) -> None:
        self._database, self._renderer, self._asker, self._assignment = database, renderer, asker, assignment
        engine = self._engine = asker.engine
        self._fence = Fence(
            assignment.questions.name, assignment.engine_id, assignment.question_ids, assignment.first_choice
        )
        self._tend = partial(jobs.tend, job_id=assignment.job_id, first_choice=assignment.first_choice)
        self._name = worker_name()
        self._todo: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self._held: dict[int, tasks.Task] = {}  # claimed and not yet committed
        self._change = threading.Condition()
        self._stopping = threading.Event()
        self._bound = 3 * renderer.workers + 2 * engine.lanes * engine.batch + _COMMIT // 2
        self._alone = False
        self._away = 0  # calls in a row that found the engine away
        self._pool = ThreadPoolExecutor(engine.lanes + 3, "docproc")
        self._threads: list[Future[None]] = []
        self._fatal: BaseException | None = None
        self.counts: Counter[str] = Counter()  # pages by state, in this run
        self.failures: deque[tuple[str, int, str, str]] = deque(maxlen=100)  # path, page number, code, reason

    def start(self) -> None:
        """Take back what dead workers of this host held, and begin."""
        with self._database.write() as conn:
            tasks.reap_workers(conn, dead(tasks.workers(conn)))
        loops = [self._claiming, self._renewing, self._committing, *[self._asking] * self._engine.lanes]
        self._threads = [self._pool.submit(loop) for loop in loops]

    def check(self) -> bool:
        """Whether nothing is in hand. Raises what ended one of the threads."""
        if self._fatal is not None:
            raise self._fatal
        for thread in self._threads:
            if thread.done() and not self._stopping.is_set():
                thread.result()
        return not self._held

    def stop(self) -> None:
        """End the threads and give back what is in hand. What the engine has said already is stored."""
        self._stopping.set()
        with self._change:
            self._change.notify_all()
        for _ in range(self._engine.lanes):
            self._todo.put(None)
        claiming, renewing, committing, *lanes = self._threads
        for thread in (claiming, renewing, *lanes):
            thread.exception()
        self._done.put(None)
        committing.exception()
        self._pool.shutdown()
        if self._held:
            self._database.insist(lambda conn: tasks.release(conn, list(self._held.values())))

    def _claiming(self) -> None:
        reaped = 0.0
        while not self._stopping.is_set():
            if time.monotonic() - reaped > _REAP:
                self._database.insist(self._tend)
                reaped = time.monotonic()
            room = self._bound - len(self._held)
            items = self._claim(room) if room >= self._bound // 4 and not (self._alone and self._held) else []
            for item in items:
                self._start(item)
            if not items:
                with self._change:
                    self._change.wait(_IDLE)

    def _claim(self, room: int) -> list[Item]:
        """Items for up to `room` tasks; one whose worker died before comes by itself, when nothing else is in hand."""
        token, lease = uuid4().hex, self._assignment.lease
        with self._database.write() as conn:
            take = partial(tasks.claim, conn, self._assignment.job_id, room, lease, token, self._name)
            claimed = take()
            self._alone = not claimed and not self._held
            if self._alone:
                claimed = take(alone=True)
        with self._change:
            self._held.update((task.id, task) for task in claimed)
        return prepare(self._database, self._assignment, claimed) if claimed else []

    def _start(self, item: Item) -> None:
        if item.task.number == 0:
            self._todo.put(item)
        elif item.stored is not None:
            self._rendered(item)
        elif (reason := changed(item)) is not None:
            self._fail(item, PageFailed(reason, "source_changed"))
        else:
            rendering = self._renderer.render(Path(item.document.path), item.task.number)
            rendering.add_done_callback(partial(self._on_rendered, item))

    def _on_rendered(self, item: Item, rendering: Future[Rendered]) -> None:
        if rendering.cancelled() or self._stopping.is_set():
            return
        error = rendering.exception()
        if error is None:
            stored = stored_page(item, rendering.result(), self._assignment.render)
            self._rendered(replace(item, stored=stored, fresh=True))
        elif isinstance(error, PageFailed):
            self._fail(item, error)
        else:
            self._fatal = error

    def _rendered(self, item: Item) -> None:
        assert item.stored is not None
        asked = any(question.asked_of(item.task.number) for question in self._assignment.questions.questions)
        if item.stored.blank:
            self._finish(item, "blank")
        elif item.asks or (asked and item.stored.page.reading is None):
            self._todo.put(item)
        else:
            self._finish(item, "answered")

    def _asking(self) -> None:
        while (item := self._todo.get()) is not None:
            batch = [item]
            while len(batch) < self._engine.batch and not self._todo.empty():
                following = self._todo.get()
                if following is None:
                    self._todo.put(None)
                    break
                batch.append(following)
            if not self._stopping.is_set():
                self._ask(batch)

    def _ask(self, batch: list[Item]) -> None:
        try:
            for item in batch:
                if item.task.number == 0:
                    self._done.put(finish_document(self._database, self._asker, self._assignment, item))
            self._ask_pages([item for item in batch if item.task.number > 0])
            self._away = 0
        except EngineUnavailable:
            if self._stopping.is_set():
                return
            self._away += 1
            if self._away >= _PATIENCE:
                raise
            held = [self._held[item.task.id] for item in batch if item.task.id in self._held]
            delay = 2.0**self._away
            self._database.insist(lambda conn: tasks.release(conn, held, delay))
            self._let_go(held)

    def _ask_pages(self, items: list[Item]) -> None:
        prompts = [Prompt((item.stored.page,), item.asks) for item in items if item.stored is not None]
        for item, said in zip(items, self._asker.ask(prompts), strict=True):
            if isinstance(said, Asked):
                self._done.put(answered(item, said))
            else:
                self._fail(item, said)

    def _committing(self) -> None:
        while (first := self._done.get()) is not None:
            batch, last = self._gather(first)
            kept = self._database.insist(partial(results.save, fence=self._fence, outcomes=batch))
            for outcome in kept:
                if outcome.task.number > 0:
                    self.counts[outcome.state] += 1
            self._let_go([outcome.task for outcome in batch])
            if last:
                return

    def _gather(self, first: Outcome) -> tuple[list[Outcome], bool]:
        """What else is done within a moment, to be stored with it; and whether nothing more will come."""
        batch, deadline = [first], time.monotonic() + _GATHER
        while len(batch) < _COMMIT and (left := deadline - time.monotonic()) > 0:
            try:
                following = self._done.get(timeout=left)
            except queue.Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False

    def _renewing(self) -> None:
        while not self._stopping.wait(self._assignment.lease / 3):
            tokens = {task.token for task in list(self._held.values())}
            if tokens:
                self._database.insist(partial(tasks.renew, tokens=tokens, lease=self._assignment.lease))

    def _finish(self, item: Item, state: str) -> None:
        rendered = item.stored if item.fresh else None
        self._done.put(Outcome(item.task, state, rendered, cached=item.cached))

    def _fail(self, item: Item, error: PageFailed) -> None:
        self.failures.append((item.document.path, item.task.number, error.code, str(error)))
        rendered = item.stored if item.fresh else None
        self._done.put(Outcome(item.task, "failed", rendered, code=error.code, error=str(error)))

    def _let_go(self, ended: list[tasks.Task]) -> None:
        with self._change:
            for task in ended:
                self._held.pop(task.id, None)
            self._change.notify_all()
