"""How large a page is shown: the scale and canvas that a budget of visual tokens allows, and the grid of its close-ups.

All sizes are (width, height) in pixels, all grids (columns, rows). (Hugging Face's grids are (height, width), LLaVA's
are (width, height), which is easily mixed up.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isqrt

Size = tuple[int, int]
Span = tuple[int, int]

# What the Qwen-VL processors take without resizing: 4 to 16,384 visual tokens an image, sides within 1 : 200.
LEAST_TOKENS, MOST_TOKENS = 4, 16384
MOST_ASPECT = 199


@dataclass(frozen=True, slots=True)
class Fit:
    """A piece of a page made `scale` times as large: it fills `inner` of a `canvas` whose sides are whole tokens."""

    scale: float
    canvas: Size
    inner: Size


@dataclass(frozen=True, slots=True)
class Layout:
    """Close-ups of one size: the pieces of the page as spans of columns and of rows, in pixels of the page image."""

    fit: Fit
    columns: tuple[Span, ...]
    rows: tuple[Span, ...]

    @property
    def pixels(self) -> int:
        """Of all canvases together."""
        return self.fit.canvas[0] * self.fit.canvas[1] * len(self.columns) * len(self.rows)


@dataclass(frozen=True, slots=True)
class Room:
    """What close-ups may take: all of them `tokens` of `factor` x `factor` pixels, each a canvas of at most `side`
    pixels (a multiple of `factor`), `limit` times the size of what they show, at least `overlap` pixels shared.
    """

    factor: int
    tokens: int
    side: int
    overlap: int
    limit: float


def fit(size: Size, factor: int, tokens: int, limit: float = 1.0, side: int | None = None) -> Fit | None:
    """The largest scale up to `limit` at which `size` takes at most `tokens` visual tokens; None for fewer than 4.

    The aspect is kept (to the nearest pixel) and the canvas padded to whole tokens. `side` bounds its sides, in pixels.
    """
    tokens = min(tokens, MOST_TOKENS)
    if tokens < LEAST_TOKENS:
        return None
    short, long = min(size), max(size)
    most = tokens if side is None else side // factor
    scale = 0.0
    for across in range(1, min(isqrt(tokens), most) + 1):  # tokens along the short side: never more than the root
        along = min(tokens // across, MOST_ASPECT * across, most)
        scale = max(scale, min(limit, across * factor / short, along * factor / long))
    inner = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    return Fit(scale, canvas(inner, factor), inner)


def canvas(inner: Size, factor: int) -> Size:
    """The least canvas of whole tokens around `inner` that a processor takes as it is."""
    columns, rows = ceil(inner[0] / factor), ceil(inner[1] / factor)
    columns, rows = max(columns, ceil(rows / MOST_ASPECT)), max(rows, ceil(columns / MOST_ASPECT))
    if columns * rows < LEAST_TOKENS:
        columns, rows = {(3, 1): (4, 1), (1, 3): (1, 4)}.get((columns, rows), (2, 2))
    return columns * factor, rows * factor


def best_layout(size: Size, grids: Sequence[tuple[int, int]], room: Room) -> Layout | None:
    """The close-ups on the grid with the most effective resolution, among equals with the least waste.

    That is LLaVA-NeXT's rule, `select_best_resolution` in llava/mm_utils.py (github.com/LLaVA-VL/LLaVA-NeXT) and in
    transformers/image_processing_utils.py: the effective resolution is min(floor(w*s) * floor(h*s), w*h) at the scale s
    at which the image fits, the waste is the canvas less that. What differs: neighbours overlap, which costs scale;
    canvases are no larger than needed, and count as they are; of equal grids that with the fewest close-ups wins.
    None where no grid makes close-ups (each smaller than the page) within the room.
    """
    best, best_key = None, (0, 0, 0)
    for grid in grids:
        layout = _layout(size, grid, room)
        if layout is None:
            continue
        scale = layout.fit.scale
        most = floor(size[0] * room.limit) * floor(size[1] * room.limit)
        effective = min(floor(size[0] * scale) * floor(size[1] * scale), most)
        key = (effective, effective - layout.pixels, -grid[0] * grid[1])
        if best is None or key > best_key:
            best, best_key = layout, key
    return best


def _layout(size: Size, grid: tuple[int, int], room: Room) -> Layout | None:
    """The close-ups on one grid; None where they do not fit, or where a column or row would repeat another."""
    needed = [
        min(length, ceil((length + (count - 1) * room.overlap) / count))
        for length, count in zip(size, grid, strict=True)
    ]
    fitted = fit((needed[0], needed[1]), room.factor, room.tokens // (grid[0] * grid[1]), room.limit, room.side)
    if fitted is None:
        return None
    pieces, inner, spans = [], [], []
    for axis, (length, count) in enumerate(zip(size, grid, strict=True)):
        # What the canvas has room for is filled with more of the page, not with white.
        piece = min(length, max(needed[axis], floor(fitted.canvas[axis] / fitted.scale + 1e-9)))
        if count > 1 and piece >= length:
            return None
        pieces.append(piece)
        inner.append(max(1, min(fitted.canvas[axis], round(piece * fitted.scale))))
        starts = [at * (length - piece) // max(1, count - 1) for at in range(count)]
        spans.append(tuple((start, start + piece) for start in starts))
    return Layout(Fit(fitted.scale, fitted.canvas, (inner[0], inner[1])), spans[0], spans[1])


def nearest_grid(size: Size, grids: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The textbook rule: the grid of square tiles whose aspect ratio is nearest; of equals the first."""
    aspect = size[0] / size[1]
    return min(grids, key=lambda grid: abs(grid[0] / grid[1] - aspect))


def centred(length: int, shown: int, side: int, count: int) -> list[tuple[Span, Span]]:
    """One axis of a page laid centred on `count` tiles of `side` pixels, where it is `shown` pixels long, at most its
    own `length`: per tile that it reaches, its span of the page and where that stands on the tile. Padding is centred
    as in LLaVA-NeXT's `resize_and_pad_image`.
    """
    before = (side * count - shown) // 2
    parts = []
    for at in range(count):
        start, end = max(before, at * side), min(before + shown, (at + 1) * side)
        if start < end:
            page = (round((start - before) * length / shown), round((end - before) * length / shown))
            parts.append((page, (start - at * side, end - at * side)))
    return parts
