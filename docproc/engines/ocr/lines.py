"""Lines of a page as finders use them: words that stand side by side, with their box, size and weight."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docproc.core.boxes import Box
from docproc.core.text.fold import fold
from docproc.core.types import Reading, Word

# The widest gap between two words of one line, in font heights: a wider one parts columns.
WIDEST_GAP = 2.2


@dataclass(frozen=True, slots=True)
class Line:
    """Words from left to right on page `page` (index into `View.readings`); box and size in pixels of its frame."""

    page: int
    words: tuple[Word, ...]
    box: Box
    text: str
    size: float
    bold: bool

    @property
    def confidence(self) -> float:
        """The mean confidence of its words, in [0, 1]."""
        return sum(word.confidence for word in self.words) / len(self.words)


def line_of(words: Iterable[Word], page: int) -> Line:
    """The line that words (at least one, from left to right) make."""
    row = tuple(words)
    box = row[0].box
    for word in row[1:]:
        box = box.union(word.box)
    letters = sum(len(word.text) for word in row)
    bold = sum(len(word.text) for word in row if word.bold) * 2 > letters
    sizes = sorted(word.size or word.box.height for word in row)
    size = (sizes[len(sizes) // 2] + sizes[(len(sizes) - 1) // 2]) / 2
    return Line(page, row, box, " ".join(word.text for word in row), size, bold)


def segments(reading: Reading, page: int) -> list[Line]:
    """The reading's lines in its order, parted where a gap is wider than text has."""
    found: list[Line] = []
    for words in reading.lines():
        run: list[Word] = []
        for word in words:
            if run:
                gap = word.box.x0 - run[-1].box.x1
                height = max(word.size or word.box.height, 1.0)
                if gap > WIDEST_GAP * height or gap < -4 * height:
                    found.append(line_of(run, page))
                    run = []
            run.append(word)
        if run:
            found.append(line_of(run, page))
    return found


def rows(reading: Reading, page: int) -> list[Line]:
    """What stands at one height across the page, as one line each, from top to bottom.

    For pages that are read across (receipts, forms), whatever columns the reading saw. Writing that is far taller than
    the rest of a row (a pen's) stays a row of its own.
    """
    grouped: list[list[Line]] = []
    for piece in sorted(segments(reading, page), key=lambda line: line.box.cy):
        for row in reversed(grouped[-8:]):
            if _side_by_side(row, piece):
                row.append(piece)
                break
        else:
            grouped.append([piece])
    lines = [line_of(_across(row), page) for row in grouped]
    return sorted(lines, key=lambda line: line.box.cy)


def _across(row: Sequence[Line]) -> list[Word]:
    return [word for piece in sorted(row, key=lambda line: line.box.x0) for word in piece.words]


def _side_by_side(row: Sequence[Line], piece: Line) -> bool:
    nearest = min(row, key=lambda other: abs(other.box.cx - piece.box.cx))
    low, high = sorted((nearest.box.height, piece.box.height))
    if high > 1.9 * low:
        return False
    shared = min(nearest.box.y1, piece.box.y1) - max(nearest.box.y0, piece.box.y0)
    if shared < 0.5 * low:
        return False
    return all(
        min(o.box.x1, piece.box.x1) - max(o.box.x0, piece.box.x0) < 0.3 * min(o.box.width, piece.box.width) for o in row
    )


_NOT_ALNUM = re.compile(r"[\W_]+")


def compact(text: str) -> str:
    """Letters and digits alone, folded: labels are looked for in this, because OCR loses and invents spaces."""
    return _NOT_ALNUM.sub("", fold(text))


def words_of(text: str) -> frozenset[str]:
    """The words of a list written as text."""
    return frozenset(text.split())


def union_of(lines: Sequence[Line]) -> tuple[tuple[int, Box], ...]:
    """One box per page that the lines (at least one) stand on, as `Found.at` wants it."""
    boxes: dict[int, Box] = {}
    for line in lines:
        boxes[line.page] = boxes[line.page].union(line.box) if line.page in boxes else line.box
    return tuple(boxes.items())
