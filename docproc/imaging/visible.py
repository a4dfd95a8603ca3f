"""Is a word of the text layer really to be seen? White on white, below a black bar, or clipped away, it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from docproc.imaging.drawn import Printed

SMALLEST = 1.5  # pixels of font size: below, nobody can read it, and it is there for machines
CONTRAST = 12  # of 255, between the lightest and the darkest pixel of a word: less, nobody sees it
ROWS = (0.6, 0.45, 0.72, 0.3, 0.85)  # of a word's height, where glyphs are hit most often first


class Pixels(NamedTuple):
    """A page image as bytes, `depth` bytes a pixel, row after row."""

    samples: bytes
    width: int
    height: int
    depth: int


def visible(words: Sequence[Printed], pixels: Pixels) -> list[Printed]:
    """The words with something to be seen in their boxes."""
    return [word for word in words if word.size >= SMALLEST and _seen(word, pixels)]


def _seen(word: Printed, pixels: Pixels) -> bool:
    samples, width, height, depth = pixels
    left, right = max(0, int(word.x0)), min(width, int(word.x1) + 1)
    top, bottom = max(0, int(word.y0)), min(height, int(word.y1) + 1)
    if right <= left or bottom <= top:
        return False
    tall = bottom - top
    for share in ROWS:
        start = (top + int(share * tall)) * width
        row = samples[(start + left) * depth : (start + right) * depth]
        if row != row[:depth] * (right - left) and max(row[::depth]) - min(row[::depth]) >= CONTRAST:
            return True
    return _contrast(pixels, left, top, right, bottom) >= CONTRAST


def _contrast(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> int:
    """The largest difference of any channel within a box."""
    samples, width, _, depth = pixels
    rows = [samples[(y * width + left) * depth : (y * width + right) * depth] for y in range(top, bottom)]
    return max(
        max(max(row[channel::depth]) for row in rows) - min(min(row[channel::depth]) for row in rows)
        for channel in range(depth)
    )
