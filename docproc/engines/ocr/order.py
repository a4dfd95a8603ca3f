"""Reading order: words into rows of text, rows into columns where a page has columns of prose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from docproc.core.boxes import Box
from docproc.core.types import Word

GAP = 1.6  # heights of a line between two words from which they belong to different segments
BACK = 0.5  # heights by which a word may begin before the last one ended
SAME_ROW = 0.5  # of the lower one's height that two segments of one row share
GUTTER = 0.5  # heights of a line: the narrowest white stripe between two columns
COLUMN_LINES = 4  # lines that a column must have
EDGES = 8  # places where columns may begin that are looked at
PROSE_WORDS = 3  # alphabetic words in a line of prose


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that stand close together on one line, left to right."""

    words: tuple[Word, ...]
    box: Box

    @property
    def prose(self) -> bool:
        """Whether it looks like a line of running text rather than a cell of a table."""
        return sum(word.text[:1].isalpha() for word in self.words) >= PROSE_WORDS


def ordered(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words in reading order, `line` numbering the rows of text from 0.

    A row holds everything that stands at one height, left to right, whatever the gaps (a label and its amount are one
    line), except across columns of prose, which are read one after the other. The words come in lines as their source
    found them (`line`, and words that follow each other): two columns that stand close are told apart by that alone.
    """
    return tuple(
        Word(word.text, word.box, word.confidence, word.size, word.bold, number)
        for number, line in enumerate(_flow(_rows(_segments(words))))
        for segment in line
        for word in segment.words
    )


def _segments(words: Iterable[Word]) -> list[Segment]:
    """Runs of words of one source line without a wide gap."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and _follows(groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [Segment(tuple(group), _bounds(group)) for group in groups]


def _follows(last: Word, word: Word) -> bool:
    if word.line != last.line:
        return False
    before, box = last.box, word.box
    height = max(before.y1 - before.y0, box.y1 - box.y0)
    return -BACK * height <= box.x0 - before.x1 <= GAP * height and _share(before, box) >= SAME_ROW


def _share(one: Box, other: Box) -> float:
    """How much of the lower one's height two boxes share, as heights go."""
    shared = min(one.y1, other.y1) - max(one.y0, other.y0)
    return shared / max(1e-6, min(one.y1 - one.y0, other.y1 - other.y0))


def _bounds(words: Sequence[Word]) -> Box:
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def _rows(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Segments at one height together, top to bottom, each row from left to right."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda segment: segment.box.y0 + segment.box.y1):
        # A row is compared by its neighbour in x, so that a slanting row holds together, and one segment cannot join
        # two that stand above each other.
        for row in reversed(rows[-4:]):
            near = min(row, key=lambda other: abs(other.box.cx - segment.box.cx))
            if _share(near.box, segment.box) >= SAME_ROW and not _overlap(row, segment):
                row.append(segment)
                break
        else:
            rows.append([segment])
    for row in rows:
        row.sort(key=lambda segment: segment.box.x0)
    return rows


def _overlap(row: Sequence[Segment], segment: Segment) -> bool:
    """Whether a segment would lie over another one of the row."""
    box = segment.box
    return any(
        min(box.x1, other.box.x1) - max(box.x0, other.box.x0) > 0.3 * min(box.width, other.box.width) for other in row
    )


def _flow(rows: Sequence[list[Segment]]) -> list[list[Segment]]:
    """Lines in reading order: the longest stretch with two columns of prose column by column, the rest by rows."""
    best: tuple[int, int, int, float] = (0, 0, 0, 0.0)
    for x in _edges(rows):
        for start, end in _clear(rows, x):
            if _size(rows[start:end]) > best[0]:
                left, right = _halves(rows[start:end], x)
                if _column(left) and _column(right):
                    best = (_size(rows[start:end]), start, end, x)
    size, start, end, x = best
    if not size:
        return list(rows)
    left, right = _halves(rows[start:end], x)
    return _flow(rows[:start]) + _flow(left) + _flow(right) + _flow(rows[end:])


def _edges(rows: Sequence[list[Segment]]) -> list[float]:
    """Where columns may begin: a little left of where several segments begin, the margin apart."""
    boxes = [segment.box for row in rows for segment in row]
    if len(boxes) < 2 * COLUMN_LINES:
        return []
    height = median(box.y1 - box.y0 for box in boxes)
    margin = min(box.x0 for box in boxes) + height
    starts = Counter(int(box.x0 / height * 2) for box in boxes if box.x0 > margin)
    common = [step for step, count in starts.most_common(EDGES) if count >= COLUMN_LINES]
    return sorted(step * height / 2 - GUTTER * height / 2 for step in common)


def _clear(rows: Sequence[list[Segment]], x: float) -> Iterator[tuple[int, int]]:
    """The stretches of rows in which no segment crosses `x`."""
    start = 0
    for index, row in enumerate(rows):
        if any(segment.box.x0 < x < segment.box.x1 for segment in row):
            if index > start:
                yield start, index
            start = index + 1
    if len(rows) > start:
        yield start, len(rows)


def _size(rows: Sequence[list[Segment]]) -> int:
    return sum(map(len, rows))


def _halves(rows: Sequence[list[Segment]], x: float) -> tuple[list[list[Segment]], list[list[Segment]]]:
    """The rows' segments left and right of `x`."""
    left = [[segment for segment in row if segment.box.x0 < x] for row in rows]
    right = [[segment for segment in row if segment.box.x0 >= x] for row in rows]
    return [row for row in left if row], [row for row in right if row]


def _column(rows: Sequence[list[Segment]]) -> bool:
    """Whether these rows are a column of running text."""
    segments = [segment for row in rows for segment in row]
    return len(rows) >= COLUMN_LINES and sum(segment.prose for segment in segments) * 2 >= len(segments)
