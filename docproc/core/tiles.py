"""What a model is shown of a page: the page in one image, or an overview and close-ups; and the maps between them.

A page image is first turned, then pieces of it (`crop`) are made smaller and laid on white canvases whose sides are
multiples of the model's factor, so that its processor does not resize them again. All pixels count from the top left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from docproc.core import anyres
from docproc.core.anyres import LEAST_TOKENS, MOST_TOKENS, Layout, Room, Size
from docproc.core.boxes import Box

Policy = Literal["native", "overview", "tiles", "second_look", "textbook"]
Look = Literal["page", "overview", "closeup"]
Pixels = tuple[int, int, int, int]  # x0, y0, x1, y1

MOST_ENLARGED = 2.0  # more shows nothing more
GRIDS = tuple((columns, rows) for rows in range(1, 7) for columns in range(1, 7))
# LLaVA-NeXT's grid_pinpoints in tiles of 336 pixels, and a single tile before them.
TEXTBOOK_GRIDS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1))


@dataclass(frozen=True, slots=True)
class Tiling:
    """How pages are shown. A visual token is `factor` x `factor` pixels of a canvas.

    native: one image, as large as the page is or `page_tokens` allow. overview: one image of at most `overview_tokens`.
    tiles: the overview, and close-ups of at most `tile` pixels a side on the best of `grids`; where the overview shows
    every pixel, that alone. second_look: the overview, and when looked closer what `tiles` shows. textbook: the grid of
    square tiles with the nearest aspect ratio, and an overview of one such tile.

    `page_tokens` bounds all images of a page together, 4 or more; `overview_tokens` is in [4, 16384]. `tile` is rounded
    to whole tokens (down; the textbook's to the nearest), 4 to 128 of them; None is 672, in the textbook 336. `grids`
    are (columns, rows); none given: all up to 6 x 6, in the textbook LLaVA-NeXT's. Neighbouring close-ups share at
    least `overlap` pixels of the page image, in the textbook none. Raises ValueError for numbers out of range.
    """

    policy: Policy = "tiles"
    factor: int = 32
    page_tokens: int = 4096
    overview_tokens: int = 730
    tile: int | None = None
    grids: tuple[tuple[int, int], ...] = ()
    overlap: int = 48

    def __post_init__(self) -> None:
        if self.factor < 1 or self.page_tokens < LEAST_TOKENS or self.overlap < 0:
            raise ValueError(f"factor, page_tokens or overlap too small: {self}")
        if not LEAST_TOKENS <= self.overview_tokens <= MOST_TOKENS:
            raise ValueError(f"overview_tokens {self.overview_tokens} outside of {LEAST_TOKENS} to {MOST_TOKENS}")
        if not 4 <= self.side // self.factor <= 128:
            raise ValueError(f"tile {self.tile}: a side must have 4 to 128 tokens of {self.factor} pixels")
        if any(columns < 1 or rows < 1 for columns, rows in self.grids):
            raise ValueError(f"a grid has at least one column and one row: {self.grids}")

    @property
    def side(self) -> int:
        """Longest side of a close-up's canvas in pixels, a multiple of the factor."""
        if self.policy == "textbook":
            return ((self.tile or 336) + self.factor // 2) // self.factor * self.factor
        return (self.tile or 672) // self.factor * self.factor


@dataclass(frozen=True, slots=True)
class Tile:
    """One image that a model is shown. The image is `canvas` pixels large, white but for `inner`, which shows `crop`.

    `page` counts from 1. `look` is "page" for an image that shows the page as well as it can be shown, "overview" for
    the whole page made smaller, "closeup" for a piece. `turn` is the angle in degrees, clockwise, by which the page
    image was turned first, `frame` its size then, `crop` the piece in pixels of the frame.
    """

    page: int
    look: Look
    turn: int
    frame: Size
    crop: Pixels
    canvas: Size
    inner: Pixels

    def tokens(self, factor: int) -> int:
        """Visual tokens of the image."""
        return self.canvas[0] * self.canvas[1] // factor**2

    @property
    def scale(self) -> float:
        """Canvas pixels per pixel of the page image (along the longer side)."""
        x0, y0, x1, y1 = self.crop
        if x1 - x0 > y1 - y0:
            return (self.inner[2] - self.inner[0]) / (x1 - x0)
        return (self.inner[3] - self.inner[1]) / (y1 - y0)

    def to_page(self, box: Box) -> Box:
        """From pixels of the canvas to fractions of the page image as stored, not turned.

        What lies beyond the shown piece of the page is clamped to its edge, so that the result is in [0, 1].
        """
        x0, x1 = (self._shown(x, 0) for x in (box.x0, box.x1))
        y0, y1 = (self._shown(y, 1) for y in (box.y0, box.y1))
        return _turned(Box(x0, y0, x1, y1), -self.turn)

    def from_page(self, box: Box) -> Box | None:
        """From fractions of the page image as stored to pixels of the canvas: the part of the box that is shown.

        None where the box does not touch the shown piece of the page.
        """
        turned = _turned(box, self.turn)
        spans = []
        for axis in (0, 1):
            low, high = self.crop[axis], self.crop[axis + 2]
            start, end = turned[axis] * self.frame[axis], turned[axis + 2] * self.frame[axis]
            first, last = max(start, low), min(end, high)
            if first > last or (first == last and start < end):
                return None
            left = self.inner[axis]
            scale = (self.inner[axis + 2] - left) / (high - low)
            spans.append((left + (first - low) * scale, left + (last - low) * scale))
        (x0, x1), (y0, y1) = spans
        return Box(x0, y0, x1, y1)

    def _shown(self, at: float, axis: int) -> float:
        """A canvas coordinate as a fraction of the frame."""
        left, right = self.inner[axis], self.inner[axis + 2]
        low, high = self.crop[axis], self.crop[axis + 2]
        inside = min(max(at, left), right)
        return (low + (inside - left) * (high - low) / (right - left)) / self.frame[axis]


def plan(number: int, size: Size, tiling: Tiling, turn: int = 0, closer: bool = False) -> tuple[Tile, ...]:
    """The images that show page `number`, whose stored image has `size` pixels, turned by `turn` degrees clockwise
    (0, 90, 180, 270): the page or its overview, then the close-ups by rows.

    `closer`: an overview and close-ups that are finer than what is shown else, up to twice as large as the page image
    (second_look: up to its size), on any grid; one image of all the page's tokens where only that is finer.

    The page's tokens never exceed `tiling.page_tokens`. Where they are short, first the close-ups get coarser; where
    they would show no more than the overview, the page is one image; only then the overview shrinks.
    """
    frame = size if turn % 180 == 0 else (size[1], size[0])
    sheet = _Sheet(number, turn % 360, frame, tiling)
    shown = sheet.shown()
    return sheet.closer(shown) if closer else shown


def without_blank(tiles: Iterable[Tile], has_ink: Callable[[Tile], bool]) -> tuple[Tile, ...]:
    """The tiles less the close-ups without ink. The page or its overview stays."""
    return tuple(tile for tile in tiles if tile.look != "closeup" or has_ink(tile))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page image that is turned as it shall be shown."""

    number: int
    turn: int
    frame: Size
    tiling: Tiling

    def whole(self, look: Look, tokens: int, limit: float = 1.0) -> Tile:
        """The page in one image of at most `tokens`."""
        fitted = anyres.fit(self.frame, self.tiling.factor, tokens, limit)
        if fitted is None:
            raise ValueError(f"a page cannot be shown in {tokens} tokens")
        if fitted.scale >= 1:
            look = "page"
        return self._tile(look, (0, 0, *self.frame), fitted.canvas, (0, 0, *fitted.inner))

    def overview(self) -> Tile:
        return self.whole("overview", min(self.tiling.overview_tokens, self.tiling.page_tokens))

    def shown(self) -> tuple[Tile, ...]:
        """The page as the policy has it at first."""
        if self.tiling.policy == "tiles":
            return self.tiles(self.tiling.grids or GRIDS)
        if self.tiling.policy == "textbook":
            return self.textbook()
        if self.tiling.policy == "native":
            return (self.whole("page", self.tiling.page_tokens),)
        return (self.overview(),)

    def closer(self, shown: tuple[Tile, ...]) -> tuple[Tile, ...]:
        """The page finer than in `shown`; as it was, where nothing finer fits."""
        grids = self.tiling.grids or GRIDS
        if self.tiling.policy == "second_look":
            return self.tiles(grids)
        finest = max(tile.scale for tile in shown)
        nearer = self.tiles((*grids, *GRIDS), MOST_ENLARGED, finest)
        return nearer if max(tile.scale for tile in nearer) > finest else shown

    def tiles(self, grids: Sequence[tuple[int, int]], limit: float = 1.0, above: float = 0.0) -> tuple[Tile, ...]:
        """Overview and close-ups of up to `limit` times the page image's size.

        One image, where close-ups would show the page no larger than the overview or `above`.
        """
        overview, tiling = self.overview(), self.tiling
        left = tiling.page_tokens - overview.tokens(tiling.factor)
        room = Room(tiling.factor, left, tiling.side, tiling.overlap, limit)
        layout = anyres.best_layout(self.frame, grids, room)
        if layout is None or layout.fit.scale <= max(overview.scale, above):
            return (self.whole("page", tiling.page_tokens, limit),)
        if len(layout.columns) == len(layout.rows) == 1:  # it shows the whole page, and better
            return (self._tile("page", (0, 0, *self.frame), layout.fit.canvas, (0, 0, *layout.fit.inner)),)
        return (overview, *self._closeups(layout))

    def _closeups(self, layout: Layout) -> list[Tile]:
        fitted = layout.fit
        return [
            self._tile("closeup", (x0, y0, x1, y1), fitted.canvas, (0, 0, *fitted.inner))
            for y0, y1 in layout.rows
            for x0, x1 in layout.columns
        ]

    def textbook(self) -> tuple[Tile, ...]:
        """The overview on one square tile, and the page centred on the grid with the nearest aspect ratio."""
        side, tokens = self.tiling.side, (self.tiling.side // self.tiling.factor) ** 2
        if tokens > self.tiling.page_tokens:
            return (self.whole("overview", self.tiling.page_tokens),)
        grids = self.tiling.grids or TEXTBOOK_GRIDS
        affordable = [grid for grid in grids if (grid[0] * grid[1] + 1) * tokens <= self.tiling.page_tokens]
        (overview,) = self._centred("overview", (1, 1), side)
        grid = anyres.nearest_grid(self.frame, affordable) if affordable else (1, 1)
        return (overview,) if grid == (1, 1) else (overview, *self._centred("closeup", grid, side))

    def _centred(self, look: Look, grid: tuple[int, int], side: int) -> list[Tile]:
        scale = min(1.0, *(side * count / length for count, length in zip(grid, self.frame, strict=True)))
        columns, rows = (
            anyres.centred(length, max(1, round(length * scale)), side, count)
            for length, count in zip(self.frame, grid, strict=True)
        )
        return [
            self._tile(look, (x0, y0, x1, y1), (side, side), (left, top, right, bottom))
            for (y0, y1), (top, bottom) in rows
            for (x0, x1), (left, right) in columns
        ]

    def _tile(self, look: Look, crop: Pixels, canvas: Size, inner: Pixels) -> Tile:
        return Tile(self.number, look, self.turn, self.frame, crop, canvas, inner)


def _turned(box: Box, turn: int) -> Box:
    """A box in fractions of an image, in the frame of the image turned clockwise by `turn` degrees."""
    x0, y0, x1, y1 = box
    if turn % 360 == 90:
        return Box(1 - y1, x0, 1 - y0, x1)
    if turn % 360 == 180:
        return Box(1 - x1, 1 - y1, 1 - x0, 1 - y0)
    if turn % 360 == 270:
        return Box(y0, 1 - x1, y1, 1 - x0)
    return box
