"""Where the columns of a table stand: the gaps that most of its rows share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from docproc.engines.ocr.tables.pieces import Piece

Span = tuple[float, float]


def cores(rows: Sequence[Sequence[Piece]], width: float) -> list[Span]:
    """The x ranges that the columns' texts occupy, from left to right.

    A range is what more than a tenth of the well-filled rows cover (more than one row, where four and more),
    so that a heading across columns or one overlong label does not close a gap. `width` is the narrowest gap,
    in pixels.
    """
    if not rows:
        return []
    most = max(len(row) for row in rows)
    dense = [row for row in rows if len(row) >= 0.6 * most and (len(row) > 1 or most == 1)]
    spared = max(1, len(dense) // 10) if len(dense) >= 4 else 0
    found = _covered(dense, spared)
    found = _with_lone(found, dense, width)
    return _closed(found, width)


def _covered(rows: Sequence[Sequence[Piece]], spared: int) -> list[Span]:
    """Where more than `spared` pieces overlap."""
    edges = sorted(
        [(piece.box.x0, 1) for row in rows for piece in row] + [(piece.box.x1, -1) for row in rows for piece in row]
    )
    found: list[Span] = []
    depth, start = 0, 0.0
    for x, step in edges:
        if depth <= spared < depth + step:
            start = x
        elif depth > spared >= depth + step:
            found.append((start, x))
        depth += step
    return found


def _with_lone(found: list[Span], rows: Sequence[Sequence[Piece]], width: float) -> list[Span]:
    """Adds columns that only few rows fill: pieces that touch no range yet, in rows that fill the ranges beside them.

    (A heading in the middle over short texts at the left edge touches nothing either, but the range beside is empty.)
    """
    lone: list[tuple[float, float, bool]] = []
    for row in rows:
        for piece in row:
            if not any(piece.box.x0 < end + width / 2 and piece.box.x1 > start - width / 2 for start, end in found):
                lone.append((piece.box.x0, piece.box.x1, _beside_filled(piece, row, found)))
    merged: list[tuple[float, float, bool]] = []
    for start, end, real in sorted(lone):
        if merged and start <= merged[-1][1] + width:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2] or real)
        else:
            merged.append((start, end, real))
    return sorted([*found, *((start, end) for start, end, real in merged if real)])


def _beside_filled(piece: Piece, row: Sequence[Piece], found: Sequence[Span]) -> bool:
    """Whether the ranges next to a piece, left and right, hold text in its row."""
    left = max((span for span in found if span[1] <= piece.box.x0), default=None)
    right = min((span for span in found if span[0] >= piece.box.x1), default=None)
    return all(
        any(other.box.x0 < end and other.box.x1 > start for other in row)
        for start, end in (span for span in (left, right) if span is not None)
    )


def _closed(found: Sequence[Span], width: float) -> list[Span]:
    """Ranges that are nearer to each other than `width` made one."""
    closed: list[Span] = []
    for start, end in found:
        if closed and start - closed[-1][1] < width:
            closed[-1] = (closed[-1][0], max(end, closed[-1][1]))
        else:
            closed.append((start, end))
    return closed


def boundaries(found: Sequence[Span], all_pieces: Sequence[Piece]) -> list[float]:
    """One x position in each gap between ranges: the middle of the widest part that the fewest texts cover.

    (Headings reach out over the numbers below them, so that the middle of a gap can lie within a heading.)
    """
    boxes = [(piece.box.x0, piece.box.x1) for piece in all_pieces]
    middles = []
    for left, right in pairwise(found):
        low, high = left[1], right[0]
        inside = [(max(x0, low), min(x1, high)) for x0, x1 in boxes if x0 < high and x1 > low]
        marks = sorted({low, high, *(x for span in inside for x in span)})
        best = (0, 0.0, (low + high) / 2)
        for k, (start, end) in enumerate(pairwise(marks)):
            depth = sum(x0 <= start and x1 >= end for x0, x1 in inside)
            if k == 0 or (-depth, end - start) > (-best[0], best[1]):
                best = (depth, end - start, (start + end) / 2)
        middles.append(best[2])
    return middles


def wide_gap(rows: Sequence[Sequence[Piece]], x: float, walls: Sequence[float]) -> float:
    """The usual width of the gaps at `x`, in the rows with text on both sides of it between the walls around it.

    0 where there are none. Between walls, the spaces of justified text can look like a gap between columns.
    """
    low = max((wall for wall in walls if wall <= x), default=x)
    high = min((wall for wall in walls if wall > x), default=x)
    gaps = []
    for row in rows:
        before = [piece.box.x1 for piece in row if low <= piece.box.cx < x and piece.box.x1 <= x]
        after = [piece.box.x0 for piece in row if x <= piece.box.cx < high and piece.box.x0 >= x]
        if before and after:
            gaps.append(min(after) - max(before))
    return median(gaps) if gaps else 0.0


def with_walls(inner: Sequence[float], walls: Sequence[float], pieces: Sequence[Piece], slack: float) -> list[float]:
    """Boundaries from gaps and from upright rules together.

    Where a rule stands near a boundary with no text between the two, the rule is the boundary.
    """
    kept = []
    for x in inner:
        near = [wall for wall in walls if not _between(min(x, wall), max(x, wall), pieces, slack)]
        if not near:
            kept.append(x)
    return sorted([*kept, *walls])


def _between(left: float, right: float, pieces: Sequence[Piece], slack: float) -> bool:
    """Whether some text stands wholly between two x positions."""
    return any(left - slack <= piece.box.x0 and piece.box.x1 <= right + slack for piece in pieces)


def column_of(edges: Sequence[float], x: float) -> int:
    """The index of the column in which an x position lies; positions outside belong to the outer columns."""
    column = 0
    while column < len(edges) - 2 and x >= edges[column + 1]:
        column += 1
    return column
