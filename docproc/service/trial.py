"""Ask a question set of one stored page, now, and keep nothing of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from docproc.core.errors import NotFound, PageFailed, UsageError
from docproc.core.questions import QuestionSet
from docproc.core.types import Answer, Page, Prompt
from docproc.imaging import Renderer
from docproc.service.describe import answer_object
from docproc.service.parts import Parts
from docproc.service.work.asking import Asker
from docproc.service.work.opening import opened
from docproc.service.work.restore import redraw
from docproc.store import calibrations, documents, pages
from docproc.store.documents import DocumentRow


@dataclass(frozen=True, slots=True)
class Trial:
    """What a set made of one page. Questions of document scope were asked of this page alone."""

    document: str
    page: int
    engine: str
    set_name: str
    version: str
    seconds: float
    answers: tuple[Answer, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as one JSON object; answers by key, as `docproc run --json` prints them."""
        return {
            "document": self.document,
            "page": self.page,
            "engine": self.engine,
            "set": self.set_name,
            "version": self.version,
            "seconds": round(self.seconds, 2),
            "answers": {answer.question.key: answer_object(answer) for answer in self.answers},
        }


def try_set(parts: Parts, asked: QuestionSet, word: str, number: int, engine_name: str | None) -> Trial:
    """The answers of one page of the document that `word` names, each with its boxes.

    Raises NotFound for a page that is not stored, UsageError for a word that names several documents, PageFailed,
    Unavailable.
    """
    document, page = stored_page(parts, word, number)
    name = engine_name or parts.default_engine[0]
    began = time.perf_counter()
    with opened(parts, name) as open_parts:
        asker = _calibrated(parts, open_parts.asker)
        shown = _drawn(parts, open_parts.renderer, document, page)
        (said,) = asker.ask([Prompt((shown,), asked.questions)])
        fingerprint = asker.engine.fingerprint
    if isinstance(said, PageFailed):
        raise said
    seconds = time.perf_counter() - began
    return Trial(document.sha256, number, fingerprint, asked.name, asked.version, seconds, said.answers)


def stored_page(parts: Parts, word: str, number: int) -> tuple[DocumentRow, Page]:
    """A document and a page of it that was rendered. Raises NotFound, UsageError."""
    with parts.database.read() as conn:
        found = documents.matching(conn, word)
        stored = pages.stored(conn, found[0].id, number) if len(found) == 1 else None
    if not found:
        raise NotFound(f"no document is called {word[:100]!r}; the view document_list has the paths of all")
    if len(found) > 1:
        listed = ", ".join(row.sha256[:12] for row in found)
        raise UsageError(f"{len(found)} documents match {word[:100]!r}; name one by its SHA-256: {listed}")
    if stored is None:
        raise NotFound(f"page {number} of {found[0].path} was not rendered; docproc run renders it")
    return found[0], stored.page


def _calibrated(parts: Parts, asker: Asker) -> Asker:
    """The asker with what has been learnt of its engine, where that has answered before."""
    with parts.database.read() as conn:
        known = calibrations.engine(conn, asker.engine.name)
        if known is None or known[1] != asker.engine.fingerprint:
            return asker
        return replace(asker, calibration=calibrations.newest(conn, known[0]))


def _drawn(parts: Parts, renderer: Renderer, document: DocumentRow, page: Page) -> Page:
    """The page with an image that is there."""
    if parts.images.has(page.image):
        return page
    drawn = redraw(renderer, document, [page.number])[page.number]
    return replace(page, image=drawn.image, width=drawn.width, height=drawn.height, dpi=drawn.dpi)
