"""Reading order: words into rows of text, rows into columns where a page has columns of prose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from docproc.core.boxes import Box
from docproc.core.types import Word

GAP = 1.6  # heights of a line between two words from which they belong to different segments
GUTTER = 0.8  # heights of a line: the narrowest white stripe between two columns
COLUMN_LINES = 4  # lines a column must have
PROSE_WORDS = 3  # alphabetic words in a line of prose


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that stand close together on one row."""

    words: tuple[Word, ...]
    box: Box

    @property
    def prose(self) -> bool:
        """Whether it looks like a line of running text rather than a cell of a table."""
        return sum(word.text[:1].isalpha() for word in self.words) >= PROSE_WORDS


def ordered(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words in reading order, `line` numbering the rows of text from 0.

    A row holds everything that stands at one height, left to right, whatever the gaps (a label and its amount are one
    line), except across columns of prose, which are read one after the other.
    """
    segments = [segment for row in _rows(tuple(words)) for segment in _segments(row)]
    out: list[Word] = []
    for number, line in enumerate(_flow(segments)):
        out += [word._replace(line=number) for word in line]
    return tuple(out)


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words at one height, top to bottom; within a row by x."""
    rows: list[tuple[float, float, list[Word]]] = []  # top, bottom (running means), words
    for word in sorted(words, key=lambda word: (word.box.cy, word.box.x0)):
        best, most = None, 0.0
        for index in range(len(rows) - 1, max(-1, len(rows) - 6), -1):
            top, bottom, _ = rows[index]
            shared = min(bottom, word.box.y1) - max(top, word.box.y0)
            share = shared / max(1e-6, min(bottom - top, word.box.height))
            if share > most and share >= 0.5:
                best, most = index, share
        if best is None:
            rows.append((word.box.y0, word.box.y1, [word]))
            continue
        top, bottom, members = rows[best]
        n = len(members)
        members.append(word)
        rows[best] = ((top * n + word.box.y0) / (n + 1), (bottom * n + word.box.y1) / (n + 1), members)
    rows.sort(key=lambda row: row[0] + row[1])
    return [sorted(members, key=lambda word: word.box.x0) for _, _, members in rows]


def _segments(row: Sequence[Word]) -> list[Segment]:
    height = median(word.box.height for word in row)
    groups: list[list[Word]] = [[row[0]]]
    for word in row[1:]:
        if word.box.x0 - max(other.box.x1 for other in groups[-1]) > GAP * height:
            groups.append([])
        groups[-1].append(word)
    return [_segment(group) for group in groups]


def _segment(words: Sequence[Word]) -> Segment:
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    return Segment(tuple(words), box)


def _flow(segments: list[Segment]) -> list[list[Word]]:
    """Lines of words in reading order: runs that share a gutter of prose column by column, the rest by rows."""
    lines: list[list[Word]] = []
    start = 0
    while start < len(segments):
        end, gutter = _run(segments, start)
        left = [segment for segment in segments[start:end] if segment.box.cx < gutter]
        right = [segment for segment in segments[start:end] if segment.box.cx >= gutter]
        if _column(left) and _column(right):
            lines += _flow(left) + _flow(right)
        else:
            lines += [[word for segment in row for word in segment.words] for row in _by_row(segments[start:end])]
        start = end
    return lines


def _run(segments: Sequence[Segment], start: int) -> tuple[int, float]:
    """The end of the longest run from `start` that leaves a white stripe between segments, and the stripe's middle.

    Without such a stripe the run is of one row.
    """
    height = median(segment.box.height for segment in segments)
    left = min(segment.box.x0 for segment in segments)
    right = max(segment.box.x1 for segment in segments)
    free, last, found = [(left, right)], start, 0.0
    for index in range(start, len(segments)):
        box = segments[index].box
        free = [piece for x0, x1 in free for piece in ((x0, min(x1, box.x0)), (max(x0, box.x1), x1))]
        free = [(x0, x1) for x0, x1 in free if x1 - x0 >= GUTTER * height]
        inner = [(x0, x1) for x0, x1 in free if x0 > left and x1 < right]
        if not free:
            break
        last = index + 1
        if inner:
            x0, x1 = max(inner, key=lambda piece: piece[1] - piece[0])
            found = (x0 + x1) / 2
        elif found:
            return index, found
    return max(last, start + 1), found


def _column(segments: Sequence[Segment]) -> bool:
    """Whether these segments are a column of running text."""
    return len(segments) >= COLUMN_LINES and sum(segment.prose for segment in segments) * 2 >= len(segments)


def _by_row(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Segments of one row together; the sequence is already sorted by row, then x."""
    rows: list[list[Segment]] = []
    for segment in segments:
        if rows:
            box = rows[-1][-1].box
            shared = min(box.y1, segment.box.y1) - max(box.y0, segment.box.y0)
            if segment.box.x0 >= box.x1 and shared >= 0.4 * min(box.height, segment.box.height):
                rows[-1].append(segment)
                continue
        rows.append([segment])
    return rows
