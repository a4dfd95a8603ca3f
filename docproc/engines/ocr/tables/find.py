"""The tables of a page: framed ones first, then those that alignment and level rules show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from docproc.core.boxes import Box
from docproc.core.types import Reading
from docproc.engines.ocr.tables.captions import caption_of, names_table
from docproc.engines.ocr.tables.grid import Grid
from docproc.engines.ocr.tables.pieces import Piece, pieces, rows_of
from docproc.engines.ocr.tables.prose import prose
from docproc.engines.ocr.tables.regions import regions
from docproc.engines.ocr.tables.ruling import Ruling, lattices, ruling
from docproc.engines.ocr.tables.structure import grid_of
from docproc.engines.ocr.tables.verdict import convincing

MARGIN = 16.0  # pixels around a table in which its outer rules stand
SHORT = 12.0  # pixels: an upright rule lower than a line of text parts nothing


def tables(reading: Reading) -> list[Grid]:
    """The tables of a page, from top to bottom. Empty where there are none."""
    slack = max(2.0, reading.width / 400)
    lines = ruling(reading.rules, slack)
    every = pieces(reading.words, [rule for rule in lines.uprights if rule.height >= SHORT])
    page_rows = rows_of(every)
    found = _framed(every, lines, slack)
    taken = [grid.box for grid in found]
    rest = [piece for piece in every if not any(_inside(piece, box) for box in taken)]
    for region in _open_regions(rest, lines):
        grid = grid_of([piece for piece in rest if _inside(piece, region)], _near(lines, region), region)
        if grid is None:
            continue
        caption = grid.caption or caption_of(grid.box, page_rows, taken)
        if convincing(grid, False, _ruled(lines, grid.box), names_table(caption)):
            found.append(grid)
            taken.append(grid.box)
    named = [replace(g, caption=g.caption or caption_of(g.box, page_rows, _others(taken, g.box))) for g in found]
    return sorted(named, key=lambda grid: (grid.box.y0, grid.box.x0))


def _framed(every: Sequence[Piece], lines: Ruling, slack: float) -> list[Grid]:
    found: list[Grid] = []
    for box in sorted(lattices(lines, slack), key=lambda box: -box.area):
        if any(grid.box.intersection(box) > 0.5 * min(box.area, grid.box.area) for grid in found):
            continue
        grid = grid_of([piece for piece in every if _inside(piece, box)], lines.within(box, slack), box)
        if grid is not None and convincing(grid, True, True, False):
            found.append(grid)
    return found


def _open_regions(every: Sequence[Piece], lines: Ruling) -> list[Box]:
    running = prose(every)
    return regions(rows_of([piece for i, piece in enumerate(every) if i not in running]), lines)


def _near(lines: Ruling, box: Box) -> Ruling:
    return lines.within(Box(box.x0 - MARGIN, box.y0 - MARGIN, box.x1 + MARGIN, box.y1 + MARGIN), 0)


def _ruled(lines: Ruling, box: Box) -> bool:
    """Whether level rules over most of the table's width stand at its top, its bottom or within it."""
    slack = 0.02 * box.height + 20
    across = [
        rule
        for rule in lines.levels
        if box.y0 - slack < rule.cy < box.y1 + slack and min(rule.x1, box.x1) - max(rule.x0, box.x0) > 0.8 * box.width
    ]
    return len(across) >= 2


def _others(boxes: Sequence[Box], own: Box) -> list[Box]:
    return [box for box in boxes if box != own]


def _inside(piece: Piece, box: Box) -> bool:
    return box.x0 - 2 <= piece.box.cx <= box.x1 + 2 and box.y0 - 2 <= piece.box.cy <= box.y1 + 2
