"""A page drawn in the render children: begun, and what came of it told to whoever wants it drawn."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from time import perf_counter

from docproc.core.errors import PageFailed, Unavailable
from docproc.imaging import Renderer
from docproc.imaging.values import Rendered
from docproc.service.work.items import Item, stored_page
from docproc.service.work.loop import Loop
from docproc.service.work.prepare import source
from docproc.service.work.record import Record
from docproc.store.pages import RenderedPage

log = logging.getLogger(__name__)
_SOON, _LATE = 2.0, 30.0  # seconds that a page waits at least and at most for a store that is away


class Draw:
    """Draws pages of a loop. `drawn` gets a page that is stored, `failed` why there is none; both from any thread."""

    def __init__(
        self,
        renderer: Renderer,
        loop: Loop,
        record: Record,
        drawn: Callable[[Item, RenderedPage], None],
        failed: Callable[[Item, PageFailed], None],
        patience: float,
    ) -> None:
        """`patience`: seconds for which the store of images may be away, before that ends the work."""
        self._patience = patience
        self._renderer, self._loop, self._record = renderer, loop, record
        self._drawn, self._failed = drawn, failed
        self._away: float | None = None  # since when the store of images is away
        self._quiet = 0.0  # until when that is not told again

    def begin(self, item: Item) -> None:
        """Have the item's page drawn. Where the store is away, its task is given back for a while."""
        try:
            path = source(item.document, self._renderer.images)
        except (PageFailed, Unavailable) as error:
            self._end(item, error)
            return
        rendering = self._renderer.render(path, item.task.number)
        rendering.add_done_callback(partial(self._on_rendered, item, perf_counter()))

    def _on_rendered(self, item: Item, began: float, rendering: Future[Rendered]) -> None:
        if rendering.cancelled() or self._loop.stopping:
            return
        self._record.took("render", began)
        error = rendering.exception()
        if error is not None:
            self._end(item, error)
            return
        self._away = None
        self._drawn(item, stored_page(item, rendering.result(), self._renderer.fingerprint))

    def _end(self, item: Item, error: BaseException) -> None:
        if isinstance(error, PageFailed):
            self._failed(item, error)
        elif isinstance(error, Unavailable) and self._patience:
            self._wait(item, error)
        else:
            self._loop.broken(error)

    def _wait(self, item: Item, error: Unavailable) -> None:
        """The longer the store has been away, the longer its pages wait."""
        now = time.monotonic()
        if self._away is None:
            self._away = now
        waited = now - self._away
        delay = min(max(waited, _SOON), _LATE)
        if waited >= self._patience:
            self._loop.broken(error)
            return
        if now >= self._quiet:
            self._quiet = now + delay
            self._record.store_away(delay)
            log.warning("%s", error)
        self._loop.give_back(item.task, delay)
