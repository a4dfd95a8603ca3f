"""Rows of a table that draws no line under each row: one a line of text, or several lines where cells go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docproc.core.boxes import Box
from docproc.engines.ocr.tables.pieces import Piece
from docproc.engines.ocr.tables.sheet import Frame, Sheet

_OPEN_ENDS = ("-", "/", ",", "–", "(", "&")
_OPEN_WORDS = {"and", "or", "of", "the", "for", "und", "oder", "von", "et", "ou", "de", "des", "du", "y", "e", "en"}


@dataclass(frozen=True)
class _Line:
    columns: dict[int, list[Piece]]
    spans: dict[int, int]
    top: float
    base: float

    @property
    def text(self) -> str:
        return " ".join(piece.text for column in sorted(self.columns) for piece in self.columns[column])


def put_body(sheet: Sheet, rows: Sequence[Sequence[Piece]], levels: Sequence[Box], frame: Frame) -> None:
    """Puts the lines below the headings into a sheet."""
    lines = [_line(row, frame) for row in rows]
    pitch = _pitch(lines)
    start = sheet.height
    row = start - 1
    holds = [_holding(lines, i, levels, pitch, frame) for i in range(len(lines))]
    for i, line in enumerate(lines):
        if i == 0 or not (holds[i] == "up" or holds[i - 1] == "down"):
            row += 1
        for column, found in line.columns.items():
            sheet.put(row, column, found, (1, line.spans.get(column, 1)))


def _line(row: Sequence[Piece], frame: Frame) -> _Line:
    columns: dict[int, list[Piece]] = {}
    spans: dict[int, int] = {}
    for piece in row:
        for part in frame.split(piece, eager=len(row) > 2):
            first, last = frame.columns(part)
            columns.setdefault(first, []).append(part)
            if last > first:
                spans[first] = last + 1 - first
    return _Line(columns, spans, min(p.box.y0 for p in row), median(p.box.cy for p in row))


def _pitch(lines: Sequence[_Line]) -> float:
    """The usual distance between lines that hold several values."""
    full = [line for line in lines if len(line.columns) > 1]
    steps = [b.base - a.base for a, b in pairwise(full)]
    return median(steps) if steps else 0.0


def _holding(lines: Sequence[_Line], i: int, levels: Sequence[Box], pitch: float, frame: Frame) -> str:
    """ "up" where a line goes on with the row above it, "down" where it opens the row below it, else ""."""
    line = lines[i]
    if 2 * len(line.columns) > max(2, *(len(other.columns) for other in lines[max(0, i - 1) : i + 2])):
        return ""
    if any(piece.numeric for column, found in line.columns.items() if column > 0 for piece in found):
        return ""
    above = _near(lines, i - 1, i, levels, frame)
    below = _near(lines, i, i + 1, levels, frame)
    if above is not None and _goes_on(lines[i - 1], line, above, below, pitch):
        return "up"
    if below is not None and 0 in line.columns and _opens(line, lines[i + 1], below, pitch):
        return "down"
    return ""


def _near(lines: Sequence[_Line], i: int, j: int, levels: Sequence[Box], frame: Frame) -> float | None:
    """The distance between two lines; None where one is missing or a rule stands between them."""
    if i < 0 or j >= len(lines):
        return None
    width = frame.edges[-1] - frame.edges[0]
    if any(lines[i].base < rule.cy < lines[j].base and rule.width > 0.5 * width for rule in levels):
        return None
    return lines[j].base - lines[i].base


def _goes_on(above: _Line, line: _Line, step: float, next_step: float | None, pitch: float) -> bool:
    if not set(line.columns) <= set(above.columns):
        return False
    tight = step < 0.85 * pitch and (next_step is None or step < 0.95 * next_step or len(above.columns) > 1)
    if 0 not in line.columns:
        return tight or step <= 1.1 * pitch
    label, rest = above.columns[0][0], line.columns[0][0]
    if rest.box.x0 < label.box.x0 - 0.3 * label.size or rest.bold != label.bold:
        return False
    last = above.columns[0][-1].text
    begun = line.text[:1].islower() or last.endswith(_OPEN_ENDS) or last.split(" ")[-1].lower() in _OPEN_WORDS
    return tight or (begun and step <= 1.1 * pitch)


def _opens(line: _Line, below: _Line, step: float, pitch: float) -> bool:
    if set(line.columns) != {0} or 0 not in below.columns or len(below.columns) < 2:
        return False
    under = below.columns[0][0].text
    text = line.text
    begun = under[:1].islower() or text.endswith(_OPEN_ENDS) or text.split(" ")[-1].lower() in _OPEN_WORDS
    return step < 0.85 * pitch or (begun and step <= 1.1 * pitch)
