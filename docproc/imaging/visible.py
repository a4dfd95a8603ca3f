"""Is a word of the text layer really to be seen? White on white, below a black bar, or clipped away, it is not."""

from __future__ import annotations

from typing import NamedTuple

from docproc.core.boxes import Box

SMALLEST = 1.5  # pixels of font size: below, nobody can read it, and it is there for machines
CONTRAST = 12  # of 255, between the lightest and the darkest pixel of a word: less, nobody sees it
ROWS = (0.6, 0.45, 0.72, 0.3, 0.85)  # of a word's height, where glyphs are hit most often first


class Pixels(NamedTuple):
    """A page image as bytes, `depth` bytes a pixel, row after row."""

    samples: bytes | memoryview
    width: int
    height: int
    depth: int


def visible(box: Box, pixels: Pixels, faint: bool) -> bool:
    """Whether something is to be seen in a box, in pixels. `faint`: so light a colour that contrast must be proved."""
    samples, width, height, depth = pixels
    left, right = max(0, int(box[0])), min(width, int(box[2]) + 1)
    top, bottom = max(0, int(box[1])), min(height, int(box[3]) + 1)
    if right <= left or bottom <= top:
        return False
    for share in ROWS:
        start = (top + int(share * (bottom - top))) * width
        row = bytes(samples[(start + left) * depth : (start + right) * depth])
        if row != row[:depth] * (right - left) and not (faint and _contrast(row, depth) < CONTRAST):
            return True
    whole = b"".join(
        samples[(y * width + left) * depth : (y * width + right) * depth] for y in range(top, bottom)
    )  # a dash, a full stop: the rows above have missed it
    return _contrast(whole, depth) >= CONTRAST


def _contrast(row: bytes, depth: int) -> int:
    """The largest difference within any channel."""
    channels = (row[channel::depth] for channel in range(depth))
    return max(max(channel) - min(channel) for channel in channels)
