"""Ruling lines among a page's vector graphics."""

from __future__ import annotations

from collections.abc import Iterable

from docproc.core.boxes import Box

THIN = 1 / 300  # of the page's longer side: 1 mm on A4; a thicker bar is an area
SHORT = 1 / 150  # of the same: shorter than 2 mm is a glyph's stroke, a tick, a dot of a dotted line
# MuPDF tells the box of a stroked line with room for mitred corners, ten times as thick as the line: of a long box of
# 6 pt at most on A4, too thin to hold text, the middle is the rule.
MITRED, LONG = 1 / 135, 8
MOST = 5000  # vectors looked at: a drawing has tens of thousands, and is no table
KEPT = 2000


def rules(vectors: Iterable[Box], width: int, height: int) -> list[Box]:
    """Thin horizontal and vertical strokes of a page image of that size in pixels, each once, in the order of drawing.

    Of boxes that are no strokes the four edges count, since tables are drawn of filled or framed cells as well, unless
    the box is (nearly) the whole page, a background.
    """
    longest = max(width, height)
    thin, short = max(1.5, THIN * longest), SHORT * longest
    found: dict[tuple[int, int, int, int], Box] = {}
    for count, box in enumerate(vectors):
        if count >= MOST or len(found) >= KEPT:
            break
        inside = box.x0 >= 0 <= box.y0 and box.x1 <= width and box.y1 <= height
        for edge in _strokes(box if inside else _clipped(box, width, height), thin, short, (width, height)):
            found.setdefault((round(edge.x0), round(edge.y0), round(edge.x1), round(edge.y1)), edge)
    return list(found.values())


def _clipped(box: Box, width: int, height: int) -> Box:
    return Box(max(0.0, box.x0), max(0.0, box.y0), min(float(width), box.x1), min(float(height), box.y1))


def _strokes(box: Box, thin: float, short: float, page: tuple[int, int]) -> list[Box]:
    across, down = box.x1 - box.x0, box.y1 - box.y0
    if across < 0 or down < 0:
        return []
    if min(across, down) <= thin:
        return [box] if max(across, down) >= short else []
    if min(across, down) <= MITRED * max(page) and max(across, down) >= LONG * min(across, down):
        return [_middle(box)]
    if min(across, down) < short or (across > 0.95 * page[0] and down > 0.95 * page[1]):
        return []
    return [
        Box(box.x0, box.y0, box.x1, box.y0),
        Box(box.x0, box.y1, box.x1, box.y1),
        Box(box.x0, box.y0, box.x0, box.y1),
        Box(box.x1, box.y0, box.x1, box.y1),
    ]


def _middle(box: Box) -> Box:
    """The stroke in the middle of a box that is as much too long as it is too thick, at either end."""
    half = min(box.width, box.height) / 2
    if box.width > box.height:
        return Box(box.x0 + half, box.cy, box.x1 - half, box.cy)
    return Box(box.cx, box.y0 + half, box.cx, box.y1 - half)
