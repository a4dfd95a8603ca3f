"""Tables whose rows are drawn: a row is what stands between two level rules, whatever its number of lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from docproc.core.boxes import Box
from docproc.engines.ocr.tables import header
from docproc.engines.ocr.tables.pieces import Piece, rows_of
from docproc.engines.ocr.tables.sheet import Frame, Sheet


def cuts(levels: Sequence[Box], frame: Frame) -> list[float]:
    """The heights at which level rules part rows: rules at one height that together run over a quarter of the width."""
    width = frame.edges[-1] - frame.edges[0]
    found: list[tuple[float, float]] = []
    for rule in levels:
        if found and rule.cy - found[-1][0] < 0.35 * frame.size:
            found[-1] = (found[-1][0], found[-1][1] + rule.width)
        else:
            found.append((rule.cy, rule.width))
    return [y for y, length in found if length >= 0.25 * width]


def bands(pieces: Sequence[Piece], ys: Sequence[float]) -> list[list[Piece]]:
    """The pieces between one cut and the next, empty bands included: one more than there are cuts."""
    found: list[list[Piece]] = [[] for _ in range(len(ys) + 1)]
    for piece in pieces:
        found[bisect_right(ys, piece.box.cy)].append(piece)
    return found


def rows_drawn(pieces: Sequence[Piece], ys: Sequence[float], frame: Frame) -> bool:
    """Whether the level rules part row from row (and not groups of rows, or headings from values)."""
    filled = [band for band in bands(pieces, ys) if band]
    if len(filled) < 3:
        return False
    single = sum(not _several(band, frame) for band in filled)
    lines = sum(len(rows_of(band)) for band in filled)
    stacked = max(_value_lines(band, frame) for band in filled)
    return 3 * single >= 2 * len(filled) and lines <= 6 * len(filled) and (stacked < 3 or len(filled) >= 3 * stacked)


def _value_lines(band: Sequence[Piece], frame: Frame) -> int:
    """How many lines of a band hold a value beside the first column."""
    return sum(
        len(row) > 1 and any(piece.numeric and frame.columns(piece)[0] > 0 for piece in row) for row in rows_of(band)
    )


def _several(band: Sequence[Piece], frame: Frame) -> bool:
    """Whether a band holds several rows: most of its lines fill most of the columns that it uses."""
    lines = rows_of(band)
    if len(lines) < 2:
        return False
    used = {frame.columns(piece)[0] for piece in band}
    full = sum(len(line) >= max(2, 0.6 * len(used)) for line in lines)
    return full >= 0.7 * len(lines)


def heading_bands(pieces: Sequence[Piece], ys: Sequence[float], frame: Frame) -> float | None:
    """The height of the cut between the headings and the first band of values; None where there is none."""
    for i, band in enumerate(bands(pieces, ys)):
        if band and header.data_like(band, frame):
            return ys[i - 1] if i else None
    return None


def put_bands(sheet: Sheet, pieces: Sequence[Piece], levels: Sequence[Box], ys: Sequence[float], frame: Frame) -> None:
    """Puts the pieces below what the sheet holds, a row a band, and lets cells span where no rule parts them."""
    start = sheet.height
    groups = bands(pieces, ys)
    tops = [min((p.box.y0 for p in pieces), default=0.0), *ys]
    bottoms = [*ys, max((p.box.y1 for p in pieces), default=0.0)]
    kept = [i for i, group in enumerate(groups) if group]
    for row, i in enumerate(kept):
        for first, last, found in _cells(groups[i], (tops[i] + bottoms[i]) / 2, frame):
            sheet.put(start + row, first, found, (1, last + 1 - first))
    if frame.drawn:
        _rise(sheet, start, [tops[i] for i in kept[1:]], (levels, frame))


def _cells(band: Sequence[Piece], middle: float, frame: Frame) -> list[tuple[int, int, list[Piece]]]:
    """The cells of one band as (first column, last column, pieces)."""
    groups: dict[tuple[int, int], list[Piece]] = {}
    for piece in band:
        for part in frame.split(piece, eager=False):
            groups.setdefault(_closed_by(frame, frame.columns(part), middle), []).append(part)
    found: list[tuple[int, int, list[Piece]]] = []
    for (first, last), pieces in sorted(groups.items()):
        ranges = sorted({frame.columns(piece) for piece in pieces})
        apart = all(a[1] < b[0] for a, b in pairwise(ranges))
        if apart and len(ranges) > 1:
            for low, high in ranges:
                found.append((low, high, [piece for piece in pieces if frame.columns(piece) == (low, high)]))
        elif len(ranges) == 1 and not _central(pieces, first, last, frame):
            found.append((*ranges[0], pieces))
        else:
            found.append((first, last, pieces))
    return found


def _central(pieces: Sequence[Piece], first: int, last: int, frame: Frame) -> bool:
    left, right = min(p.box.x0 for p in pieces), max(p.box.x1 for p in pieces)
    middle = (frame.edges[first] + frame.edges[last + 1]) / 2
    return abs((left + right) / 2 - middle) < 0.15 * (frame.edges[last + 1] - frame.edges[first])


def _closed_by(frame: Frame, own: tuple[int, int], y: float) -> tuple[int, int]:
    """The columns between the walls around a piece. Boundaries that no upright rule draws anywhere close a cell too."""
    first, last = own
    drawn = frame.drawn
    while first > 0 and first in drawn and not frame.walled(first, y):
        first -= 1
    while last < frame.count - 1 and last + 1 in drawn and not frame.walled(last + 1, y):
        last += 1
    return first, last


def _rise(sheet: Sheet, start: int, ys: Sequence[float], setting: tuple[Sequence[Box], Frame]) -> None:
    """Moves a text to the top of the cell that spans its row and the empty one above it; `start` is the first row."""
    levels, frame = setting
    covered = {(row, c) for (row, column), span in sheet.spans.items() for c in range(column + 1, column + span[1])}
    for row in range(start + 1, sheet.height):
        y = ys[row - start - 1]
        near = [rule for rule in levels if abs(rule.cy - y) < 0.35 * frame.size]
        for column in range(sheet.width):
            here, above = sheet.cells.get((row, column)), sheet.cells.get((row - 1, column))
            if bool(here) == bool(above) or (row - 1, column) in covered or _ruled(near, frame, column):
                continue
            if here:
                rows, columns = sheet.spans.pop((row, column), (1, 1))
                del sheet.cells[row, column]
                sheet.put(row - 1, column, here, (rows + 1, columns))
            elif (row, column) not in covered:
                rows, columns = sheet.spans.get((row - 1, column), (1, 1))
                sheet.spans[row - 1, column] = (rows + 1, columns)


def _ruled(near: Sequence[Box], frame: Frame, column: int) -> bool:
    """Whether level rules at one height run over half of a column."""
    left, right = frame.edges[column], frame.edges[column + 1]
    length = sum(max(0.0, min(rule.x1, right) - max(rule.x0, left)) for rule in near)
    return length > 0.5 * (right - left)
