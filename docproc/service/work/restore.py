"""Render pages again whose images are gone: `docproc gc` removes those that nobody has asked about for long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from docproc.core.types import Page
from docproc.imaging import Renderer
from docproc.imaging.values import Rendered
from docproc.service.work.items import Item, stored_page
from docproc.service.work.prepare import source
from docproc.store import pages
from docproc.store.database import Database
from docproc.store.documents import DocumentRow


def redraw(renderer: Renderer, document: DocumentRow, numbers: Iterable[int]) -> dict[int, Rendered]:
    """Pages by number, rendered and stored. Raises PageFailed, Unavailable."""
    path = source(document, renderer.images)
    drawing = {number: renderer.render(path, number) for number in numbers}
    return {number: future.result() for number, future in drawing.items()}


def restored(database: Database, renderer: Renderer, item: Item, shown: Sequence[Page]) -> tuple[Page, ...]:
    """The pages of an item's document, with images that are there. Raises PageFailed, Unavailable.

    The same file and settings give the same image. Where they do not (another version of the renderer), the page is
    stored anew: what was read on the old image may not lie in the same place on the new one.
    """
    lost = [page.number for page in shown if not renderer.images.has(page.image)]
    drawn = redraw(renderer, item.document, lost) if lost else {}
    fresh = {
        page.number: stored_page(
            replace(item, task=replace(item.task, number=page.number)), drawn[page.number], renderer.fingerprint
        )
        for page in shown
        if page.number in drawn and drawn[page.number].image != page.image
    }
    if fresh:
        rows = [(item.document.id, row) for row in fresh.values()]
        database.insist(partial(pages.save, rendered=rows))
    return tuple(fresh[page.number].page if page.number in fresh else page for page in shown)
