"""Pages of business papers, made in code: words with boxes as a PDF at 150 dpi, or OCR of its scan, would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from docproc.core.boxes import Box
from docproc.core.types import Page, Reading, Word
from docproc.engines.ocr.view import View

WIDTH, HEIGHT = 1240, 1754
# Shares of the font size: a letter, a space, a line's height above and below its foot.
LETTER, SPACE, ABOVE, BELOW = 0.5, 0.28, 0.95, 0.25


@dataclass
class Paper:
    """A page that text is put on at pixels of 150 dpi; y is the foot of the line."""

    words: list[Word] = field(default_factory=list)

    def put(self, x: float, y: float, text: str, size: float = 20, align: str = "l") -> Paper:
        """Writes one line from its left edge, to its right edge ("r") or round its middle ("c")."""
        width = sum(len(word) * LETTER * size for word in text.split()) + (len(text.split()) - 1) * SPACE * size
        left = x - {"l": 0.0, "r": width, "c": width / 2}[align]
        line = self.words[-1].line + 1 if self.words else 0
        for word in text.split():
            box = Box(left, y - ABOVE * size, left + len(word) * LETTER * size, y + BELOW * size)
            self.words.append(Word(word, box, 1.0, size, False, line))
            left = box.x1 + SPACE * size
        return self

    def stack(self, x: float, y: float, lines: Sequence[str], size: float = 20, align: str = "l") -> Paper:
        """Writes lines under each other."""
        for number, line in enumerate(lines):
            self.put(x, y + number * 1.35 * size, line, size, align)
        return self

    def pairs(self, x: float, y: float, right: float, pairs: Sequence[tuple[str, str]]) -> Paper:
        """Writes labels with their values at the right edge, under each other."""
        for number, (label, value) in enumerate(pairs):
            self.put(x, y + 30 * number, label).put(right, y + 30 * number, value, align="r")
        return self

    def row(self, y: float, stops: Sequence[tuple[float, str]], cells: Sequence[str], size: float = 18) -> Paper:
        """Writes the cells of a table's row at tab stops (x, alignment)."""
        for (x, align), cell in zip(stops, cells, strict=True):
            if cell:
                self.put(x, y, cell, size, align)
        return self

    def table(self, y: float, stops: Sequence[tuple[float, str]], rows: Sequence[Sequence[str]]) -> Paper:
        """Writes rows under each other; the first is the header."""
        for number, cells in enumerate(rows):
            self.row(y + 34 * number, stops, cells)
        return self

    def reading(self, scanned: bool = False) -> Reading:
        """The page as a reading; `scanned` shakes the boxes by a pixel or two, as OCR does."""
        words = tuple(_shaken(word, number) if scanned else word for number, word in enumerate(self.words))
        return Reading("ocr" if scanned else "layer", words, WIDTH, HEIGHT)


def _shaken(word: Word, number: int) -> Word:
    up, out = number * 7 % 5 - 2, number * 3 % 4
    box = word.box
    return word._replace(box=Box(box.x0 - out / 2, box.y0 - 3 + up, box.x1 + out / 2, box.y1 + 3 + up), confidence=0.97)


def view_of(*papers: Paper, scanned: bool = False) -> View:
    """The papers as the pages of one document."""
    pages = tuple(Page("0" * 64, number, "", WIDTH, HEIGHT, 150.0) for number in range(1, len(papers) + 1))
    return View(tuple(paper.reading(scanned) for paper in papers), tuple(page.number for page in pages), pages)
