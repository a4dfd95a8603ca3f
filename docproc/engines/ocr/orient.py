"""Which way up a page is: its turn in quarters, its skew, and the frame in which its text stands upright."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, degrees, radians, sin

import numpy as np

from docproc.core.boxes import Affine
from docproc.engines.ocr.detect import Quad
from docproc.engines.ocr.recognise import Line, line_size

SAMPLE = 5  # lines that are read both ways before a page is called turned
CLEAR = 0.88  # mean confidence from which a sample needs no second look (upside down it is 0.3 to 0.7)
LEVEL = 0.2  # degrees of skew below which a page counts as level


@dataclass(frozen=True, slots=True)
class Frame:
    """The upright frame of a page: its size in pixels and the maps between it and the page image."""

    width: float
    height: float
    to_page: Affine
    from_page: Affine


def frame_of(width: int, height: int, turn: int, skew: float) -> Frame:
    """The frame of a page image whose text is turned clockwise by `turn` + `skew` degrees; it holds the whole image."""
    c, s = round(cos(radians(turn + skew)), 12), round(sin(radians(turn + skew)), 12)
    corners = [(c * x + s * y, c * y - s * x) for x in (0, width) for y in (0, height)]
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    right, bottom = max(x for x, _ in corners), max(y for _, y in corners)
    return Frame(
        right - left,
        bottom - top,
        Affine(c, -s, c * left - s * top, s, c, s * left + c * top),
        Affine(c, s, -left, -s, c, -top),
    )


def turned(quad: Quad, turn: int) -> Quad:
    """The same corners, beginning where the text begins on a page that is turned clockwise by `turn` degrees."""
    return np.roll(quad, -(turn // 90), axis=0)


def is_tall(quad: Quad) -> bool | None:
    """Whether a line of text runs up or down the image; None where the shape does not tell (a single character)."""
    width, height = line_size(quad)
    if max(width, height) < 2 * min(width, height):
        return None
    return height > width


def page_turn(quads: Sequence[Quad], read: Callable[[int, int], Line]) -> int:
    """By how many degrees, clockwise, the page is turned: 0, 90, 180 or 270.

    The boxes tell whether the lines lie or stand; `read(index, turn)` reads a quad as if the page were turned so, and a
    few lines read both ways tell the rest. A page that reads well at first sight costs nothing.
    """
    weight = {True: 0.0, False: 0.0}
    for quad in quads:
        tall = is_tall(quad)
        if tall is not None:
            weight[tall] += max(line_size(quad))
    standing = weight[True] > weight[False]
    sample = _sample(quads, standing)
    best, best_score = 90 if standing else 0, -1.0
    for turn in (90, 270) if standing else (0, 180):
        lines = [read(index, turn) for index in sample]
        letters = sum(line.letters for line in lines)
        score = sum(line.confidence * line.letters for line in lines) / letters if letters else 0.0
        if score > best_score:
            best, best_score = turn, score
        if score >= CLEAR:
            break
    return best


def _sample(quads: Sequence[Quad], standing: bool) -> list[int]:
    """A few lines of middling length: long enough to tell, short enough to be cheap."""
    shapes = [(max(line_size(quad)) / max(1.0, min(line_size(quad))), index) for index, quad in enumerate(quads)]
    right = [(abs(shape - 8), index) for shape, index in shapes if is_tall(quads[index]) is standing]
    return [index for _, index in sorted(right or [(abs(shape - 8), index) for shape, index in shapes])[:SAMPLE]]


def page_skew(quads: Sequence[Quad], turn: int) -> float:
    """Degrees, clockwise, by which the lines lean beyond `turn`; the median over the long lines, by length."""
    leans = []
    for quad in quads:
        along = turned(quad, turn)
        width, height = line_size(along)
        if width >= 4 * height:
            (x0, y0), (x1, y1) = (along[0] + along[3]) / 2, (along[1] + along[2]) / 2
            angle = degrees(float(np.arctan2(y1 - y0, x1 - x0))) - turn
            leans.append(((angle + 180) % 360 - 180, width))
    if not leans:
        return 0.0
    leans.sort()
    half = sum(width for _, width in leans) / 2
    for lean, width in leans:
        half -= width
        if half <= 0:
            return lean if abs(lean) >= LEVEL else 0.0
    return 0.0
