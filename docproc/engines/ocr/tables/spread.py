"""Tables that go on over pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docproc.core.boxes import Box
from docproc.core.types import Reading
from docproc.engines.ocr.tables.grid import Grid


@dataclass(frozen=True, slots=True)
class Spread:
    """A table over one or more pages: `page` is the index of the first, `parts` holds (page index, box) pairs.

    `grid` has the rows of all parts, repeated headings once; its box, caption and edges are those of the first part.
    """

    page: int
    grid: Grid
    parts: tuple[tuple[int, Box], ...]


def join(readings: Sequence[Reading], grids: Sequence[Sequence[Grid]]) -> list[Spread]:
    """All tables of a document, in order; the last table of a page and the first of the next are one where the second
    has the same columns and either repeats the headings or has none and no caption of its own."""
    found: list[Spread] = []
    for number, (reading, page) in enumerate(zip(readings, grids, strict=True)):
        for place, grid in enumerate(page):
            before = found[-1] if found else None
            if place == 0 and before and before.parts[-1][0] == number - 1:
                last = grids[number - 1][-1]
                header = _continues(last, before.grid, readings[number - 1], grid, reading)
                if header is not None:
                    rows = before.grid.rows + grid.rows[header:]
                    parts = (*before.parts, (number, grid.box))
                    found[-1] = Spread(before.page, replace(before.grid, rows=rows), parts)
                    continue
            found.append(Spread(number, grid, ((number, grid.box),)))
    return found


def _continues(last: Grid, first: Grid, above: Reading, grid: Grid, reading: Reading) -> int | None:
    """How many heading rows of `grid` repeat those of the table that it continues; None where it is a new table."""
    if grid.columns != last.columns or _texts_below(last, above) > 4 or _texts_above(grid, reading) > 4:
        return None
    count = first.header_rows
    heading = [[_plain(text) for text in row] for row in first.texts[:count]]
    if count and [[_plain(text) for text in row] for row in grid.texts[:count]] == heading:
        again = _plain(grid.caption)
        return count if not again or again.startswith(_plain(first.caption)) or "cont" in again else None
    if grid.header_rows == 0 and not grid.caption and _same_edges(last, above, grid, reading):
        return 0
    return None


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _same_edges(last: Grid, above: Reading, grid: Grid, reading: Reading) -> bool:
    pairs = zip(last.edges[1:-1], grid.edges[1:-1], strict=False)
    return all(abs(a / above.width - b / reading.width) < 0.03 for a, b in pairs)


def _texts_below(grid: Grid, reading: Reading) -> int:
    """How many lines stand below a table and above the page's foot (its last twelfth)."""
    return _lines(reading, grid.box.y1, reading.height * 11 / 12)


def _texts_above(grid: Grid, reading: Reading) -> int:
    """How many lines stand above a table and below the page's head (its first twelfth)."""
    return _lines(reading, reading.height / 12, grid.box.y0)


def _lines(reading: Reading, top: float, bottom: float) -> int:
    return len({word.line for word in reading.words if top < word.box.cy < bottom})
