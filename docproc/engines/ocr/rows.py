"""Visual rows of a page: words that stand side by side, whatever column or text block they belong to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from statistics import median

from docproc.core.boxes import Box
from docproc.core.types import Reading, Word
from docproc.engines.ocr.view import View

#: Between two cells of a row's text; words of one cell are joined by one space.
GAP = "\t"
# A gap wider than this share of the text height parts two cells: a word space is 0.2 to 0.45 of it.
_CELL_GAP = 0.65
_MARKS = frozenset("●•·∙⋅◦*")


@dataclass(frozen=True)
class Row:
    """One visual row: `words` from left to right; `starts` their offsets in `text`, which has tabs between cells."""

    sheet: int
    number: int
    words: tuple[Word, ...]
    text: str
    starts: tuple[int, ...]
    box: Box

    @cached_property
    def height(self) -> float:
        """The usual height of a line of its text, in pixels; boxes of OCR are tighter than those of a text layer."""
        return median(1.15 * word.size if word.size else word.box.height for word in self.words)

    @cached_property
    def cells(self) -> tuple[Span, ...]:
        """The runs of words without a wide gap, from left to right."""
        return tuple(Span(self, match.start(), match.end()) for match in re.finditer(r"[^\t]+", self.text))

    def word_at(self, offset: int) -> int:
        """The index of the word that holds (or precedes) a text offset."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def box_of(self, start: int, end: int) -> Box:
        """The rectangle of `text[start:end]`; characters of a word are taken as equally wide."""
        first, last = self.word_at(start), self.word_at(max(start, end - 1))
        boxes = [self._part(index, start, end) for index in range(first, last + 1)]
        box = boxes[0]
        for other in boxes[1:]:
            box = box.union(other)
        return box

    def _part(self, index: int, start: int, end: int) -> Box:
        word, offset = self.words[index], self.starts[index]
        count = max(1, len(word.text))
        left, right = max(0, start - offset) / count, min(count, end - offset) / count
        if left <= 0 and right >= 1:
            return word.box
        x0, width = word.box.x0, word.box.width
        return Box(x0 + width * min(left, 1), word.box.y0, x0 + width * max(right, min(left, 1)), word.box.y1)


@dataclass(frozen=True)
class Span:
    """A stretch of a row's text: characters `start` to `end`."""

    row: Row
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.row.text[self.start : self.end].replace(GAP, " ")

    @cached_property
    def box(self) -> Box:
        return self.row.box_of(self.start, self.end)

    @property
    def at(self) -> tuple[int, Box]:
        """The pair that `Found.at` holds."""
        return self.row.sheet, self.box

    @property
    def words(self) -> tuple[Word, ...]:
        """The words that it touches."""
        first, last = self.row.word_at(self.start), self.row.word_at(max(self.start, self.end - 1))
        return self.row.words[first : last + 1]

    def part(self, start: int, end: int) -> Span:
        """A stretch of this one, by offsets into its own text, without spaces at its ends."""
        text = self.row.text[self.start + start : self.start + end]
        lead, tail = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
        return Span(self.row, self.start + start + lead, max(self.start + start + lead, self.start + end - tail))


@dataclass(frozen=True)
class Sheet:
    """A page as rows, from top to bottom. `height` and `width` are of its frame, `em` is its usual text height."""

    index: int
    rows: tuple[Row, ...]
    width: float
    height: float
    em: float
    scanned: bool

    @property
    def text(self) -> str:
        """Its rows, one a line, with tabs between cells."""
        return "\n".join(row.text for row in self.rows)

    def under(self, row: Row, most: float) -> Iterator[Row]:
        """The rows below a row whose centre is at most `most` pixels under its bottom."""
        for other in self.rows[row.number + 1 :]:
            if other.box.cy - row.box.y1 > most:
                return
            yield other


def sheets(view: View) -> tuple[Sheet, ...]:
    """The pages of a view as rows."""
    return tuple(sheet_of(reading, index) for index, reading in enumerate(view.readings))


def sheet_of(reading: Reading, index: int = 0) -> Sheet:
    """One page as rows."""
    words = [word for word in reading.words if word.text.strip() and word.box.height > 0 and not _upended(word)]
    scanned = reading.source == "ocr"
    if scanned:
        words = [part for word in words for part in _unglued(word)]
    em = median(1.15 * word.size if word.size else word.box.height for word in words) if words else 10.0
    rows = tuple(_row(index, number, members, scanned) for number, members in enumerate(_gather(words)))
    return Sheet(index, rows, reading.width, reading.height, em, scanned)


def _upended(word: Word) -> bool:
    """Whether a word runs up or down the page (notes in the margin): it belongs to no row."""
    return len(word.text) >= 3 and word.box.height > 1.5 * word.box.width


# Where OCR loses spaces: "Nr.4711vom31.10.2018", "Number:42", "Rechnungsdatum15.3.2021".
_GLUE = re.compile(
    r"(?<=[^\W\d_]:)(?=\w)|(?<=[a-zäöüß]{4})(?=\d)|(?<=[a-z]\.)(?=\d{3})|(?<=[a-zäöüß]{4})(?=[A-Z]{2,}[/-]?\d)"
    r"|(?<=\d)(?=(?:vom|von|bis|du|del|dated)\d)|(?<=\dvom|\dvon|\dbis)(?=\d)|(?<=\bvom)(?=\d)|(?<=\bdu)(?=\d\d)"
)


def _unglued(word: Word) -> list[Word]:
    """The words that an OCR word holds where spaces were lost; mail and web addresses are left whole."""
    text = word.text
    cuts = (
        [match.start() for match in _GLUE.finditer(text)]
        if len(text) >= 7 and "@" not in text and "//" not in text
        else []
    )
    if not cuts or "www." in text:
        return [word]
    step = word.box.width / len(text)
    edges = [0, *cuts, len(text)]
    return [
        word._replace(text=text[a:b], box=Box(word.box.x0 + a * step, word.box.y0, word.box.x0 + b * step, word.box.y1))
        for a, b in pairwise(edges)
        if text[a:b].strip()
    ]


def _gather(words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped into visual rows, each from left to right, rows from top to bottom."""
    slope = _slope(words)
    rows: list[list[tuple[Box, Word]]] = []
    for box, word in sorted(
        ((_sheared(word.box, slope), word) for word in words), key=lambda pair: (pair[0].cy, pair[0].x0)
    ):
        for row in reversed(rows[-6:]):
            near, _ = min(row, key=lambda other: abs(other[0].cx - box.cx))
            if _level(box, near) and not any(_covers(box, other) for other, _ in row):
                row.append((box, word))
                break
        else:
            rows.append([(box, word)])
    rows.sort(key=lambda row: median(box.cy for box, _ in row))
    return [sorted((word for _, word in row), key=lambda word: word.box.x0) for row in rows]


def _slope(words: Sequence[Word]) -> float:
    """By how much the lines of a scan fall per pixel to the right: the rest of a skew, measured along long lines."""
    slopes = []
    for _, line in groupby(words, key=lambda word: word.line):
        members = list(line)
        run = members[-1].box.cx - members[0].box.cx
        if len(members) >= 3 and run > 6 * members[0].box.height:
            slopes.append((members[-1].box.cy - members[0].box.cy) / run)
    return median(slopes) if len(slopes) >= 3 else 0.0


def _sheared(box: Box, slope: float) -> Box:
    drop = slope * box.cx
    return Box(box.x0, box.y0 - drop, box.x1, box.y1 - drop) if slope else box


def _level(one: Box, other: Box) -> bool:
    """Whether two words stand on one line: centres, or for unlike sizes feet, at nearly one height."""
    small = min(one.height, other.height)
    if abs(one.cy - other.cy) <= 0.36 * small:
        return True
    return max(one.height, other.height) > 1.25 * small and abs(one.y1 - other.y1) <= 0.3 * small


def _covers(one: Box, other: Box) -> bool:
    """Whether two words stand over each other, so that they cannot be neighbours on a line."""
    shared = min(one.x1, other.x1) - max(one.x0, other.x0)
    return shared > 0.6 * min(one.width, other.width) and abs(one.cy - other.cy) > 0.2 * min(one.height, other.height)


def _row(sheet: int, number: int, words: list[Word], scanned: bool) -> Row:
    text, starts = "", []
    box = words[0].box
    for index, word in enumerate(words):
        if index:
            before = words[index - 1].box
            # Marks between the parts of a one-line address have wide spaces round them.
            loose = 2.5 if {word.text, words[index - 1].text} & _MARKS else _CELL_GAP
            # Inside one line that OCR read, places are rough; a fixed-pitch font's space is as wide as a letter.
            if scanned and word.line == words[index - 1].line:
                loose = max(loose, 1.2)
            letter = 1.25 * (before.width + word.box.width) / (len(words[index - 1].text) + len(word.text))
            wide = word.box.x0 - before.x1 > max(loose * min(before.height, word.box.height), letter)
            text += GAP if wide else " "
        starts.append(len(text))
        text += word.text.replace(GAP, " ")
        box = box.union(word.box)
    return Row(sheet, number, tuple(words), text, tuple(starts), box)
