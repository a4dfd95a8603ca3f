"""A fleet's rasterising worker: the loop, with render children; a page that is drawn is ready to be asked, anywhere.

claim ─Item→ render (children) ─Item with its page→ commit: the page, and its task at the next stage
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from docproc.core.errors import PageFailed
from docproc.imaging import Renderer
from docproc.imaging.store import ImageStore
from docproc.service.work.claims import Claims
from docproc.service.work.draw import Draw
from docproc.service.work.items import Item
from docproc.service.work.loop import COMMIT, Loop
from docproc.service.work.record import Record
from docproc.store import claims, documents, pages, results
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.pages import RenderedPage
from docproc.store.results import Fence, Outcome
from docproc.store.tasks import Task

Documents = dict[int, DocumentRow]
Stored = dict[tuple[int, int], RenderedPage]
RASTERED = "rastered"  # of an outcome: the page is drawn, its task goes on


class Rasteriser:
    """Draws the pages of every job, from `start` to `stop`; the caller owns database, renderer and images.

    `ready` is called after each commit that has made pages ready to be asked.
    """

    def __init__(
        self, parts: tuple[Database, Renderer, ImageStore], origin: Claims, ready: Callable[[], None], record: Record
    ) -> None:
        self._database, self._renderer, self._images = parts
        self._ready, self._record = ready, record
        self.loop = Loop(self._database, origin, 3 * self._renderer.workers + COMMIT // 2, record=record)
        self._draw = Draw(self._renderer, self.loop, record, self._drawn, self._fail, origin.patience)
        self.counts: Counter[str] = Counter()  # pages: rastered, failed

    def start(self) -> None:
        """Begin."""
        self.loop.start(self._begin, self._save)

    def stop(self) -> None:
        """End the threads and give back what is in hand. What is drawn already is stored."""
        self.loop.stop()

    def _begin(self, claimed: list[Task]) -> None:
        wanted = [(task.document_id, task.number) for task in claimed]
        rows, stored = self._database.look(partial(self._known, wanted))
        for task in claimed:
            page = stored.get((task.document_id, task.number))
            if page is not None and self._images.has(page.page.image):
                self.loop.put(Outcome(task, RASTERED))
            else:
                self._draw.begin(Item(task, rows[task.document_id], None, (), {}))

    def _known(self, wanted: Sequence[tuple[int, int]], conn: Any) -> tuple[Documents, Stored]:
        rows = documents.by_ids(conn, {document_id for document_id, _ in wanted})
        return rows, pages.load(conn, wanted, self._renderer.fingerprint)

    def _drawn(self, item: Item, page: RenderedPage) -> None:
        self.loop.put(Outcome(item.task, RASTERED, page))

    def _save(self, outcomes: Sequence[Outcome]) -> None:
        kept = self._database.insist(partial(self._store, outcomes=outcomes))
        self.counts.update(outcome.state for outcome in kept)
        self._record.saved(outcomes, kept)
        if any(outcome.state == RASTERED for outcome in kept):
            self._ready()

    def _store(self, conn: Any, outcomes: Sequence[Outcome]) -> list[Outcome]:
        drawn = [(outcome.task, outcome.rendered) for outcome in outcomes if outcome.state == RASTERED]
        held = claims.rastered(conn, drawn)
        failed = [outcome for outcome in outcomes if outcome.state != RASTERED]
        fence = Fence("", 0, {}, self._renderer.settings.renderer)  # without answers it is of no set and no engine
        ended = results.save(conn, fence, failed) if failed else []
        return [outcome for outcome in outcomes if outcome.task.id in held] + ended

    def _fail(self, item: Item, error: PageFailed) -> None:
        self.loop.put(Outcome(item.task, "failed", code=error.code, error=str(error)))
