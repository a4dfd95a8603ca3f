"""Where on a page tables stand, when no frame says so: lines of several pieces that are aligned with each other."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from docproc.core.boxes import Box
from docproc.engines.ocr.tables.captions import names_other, names_table
from docproc.engines.ocr.tables.pieces import Piece
from docproc.engines.ocr.tables.ruling import Ruling


def regions(rows: Sequence[Sequence[Piece]], lines: Ruling) -> list[Box]:
    """The boxes that may hold a table; `rows` are a page's visual lines without running text and framed tables.

    Running text inside such a box belongs to the table: a cell can hold a sentence.
    """
    found: list[Box] = []
    for first, last in _runs(rows):
        top = _top(rows, first, last, lines)
        bottom, floor = _bottom(rows, first, last, lines)
        box = _around([piece for row in rows[top : bottom + 1] for piece in row])
        box = Box(box.x0, box.y0, box.x1, max(box.y1, floor))
        # A region that reached up over its headings swallows the stretch that they made by themselves.
        found = [other for other in found if not other.intersection(box) > 0.5 * other.area]
        found.append(box)
    return found


def _around(pieces: Sequence[Piece]) -> Box:
    box = pieces[0].box
    for piece in pieces[1:]:
        box = box.union(piece.box)
    return box


def _runs(rows: Sequence[Sequence[Piece]]) -> list[tuple[int, int]]:
    """The first and last line of each stretch of aligned lines of two pieces and more."""
    runs: list[tuple[int, int]] = []
    members: list[int] = []
    for i, row in enumerate(rows):
        if _title(row):
            _close(members, runs)
            continue
        if len(row) < 2:
            continue
        if members and not _follows(rows, members, i):
            _close(members, runs)
        members.append(i)
    _close(members, runs)
    return runs


def _close(members: list[int], runs: list[tuple[int, int]]) -> None:
    if len(members) >= 2:
        runs.append((members[0], members[-1]))
    members.clear()


def _title(row: Sequence[Piece]) -> bool:
    text = " ".join(piece.text for piece in row)
    return names_table(text) or names_other(text)


def _follows(rows: Sequence[Sequence[Piece]], members: Sequence[int], i: int) -> bool:
    """Whether line `i` goes on with the stretch: near enough, and half of its pieces aligned with earlier ones."""
    row = rows[i]
    size = median(piece.size for piece in row)
    steps = zip(rows[members[-1] : i], rows[members[-1] + 1 : i + 1], strict=True)
    if i - members[-1] > 6 or any(lower[0].box.y0 - upper[0].box.y1 > 3.6 * size for upper, lower in steps):
        return False
    earlier = [piece for k in members[-6:] for piece in rows[k]]
    left, right = _span([rows[k] for k in members[-6:]])
    for lone in rows[members[-1] + 1 : i]:
        if lone[0].box.x0 < left - 3 * size or lone[0].box.x1 > right + 3 * size:
            return False
    aligned = sum(any(_aligned(piece, other) for other in earlier) for piece in row)
    return 2 * aligned >= len(row)


def _aligned(piece: Piece, other: Piece) -> bool:
    near = 0.7 * piece.size
    return (
        abs(piece.box.x0 - other.box.x0) <= near
        or abs(piece.box.x1 - other.box.x1) <= near
        or abs(piece.box.cx - other.box.cx) <= near
    )


def _span(rows: Sequence[Sequence[Piece]]) -> tuple[float, float]:
    return min(p.box.x0 for row in rows for p in row), max(p.box.x1 for row in rows for p in row)


def _top(rows: Sequence[Sequence[Piece]], first: int, last: int, lines: Ruling) -> int:
    """The line at which the table begins: headings above the aligned lines belong to it."""
    left, right = _span(rows[first : last + 1])
    size = median(piece.size for row in rows[first : last + 1] for piece in row)
    roof = _roof(rows, first, lines, (left, right), size)
    top = first
    while top > 0:
        row = rows[top - 1]
        gap = rows[top][0].box.y0 - max(piece.box.y1 for piece in row)
        low, high = _span([row])
        outside = low < left - 1.5 * size or high > right + 1.5 * size
        larger = len(row) == 1 and row[0].size > 1.2 * size
        if _title(row) or outside or larger or gap > (2.6 if roof is not None else 1.8) * size:
            break
        if roof is not None:
            if row[0].box.cy < roof:
                break
        elif len(row) < 2 and not (_spanner(row[0], left, right, lines, size) or _stub(rows, top - 1, left, size)):
            break
        top -= 1
    return top


def _roof(
    rows: Sequence[Sequence[Piece]], first: int, lines: Ruling, span: tuple[float, float], size: float
) -> float | None:
    """The height of the rule over the headings: a rule across the table, at most eight lines above its values."""
    width = span[1] - span[0]
    head = rows[first][0].box.y0
    above = [
        rule.cy
        for rule in lines.levels
        if head - 12 * size < rule.cy < head + 0.3 * size
        and min(rule.x1, span[1]) - max(rule.x0, span[0]) > 0.85 * width
        and rule.width < 1.3 * width + 4 * size
    ]
    return min(above) if above else None


def _stub(rows: Sequence[Sequence[Piece]], i: int, left: float, size: float) -> bool:
    """Whether a lone piece is the heading of the first column, with headings of several columns just above it."""
    piece = rows[i][0]
    if i == 0 or len(piece.words) > 4 or piece.box.x0 > left + 8 * size or _title(rows[i - 1]):
        return False
    above = rows[i - 1]
    return len(above) >= 2 and piece.box.y0 - above[0].box.y1 < 1.2 * size and above[0].box.x0 > piece.box.x1 - size


def _spanner(piece: Piece, left: float, right: float, lines: Ruling, size: float) -> bool:
    """Whether a lone piece above a table is a heading over columns: a rule under it, or away from the left edge."""
    for rule in lines.levels:
        if piece.box.cy < rule.cy < piece.box.y1 + 0.9 * size and rule.x0 <= piece.box.cx <= rule.x1:
            return rule.width < 0.9 * (right - left)
    short = piece.box.width < 0.6 * (right - left)
    return short and piece.box.x0 > left + 0.25 * (right - left) and len(piece.words) <= 6


def _bottom(rows: Sequence[Sequence[Piece]], first: int, last: int, lines: Ruling) -> tuple[int, float]:
    """The line at which the table ends and the height of its closing rule (0 where it has none): what stands above the
    rule belongs to the table."""
    left, right = _span(rows[first : last + 1])
    width = right - left
    size = median(piece.size for row in rows[first : last + 1] for piece in row)
    low = max(piece.box.y1 for piece in rows[last])
    floors = [
        rule.cy
        for rule in lines.levels
        if low - 0.4 * size < rule.cy < low + 5 * size and min(rule.x1, right) - max(rule.x0, left) > 0.85 * width
    ]
    bottom = last
    while bottom + 1 < len(rows):
        row = rows[bottom + 1]
        inside = bool(floors) and row[0].box.cy < floors[0]
        start, end = _span([row])
        if not inside or _title(row) or start < left - 1.5 * size or end > right + 1.5 * size:
            break
        bottom += 1
    return bottom, floors[0] if floors else 0.0
