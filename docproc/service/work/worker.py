"""One process's worker: the loop, with lanes into the engine, and render children for pages that nobody has rendered.

claim ─Item→ render (children) ─Item with its page→ lanes (ask, read, ground) ─Outcome→ commit
   └──────────────── a page that is rendered already ─────┘
"""

from __future__ import annotations

import queue
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from docproc.core.errors import PageFailed, Unavailable
from docproc.core.types import Prompt
from docproc.imaging import Renderer
from docproc.service.work.asking import Asked, Asker
from docproc.service.work.claims import Claims
from docproc.service.work.document import finish_document
from docproc.service.work.draw import Draw
from docproc.service.work.items import Assignment, Item, answered
from docproc.service.work.loop import COMMIT, Loop
from docproc.service.work.prepare import prepare
from docproc.service.work.record import Record
from docproc.store import results
from docproc.store.database import Database
from docproc.store.ending import finish_documents
from docproc.store.pages import RenderedPage
from docproc.store.results import Fence, Outcome
from docproc.store.tasks import Key, Task

_PATIENCE = 5  # calls in a row that find the engine away, before the run gives up


class Worker:
    """Asks one question set of one engine, from `start` to `stop`; the caller owns database, renderer and engine."""

    def __init__(
        self,
        database: Database,
        renderer: Renderer,
        asker: Asker,
        assignment: Assignment,
        claims: Claims,
        record: Record | None = None,
    ) -> None:
        self._record = record or Record()
        self._database, self._renderer, self._asker, self._assignment = database, renderer, asker, assignment
        engine = self._engine = asker.engine
        self._fence = Fence(
            assignment.questions.name, assignment.engine_id, assignment.question_ids, assignment.first_choice
        )
        bound = 3 * renderer.workers + 2 * engine.lanes * engine.batch + COMMIT // 2
        self.loop = Loop(database, claims, bound, assignment.lease, self._record)
        self._draw = Draw(renderer, self.loop, self._record, self._drawn, self._fail, claims.patience)
        self._todo: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._away = 0  # calls in a row that found the engine away
        self.counts: Counter[str] = Counter()  # pages by state, in this run
        self.failures: deque[tuple[str, int, str, str]] = deque(maxlen=100)  # path, page number, code, reason

    def start(self) -> None:
        """Begin."""
        self.loop.start(self._begin, self._save, [self._asking] * self._engine.lanes)

    def check(self) -> bool:
        """Whether nothing is in hand. Raises what ended one of the threads."""
        return self.loop.check()

    def stop(self) -> None:
        """End the threads and give back what is in hand. What the engine has said already is stored."""
        self.loop.stop(self._hurry)

    def _hurry(self) -> None:
        for _ in range(self._engine.lanes):
            self._todo.put(None)

    def _begin(self, claimed: list[Task]) -> None:
        for item in prepare(self._database, self._assignment, claimed):
            self._start(item)

    def _start(self, item: Item) -> None:
        if item.task.number == 0:
            self._todo.put(item)
        elif item.stored is not None and not item.redrawn:
            self._rendered(item)
        else:
            self._draw.begin(item)

    def _drawn(self, item: Item, page: RenderedPage) -> None:
        self._rendered(replace(item, stored=page, fresh=page is not item.stored))

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
            if not self.loop.stopping:
                with self._record.stage("ask"):
                    self._ask(batch)

    def _ask(self, batch: list[Item]) -> None:
        try:
            for item in batch:
                if item.task.number == 0:
                    self.loop.put(finish_document(self._database, self._renderer, self._asker, self._assignment, item))
            self._ask_pages([item for item in batch if item.task.number > 0])
            self._away = 0
        except Unavailable:  # the engine, or the store that the images are in
            if self.loop.stopping:
                return
            self._away += 1
            if self._away >= _PATIENCE:
                raise
            delay = 2.0**self._away
            self._record.away(self._engine.name, self._away, delay)
            self.loop.release([item.task for item in batch], delay)

    def _ask_pages(self, items: list[Item]) -> None:
        items = [item for item in items if not self._gone(item)]
        if not items:
            return
        prompts = [Prompt((item.stored.page,), item.asks) for item in items if item.stored is not None]
        for item, said in zip(items, self._asker.ask(prompts), strict=True):
            if isinstance(said, Asked):
                self.loop.put(answered(item, said))
            else:
                self._fail(item, said)

    def _gone(self, item: Item) -> bool:
        """Whether the page's image is gone, as `docproc gc` may have seen to; it is then rendered again, once."""
        if item.stored is None or self._renderer.images.has(item.stored.page.image):
            return False
        if item.fresh or item.redrawn:
            self._fail(item, PageFailed(f"its image {item.stored.page.image} was gone at once", "render_error"))
        else:
            self._start(replace(item, redrawn=True))
        return True

    def _save(self, outcomes: Sequence[Outcome]) -> None:
        kept = self._database.insist(partial(results.save, fence=self._fence, outcomes=outcomes))
        self.counts.update(outcome.state for outcome in kept if outcome.task.number > 0)
        self._record.saved(outcomes, kept)
        steps = [outcome.task for outcome in kept if outcome.task.number == 0]
        ended = {Key(task.document_id, task.set_id, task.engine_id) for task in steps}
        if ended:
            self._record.finished(self._database.insist(partial(finish_documents, keys=ended)))

    def _finish(self, item: Item, state: str) -> None:
        rendered = item.stored if item.fresh else None
        self.loop.put(Outcome(item.task, state, rendered, cached=item.cached))

    def _fail(self, item: Item, error: PageFailed) -> None:
        self.failures.append((item.document.path, item.task.number, error.code, str(error)))
        rendered = item.stored if item.fresh else None
        self.loop.put(Outcome(item.task, "failed", rendered, code=error.code, error=str(error)))
