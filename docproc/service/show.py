"""A document's answers, looked at: as a list, and as boxes on the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.errors import NotFound, UsageError
from docproc.imaging.draw import draw
from docproc.service.describe import answer_object
from docproc.service.parts import Parts
from docproc.service.work.restore import redraw
from docproc.store import answers, documents, pages
from docproc.store.answers import Current


@dataclass(frozen=True, slots=True)
class Shown:
    """A document with the newest answers to what it was asked, as `docproc show` prints them."""

    document_id: int
    sha256: str
    path: str
    pages: int
    rejected: str | None
    message: str
    answers: tuple[Current, ...]

    def as_json(self) -> dict[str, Any]:
        """path, document, pages, and per set: engine and answers by key."""
        sets: dict[str, Any] = {}
        for current in self.answers:
            into = sets.setdefault(current.set_name, {})
            into[current.answer.question.key] = {
                **answer_object(current.answer),
                "engine": current.engine,
                "reviewed": current.reviewed,
                **({"reviewer": current.reviewer} if current.reviewed else {}),
            }
        return {
            "path": self.path,
            "document": self.sha256,
            "pages": self.pages,
            "rejected": self.rejected,
            "message": self.message,
            "sets": sets,
        }


def show_document(parts: Parts, word: str, set_name: str | None, number: int) -> Shown:
    """The document that `word` names (a path, a file name, the first letters of a SHA-256) with its answers.

    `number` is a page, 0 for the document's own answers. Raises NotFound, and UsageError where several documents match.
    """
    with parts.database.read() as conn:
        found = documents.matching(conn, word) or documents.matching(conn, str(Path(word).absolute()))
        if not found:
            raise NotFound(f"no document is called {word!r}; the view document_list has the paths of all (docproc sql)")
        if len({row.path for row in found}) > 1:
            listed = "\n".join(f"  {row.sha256[:12]}  {row.path}" for row in found)
            raise UsageError(f"{len(found)} documents match {word!r}; name one by its SHA-256:\n{listed}")
        row = found[0]
        current = answers.current(conn, row.id, number, set_name)
    return Shown(row.id, row.sha256, row.path, row.page_count, row.rejected, row.message, tuple(current))


def draw_page(parts: Parts, shown: Shown, number: int, target: Path) -> int:
    """Draw a page with the boxes of its answers; without a page number, the first page that has one. Returns it."""
    boxes = [(box, current) for current in shown.answers for box in current.answer.boxes]
    chosen = number or min((box.page for box, _ in boxes), default=1)
    with parts.database.read() as conn:
        image = pages.image_of(conn, shown.document_id, chosen)
    if image is None:
        raise NotFound(f"page {chosen} of {shown.path} was not rendered; docproc run renders it")
    labelled = [
        (current.answer.question.key, box.box, current.answer.confidence)
        for box, current in boxes
        if box.page == chosen
    ]
    if not parts.images.has(image):
        with parts.database.read() as conn:
            row = documents.by_ids(conn, {shown.document_id})[shown.document_id]
        with parts.renderer() as renderer:
            image = redraw(renderer, row, [chosen])[chosen].image
    draw(parts.images.path(image), labelled, target)
    return chosen
