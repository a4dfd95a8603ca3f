"""From the words and rules of a region to the grid of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from docproc.core.boxes import Box
from docproc.engines.ocr.tables import body, header, lattice
from docproc.engines.ocr.tables.columns import boundaries, cores, wide_gap, with_walls
from docproc.engines.ocr.tables.grid import Cell, Grid
from docproc.engines.ocr.tables.pieces import Piece, rows_of
from docproc.engines.ocr.tables.ruling import Ruling
from docproc.engines.ocr.tables.sheet import Frame, Sheet

_CURRENCY = re.compile(r"[$€£¥₹(]{1,2}|US\$|Rs\.?|EUR|USD|GBP|CHF")


def grid_of(found: Sequence[Piece], lines: Ruling, box: Box) -> Grid | None:
    """The table that stands in `box`; None where the pieces make no grid of two columns and two rows."""
    if len(found) < 4:
        return None
    size = median(piece.size for piece in found)
    tall = tuple(rule for rule in lines.uprights if rule.height >= 0.8 * size)
    rows = rows_of(found)
    frame = _frame(rows, found, tall, box, size)
    if frame.count < 2:
        return None
    sheet = Sheet(frame.count)
    ys = lattice.cuts(lines.levels, frame)
    if lattice.rows_drawn(found, ys, frame):
        headed = 1
        under = lattice.heading_bands(found, ys, frame)
        if under is not None:
            above = [[piece for piece in row if piece.box.cy < under] for row in rows]
            headed = header.put_header(sheet, [row for row in above if row], lines.levels, frame)
            found = [piece for piece in found if piece.box.cy >= under]
        lattice.put_bands(sheet, found, lines.levels, ys, frame)
    else:
        count = header.header_lines(rows, lines.levels, frame)
        headed = header.put_header(sheet, rows[:count], lines.levels, frame) if count else 0
        body.put_body(sheet, rows[count:], lines.levels, frame)
    return None if sheet.loose > 0.12 else _trimmed(sheet, headed, frame)


def _frame(
    rows: Sequence[Sequence[Piece]], found: Sequence[Piece], tall: Sequence[Box], box: Box, size: float
) -> Frame:
    left, right = min(p.box.x0 for p in found), max(p.box.x1 for p in found)
    edge_left, edge_right = min(left, box.x0), max(right, box.x1)
    high = max(p.box.y1 for p in found) - min(p.box.y0 for p in found)
    walls = _walls(tall, high, edge_left + 0.6 * size, edge_right - 0.6 * size)
    inner = boundaries(cores(rows, 0.3 * size), found)
    if walls:
        inner = [x for x in inner if wide_gap(rows, x, (edge_left, *walls, edge_right)) > 1.1 * size]
    edges = with_walls(inner, walls, found, 0.3 * size)
    kept = (edge_left, *_used(edges, found, edge_left, edge_right), edge_right)
    kept = _without_signs(kept, found)
    return Frame(kept, tuple(tall), size, tuple(_core(found, *span) for span in pairwise(kept)))


def _core(found: Sequence[Piece], left: float, right: float) -> tuple[float, float]:
    """The x range of the texts that stand wholly in a column."""
    within = [piece for piece in found if left <= piece.box.x0 and piece.box.x1 <= right]
    inside = [piece.box for piece in within if piece.numeric] or [piece.box for piece in within]
    return min((box.x0 for box in inside), default=left), max((box.x1 for box in inside), default=right)


def _without_signs(edges: tuple[float, ...], found: Sequence[Piece]) -> tuple[float, ...]:
    """The boundaries without those between a number and its currency or per cent sign, set in a column of its own."""
    dropped = set()
    for k, (left, right) in enumerate(pairwise(edges)):
        texts = [piece.text for piece in found if left <= piece.box.cx < right]
        if texts and k + 2 < len(edges) and all(_CURRENCY.fullmatch(text) for text in texts):
            dropped.add(k + 1)
        elif texts and k > 0 and all(text in ("%", ")", ")%") for text in texts):
            dropped.add(k)
    return tuple(edge for k, edge in enumerate(edges) if k not in dropped)


def _walls(tall: Sequence[Box], high: float, left: float, right: float) -> list[float]:
    """The x positions at which upright rules run over a quarter of the height or more, all pieces counted."""
    found: list[tuple[float, float]] = []
    for rule in sorted(tall, key=lambda rule: rule.cx):
        if not left <= rule.cx <= right:
            continue
        if found and rule.cx - found[-1][0] < 6:
            found[-1] = (found[-1][0], found[-1][1] + rule.height)
        else:
            found.append((rule.cx, rule.height))
    return [x for x, length in found if length >= 0.25 * high]


def _used(edges: Sequence[float], found: Sequence[Piece], left: float, right: float) -> list[float]:
    """The boundaries without those that close a column in which nothing stands."""
    kept: list[float] = []
    for edge in edges:
        start = kept[-1] if kept else left
        if any(start <= piece.box.cx < edge for piece in found):
            kept.append(edge)
    if kept and not any(piece.box.cx >= kept[-1] for piece in found):
        kept.pop()
    return [edge for edge in kept if left < edge < right]


def _trimmed(sheet: Sheet, headed: int, frame: Frame) -> Grid | None:
    """The grid without titles above it and notes below it that stand in the same frame."""
    rows = sheet.rows()
    caption = ""
    while len(rows) > 2 and headed != 0 and (_banner(rows[0], frame) or _title(rows)):
        caption = f"{caption} {next(cell.text for cell in rows[0] if cell.text)}".strip()
        rows, headed = rows[1:], max(0, headed - 1)
    rows = rows[: _notes(rows, frame)]
    boxes = [cell.box for row in rows for cell in row if cell.box]
    if len(rows) < 2 or not boxes:
        return None
    around = boxes[0]
    for box in boxes[1:]:
        around = around.union(box)
    return Grid(around, tuple(rows), min(headed, len(rows)), caption, frame.edges)


def _title(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row is one text over the first column, which has a heading or a label of its own below."""
    return bool(rows[0][0].text) and not any(cell.text for cell in rows[0][1:]) and bool(rows[1][0].text)


def _notes(rows: Sequence[Sequence[Cell]], frame: Frame) -> int:
    """The row at which notes across the table begin, below its last row of several cells."""
    tail = len(rows)
    while tail > 2 and not any(cell.text for cell in rows[tail - 1][1:]):
        tail -= 1
    return next((k for k in range(tail, len(rows)) if _banner(rows[k], frame)), len(rows))


def _banner(row: Sequence[Cell], frame: Frame) -> bool:
    """Whether a row is one text across the table, from its first column."""
    filled = [i for i, cell in enumerate(row) if cell.text]
    if filled != [0] and not (len(filled) == 1 and row[filled[0]].columns > 1):
        return False
    cell = row[filled[0]]
    return cell.box is not None and (cell.columns >= frame.count or cell.box.x1 > frame.edges[min(2, frame.count - 1)])
