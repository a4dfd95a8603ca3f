"""Is there anything on a page image? Ink is what stands out from its surroundings and is larger than a speck."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

# Lengths are for pages drawn at 150 dots per inch and scale with the image.
LONG_SIDE = 1754.0  # pixels of A4
CELL = 8  # pixels: image noise averages out in a cell, the stroke of a letter does not
STEP = 20  # of 255, between a cell and its surroundings
MASS = 30.0  # pixels of full ink that hang together; a speck of 5 x 5 has 25, the slimmest digit of 8 points has 40
PLENTY = 400  # cells with ink: no need to see how they hang together
MARGIN = 0.02  # of a side: what lies wholly in it is the edge of the scanned sheet


def has_ink(image: Image.Image) -> bool:
    """Whether anything is drawn on an image (mode L or RGB) but, at most, specks and the shadow of the sheet's edge."""
    from PIL import ImageChops, ImageFilter, ImageOps, ImageStat  # noqa: PLC0415 - heavy, loaded where it is used

    cell = max(1, round(CELL * max(image.size) / LONG_SIDE))
    if min(image.size) < 4 * cell:
        low, high = image.convert("L").getextrema()
        return bool(high - low > STEP)  # type: ignore[operator]  # one band gives one pair of numbers
    small = image.reduce(cell).convert("L")
    if ImageStat.Stat(small).median[0] < 128:  # light on dark: a page in the negative
        small = ImageOps.invert(small)
    # Darker than its surroundings, not lighter: the paper beside a dark edge is no ink.
    darker = ImageChops.subtract(small.filter(ImageFilter.BoxBlur(6)), small)
    marked = darker.point(lambda level: level if level >= STEP else 0)
    levels = marked.tobytes()
    inked = {at: level for at, level in enumerate(levels) if level}
    return len(inked) > PLENTY or any(_counts(blot, marked.size) for blot in _blots(inked, marked.width))


def _blots(inked: dict[int, int], width: int) -> list[dict[int, int]]:
    """The cells that touch each other, by side or corner, taken together."""
    blots = []
    while inked:
        at, level = inked.popitem()
        blot, reached = {at: level}, [at]
        while reached:
            middle = reached.pop()
            for row in (-width, 0, width):
                for near in (middle + row - 1, middle + row, middle + row + 1):
                    if near in inked:
                        blot[near] = inked.pop(near)
                        reached.append(near)
        blots.append(blot)
    return blots


def _counts(blot: dict[int, int], size: tuple[int, int]) -> bool:
    width, height = size
    if sum(blot.values()) * CELL * CELL / 255 < MASS:
        return False
    return any(
        MARGIN * width <= at % width <= (1 - MARGIN) * width and MARGIN * height <= at // width <= (1 - MARGIN) * height
        for at in blot
    )
