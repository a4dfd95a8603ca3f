"""Cutting what a tile shows out of a page image, and seeing where on the page there is ink."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from docproc.core.tiles import Tile

# Lengths are for pages drawn at 150 dots per inch and scale with the image, as in `imaging.ink`.
LONG_SIDE = 1754.0  # pixels of A4
CELL = 8  # pixels: image noise averages out in a cell, the stroke of a letter does not
STEP = 8  # of 255, between a cell and its surroundings
MASS = 5.0  # pixels of full ink within 3 x 3 cells: a thin "1" of 8 points in pale grey has 8, a speck of 2 x 2 has 4
SURROUNDINGS = 6  # cells on each side


def turned(image: Image.Image, turn: int) -> Image.Image:
    """The image turned by `turn` degrees clockwise (0, 90, 180, 270), pixel by pixel; in mode L or RGB."""
    from PIL import Image  # noqa: PLC0415 - heavy, loaded where it is used

    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    quarter = {
        90: Image.Transpose.ROTATE_270,  # Pillow turns the other way round
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_90,
    }.get(turn % 360)
    return image if quarter is None else image.transpose(quarter)


def cut(image: Image.Image, tile: Tile) -> Image.Image:
    """What `tile` shows of the page image, which has been turned by `tile.turn`: RGB, `tile.canvas` pixels.

    Pixels are copied where the scale is 1, else resampled (Lanczos; averaged first where much smaller).
    """
    from PIL import Image  # noqa: PLC0415

    left, top, right, bottom = tile.inner
    size = (right - left, bottom - top)
    if size == (tile.crop[2] - tile.crop[0], tile.crop[3] - tile.crop[1]):
        piece = image.crop(tile.crop)
    else:
        piece = image.resize(size, Image.Resampling.LANCZOS, box=tile.crop, reducing_gap=3.0)
    if size != tile.canvas:
        canvas = Image.new(piece.mode, tile.canvas, "white")
        canvas.paste(piece, (left, top))
        piece = canvas
    return piece.convert("RGB")


class Ink:
    """Where on a page image there is ink: anything that stands out, darker or lighter, but single specks."""

    def __init__(self, image: Image.Image) -> None:
        """`image` is in mode L or RGB."""
        from PIL import ImageChops, ImageFilter  # noqa: PLC0415

        self._cell = max(1, round(CELL * max(image.size) / LONG_SIDE))
        small = image.reduce(self._cell)
        apart = ImageChops.difference(small, small.filter(ImageFilter.BoxBlur(SURROUNDINGS)))
        bands = apart.split()
        most = bands[0]
        for band in bands[1:]:
            most = ImageChops.lighter(most, band)
        marked = most.point([level if level >= STEP else 0 for level in range(256)])
        # The mean of 3 x 3 cells: its sum is the ink that they hold.
        self._mass = marked.filter(ImageFilter.BoxBlur(1))
        self._least = MASS * 255 / CELL**2 / 9

    def within(self, crop: tuple[int, int, int, int]) -> bool:
        """Whether there is ink in a piece of the page; in doubt there is."""
        x0, y0, x1, y1 = (length / self._cell for length in crop)
        width, height = self._mass.size
        box = (int(x0), int(y0), min(width, int(x1) + 1), min(height, int(y1) + 1))
        _low, high = self._mass.crop(box).getextrema()
        return bool(high >= self._least)  # type: ignore[operator]  # one band gives one pair of numbers
