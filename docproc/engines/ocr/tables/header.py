"""Column headings: texts of several lines, and headings over several columns, without a line for every row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from docproc.core.boxes import Box
from docproc.engines.ocr.tables.pieces import Piece
from docproc.engines.ocr.tables.sheet import Frame, Sheet

Range = tuple[int, int]
_YEAR = re.compile(r"\D{0,2}(1[89]|20)\d\d\D{0,3}((1[89]|20)?\d\d\D{0,2})?")


def data_like(row: Sequence[Piece], frame: Frame, repeated: frozenset[str] = frozenset()) -> bool:
    """Whether a line holds values: half or more of its texts beside the first column are numbers, not years, or one of
    the `repeated` texts."""
    beside = [piece for piece in row if frame.columns(piece)[0] > 0]
    values = sum((piece.numeric and not _YEAR.fullmatch(piece.text)) or piece.text in repeated for piece in beside)
    return bool(beside) and 2 * values >= len(beside)


def _repeated(rows: Sequence[Sequence[Piece]]) -> frozenset[str]:
    """Short texts that stand on four lines and more, "yes" and "no" for one: values, since headings differ."""
    counts = Counter(text for row in rows for text in {piece.text for piece in row} if len(text) <= 12)
    return frozenset(text for text, count in counts.items() if count >= 4)


def header_lines(rows: Sequence[Sequence[Piece]], levels: Sequence[Box], frame: Frame) -> int:
    """How many of a table's lines are headings: those above the rule under the headings, or above the first values."""
    repeated = _repeated(rows)
    first = next((i for i, row in enumerate(rows) if data_like(row, frame, repeated)), None)
    width = frame.edges[-1] - frame.edges[0]
    full = [rule.cy for rule in levels if rule.width >= 0.85 * width]
    if first is None:
        return _text_header(rows, full)
    if first == 0:
        return 0
    top, bottom = rows[0][0].box.cy, rows[first][0].box.cy
    under = [y for y in full if top < y < bottom]
    if under:
        return sum(row[0].box.cy < under[-1] for row in rows)
    # A text in the first column alone, just above the values, is the name of a group of rows.
    while first > 1 and len(rows[first - 1]) == 1 and frame.columns(rows[first - 1][0]) == (0, 0):
        if rows[first - 1][0].box.y1 - rows[first - 2][0].box.y1 < 0.5 * frame.size:
            break
        first -= 1
    return first


def _text_header(rows: Sequence[Sequence[Piece]], full: Sequence[float]) -> int:
    """For a table without numbers: the lines above the first rule across, else a first line that is bold, else none."""
    if len(rows) < 2:
        return 0
    for y in full:
        above = sum(row[0].box.cy < y for row in rows)
        if 0 < above <= max(1, len(rows) // 2):
            return above
        if above:
            break
    bold = all(piece.bold for piece in rows[0]) and not all(piece.bold for piece in rows[-1])
    return 1 if bold else 0


@dataclass
class _Heading:
    first: int
    last: int
    pieces: list[Piece] = field(default_factory=list)

    @property
    def bottom(self) -> float:
        return max(piece.box.y1 for piece in self.pieces)

    @property
    def middle(self) -> float:
        return (min(p.box.x0 for p in self.pieces) + max(p.box.x1 for p in self.pieces)) / 2


def put_header(sheet: Sheet, rows: Sequence[Sequence[Piece]], levels: Sequence[Box], frame: Frame) -> int:
    """Puts heading lines into a sheet and returns how many rows they take."""
    headings: list[_Heading] = []
    open_: dict[int, _Heading] = {}
    lines = [[part for piece in row for part in frame.split(piece, eager=False)] for row in rows]
    for i, line in enumerate(lines):
        ranges = _ranges(line, levels, frame, [piece for below in lines[i + 1 :] for piece in below])
        for piece, own in zip(line, ranges, strict=True):
            over = {id(open_[c]): open_[c] for c in range(own[0], own[1] + 1) if c in open_}
            above = next(iter(over.values())) if len(over) == 1 else None
            alone = above is not None and not any(
                other is not piece and r[0] <= above.last and r[1] >= above.first
                for other, r in zip(line, ranges, strict=True)
            )
            if above is not None and _continues(above, piece, own, alone, (levels, frame)):
                above.pieces.append(piece)
                above.first, above.last = min(own[0], above.first), max(own[1], above.last)
                heading = above
            else:
                heading = _Heading(*own, [piece])
                headings.append(heading)
            open_.update(dict.fromkeys(range(heading.first, heading.last + 1), heading))
    return _placed(sheet, headings)


def _continues(
    above: _Heading,
    piece: Piece,
    range_: Range,
    alone: bool,
    setting: tuple[Sequence[Box], Frame],
) -> bool:
    """Whether a piece goes on with the heading above it: same columns, next line, no rule between."""
    levels, frame = setting
    if piece.box.y0 - above.bottom > 0.9 * frame.size:
        return False
    for rule in levels:
        between = above.bottom - 0.35 * frame.size < rule.cy < piece.box.cy and rule.cy > above.pieces[-1].box.cy
        if between and rule.x0 < piece.box.cx < rule.x1:
            return False
    if (above.first, above.last) == range_:
        return True
    inside = above.first <= range_[0] and range_[1] <= above.last
    return alone and inside and abs(above.middle - piece.box.cx) < 1.5 * frame.size


def _ranges(line: Sequence[Piece], levels: Sequence[Box], frame: Frame, leaves: Sequence[Piece]) -> list[Range]:
    """The columns that each piece of a heading line is meant for; `leaves` are the pieces of the lines below."""
    own = [frame.columns(piece) for piece in line]
    found = []
    for i, piece in enumerate(line):
        low = own[i - 1][1] + 1 if i else 0
        high = own[i + 1][0] - 1 if i + 1 < len(line) else frame.count - 1
        first, last = own[i]
        wide = _between_walls(piece, frame) or _ruled(piece, line, levels, frame)
        if wide is None and first == last and leaves:
            wide = _centred(piece, (low, high), frame, leaves)
        if wide is not None:
            first, last = min(first, max(low, wide[0])), max(last, min(high, wide[1]))
        found.append((first, last))
    return found


def _ruled(piece: Piece, line: Sequence[Piece], levels: Sequence[Box], frame: Frame) -> Range | None:
    """The columns over which the rule under a heading, and under no other, runs."""
    for rule in levels:
        near = piece.box.cy < rule.cy < piece.box.y1 + 0.9 * frame.size
        wide = rule.x0 <= piece.box.cx <= rule.x1 and rule.width >= 0.7 * piece.box.width
        part = rule.width < 0.9 * (frame.edges[-1] - frame.edges[0])
        if near and wide and part and not any(rule.x0 < p.box.cx < rule.x1 for p in line if p is not piece):
            inside = [c for c in range(frame.count) if _share(rule, frame.edges[c], frame.edges[c + 1]) > 0.55]
            if inside:
                return inside[0], inside[-1]
    return None


def _centred(piece: Piece, limits: Range, frame: Frame, leaves: Sequence[Piece]) -> Range | None:
    """The columns over whose middle a heading stands that is aligned with no heading below it."""
    under = [leaf for leaf in leaves if leaf.box.x0 < piece.box.x1 and leaf.box.x1 > piece.box.x0]
    near = 0.5 * piece.size
    if any(
        abs(piece.box.x0 - leaf.box.x0) < near
        or abs(piece.box.x1 - leaf.box.x1) < near
        or abs(piece.box.cx - leaf.box.cx) < near
        for leaf in under
    ):
        return None
    own = frame.columns(piece)[0]
    headed = {frame.columns(leaf)[0] for leaf in leaves}
    best: tuple[float, Range] | None = None
    for first in range(max(limits[0], own - 6), own + 1):
        for last in range(max(own, first + 1), min(limits[1], own + 6) + 1):
            if not headed.issuperset(range(first, last + 1)):
                continue
            away = abs((frame.edges[first] + frame.edges[last + 1]) / 2 - piece.box.cx)
            if away < 2.5 * piece.size and (best is None or away < best[0]):
                best = away, (first, last)
    return best[1] if best else None


def _share(rule: Box, left: float, right: float) -> float:
    return (min(rule.x1, right) - max(rule.x0, left)) / max(1.0, right - left)


def _between_walls(piece: Piece, frame: Frame) -> Range | None:
    """The columns between the upright rules left and right of a heading that stands in their middle."""
    drawn = frame.drawn
    if not drawn:
        return None
    first, last = frame.columns(piece)
    while first > 0 and not frame.walled(first, piece.box.cy):
        first -= 1
    while last < frame.count - 1 and not frame.walled(last + 1, piece.box.cy):
        last += 1
    middle = (frame.edges[first] + frame.edges[last + 1]) / 2
    width = frame.edges[last + 1] - frame.edges[first]
    return (first, last) if abs(middle - piece.box.cx) < 0.12 * width else None


def _placed(sheet: Sheet, headings: Sequence[_Heading]) -> int:
    """Each heading rises to the row under the heading that spans its column; leaves reach down to the last row."""
    depth = [0] * sheet.width
    places = []
    for heading in headings:
        row = max(depth[heading.first : heading.last + 1])
        depth[heading.first : heading.last + 1] = [row + 1] * (heading.last + 1 - heading.first)
        places.append((row, heading))
    total = max(depth, default=0)
    for row, heading in places:
        under = [r for r, h in places if r > row and h.first <= heading.last and h.last >= heading.first]
        rows = (min(under) if under else total) - row
        sheet.put(row, heading.first, heading.pieces, (rows, heading.last + 1 - heading.first))
    return total
