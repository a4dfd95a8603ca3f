"""Rows under a header row that names a table question's columns, where no drawn or aligned grid was found."""

from __future__ import annotations

from collections.abc import Sequence

from docproc.core.boxes import Box
from docproc.core.questions import Column
from docproc.engines.ocr.labels import Hit, hits_in, lexicon_of
from docproc.engines.ocr.rows import Row, Sheet, Span
from docproc.engines.ocr.view import Found

_NUMBERS = frozenset({"integer", "number", "money"})


def rows_under(columns: Sequence[Column], pages: Sequence[Sheet]) -> Found | None:
    """The rows under the best header of each page; a page without one of its own ends the table."""
    lexicon = lexicon_of({c.name: {1.0: "|".join((c.name.replace("_", " "), *c.labels))} for c in columns})
    kinds = {column.name: column.kind for column in columns}
    rows: list[dict[str, str | None]] = []
    at: list[tuple[int, Box]] = []
    share = 0.0
    for page in pages:
        heads = _header(hits_in([page], lexicon))
        if len(heads) < max(2, (len(columns) + 1) // 2):
            continue
        share = max(share, len(heads) / len(columns))
        for cells in _body(page, heads, kinds):
            rows.append({c.name: " ".join(s.text for s in cells[c.name]) if c.name in cells else None for c in columns})
            at += [span.at for spans in cells.values() for span in spans]
    if not rows:
        return None
    return Found(rows, "", round(0.3 + 0.45 * share, 3), tuple(at))


def _header(hits: Sequence[Hit]) -> dict[str, Hit]:
    """The row that names the most columns: column -> label."""
    by_row: dict[int, dict[str, Hit]] = {}
    for hit in hits:
        if hit.weight >= 0.8:
            by_row.setdefault(hit.row.number, {}).setdefault(hit.name, hit)
    return max(by_row.values(), key=len, default={})


def _body(page: Sheet, heads: dict[str, Hit], kinds: dict[str, str]) -> list[dict[str, list[Span]]]:
    """The rows under a header, cells by column; a row that completes the one right above it goes on it."""
    header = next(iter(heads.values())).row
    places = {name: hit.box for name, hit in heads.items()}
    # Columns that nobody asked for keep their cells to themselves.
    named = [hit.span for hit in heads.values()]
    places |= {
        f" {cell.start}": cell.box
        for cell in header.cells
        if not any(span.start < cell.end and cell.start < span.end for span in named)
    }
    found: list[dict[str, list[Span]]] = []
    bottom, last = header.box.y1, header
    for row in page.rows[header.number + 1 :]:
        if row.box.y0 - bottom > 3.5 * header.height:
            break
        cells = {name: spans for name, spans in _by_column(row, places).items() if name in heads}
        if not cells:
            continue
        bottom = row.box.y1
        if found and not (cells.keys() & found[-1].keys()) and row.box.cy - last.box.cy < 1.4 * header.height:
            found[-1] |= cells
        elif _starts(cells, kinds):
            found.append(cells)
        elif found and len(cells) == 1:
            name, spans = next(iter(cells.items()))
            found[-1].setdefault(name, []).extend(spans)
        last = row
    return found


def _starts(cells: dict[str, list[Span]], kinds: dict[str, str]) -> bool:
    """Whether a row is a record: a number in a column of numbers, or two cells where there are no such columns."""
    if not _NUMBERS & set(kinds.values()):
        return len(cells) >= 2
    texts = [span.text for name, spans in cells.items() if kinds[name] in _NUMBERS for span in spans]
    return len(cells) >= 2 and any(char.isdigit() for text in texts for char in text)


def _by_column(row: Row, places: dict[str, Box]) -> dict[str, list[Span]]:
    """The cells of a row by the header over them, or the nearest one within two text heights."""
    cells: dict[str, list[Span]] = {}
    for cell in row.cells:
        name = min(places, key=lambda name: _distance(cell.box, places[name]))
        if _distance(cell.box, places[name]) <= 2 * row.height:
            cells.setdefault(name, []).append(cell)
    return cells


def _distance(cell: Box, head: Box) -> float:
    """How far a cell is from standing under a header, in pixels: negative by as much as they overlap."""
    return max(cell.x0, head.x0) - min(cell.x1, head.x1)
