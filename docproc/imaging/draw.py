"""A page with the boxes of its answers on it, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from docproc.core.boxes import Box

if TYPE_CHECKING:
    from PIL import Image, ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

# Dark enough for white letters; told apart without telling red from green (after Okabe and Ito, darkened).
COLOURS = ("#0072b2", "#b34700", "#00694e", "#8f3d75", "#7a6000", "#1f5f8b", "#a3154f", "#4b4b4b")
LETTERS = 1 / 75  # height of a label, as a share of the page's longer side
SMALLEST = 11  # pixels: below, letters cannot be read
TINT = 48  # of 255: how much a box is filled
INK = 140  # of 255: darker pixels are writing
WRITING = 3.0  # a pixel of writing hidden counts like so many of another box: letters are mostly paper

Label = tuple[str, Box, float]


def draw(image_path: Path, labelled: Sequence[Label], out_path: Path, longest: int | None = None) -> None:
    """Write the page image with a frame per box and a label per key to `out_path`, a PNG; its longer side has at most
    `longest` pixels.

    `labelled` holds (key, box in fractions of the page, confidence in [0, 1]). Boxes of one key share a colour, and the
    first of them has its label: a table's cells need not all say so.
    """
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - a heavy library, loaded where it is used

    with Image.open(image_path, formats=("JPEG", "PNG")) as stored:
        if longest is not None:
            stored.thumbnail((longest, longest))
        page = stored.convert("RGBA")
    height = max(SMALLEST, round(max(page.size) * LETTERS))
    font = ImageFont.load_default(height)
    keys = list(dict.fromkeys(key for key, _, _ in labelled))
    colour = {key: COLOURS[at % len(COLOURS)] for at, key in enumerate(keys)}
    tint = Image.new("RGBA", page.size)
    veil = ImageDraw.Draw(tint)
    written = page.convert("L").point(lambda level: level < INK and 255)
    first = {key: box for key, box, _ in reversed(labelled)}
    # Large boxes first: a value within a table must not vanish below the table's own.
    labelled = sorted(labelled, key=lambda label: -label[1].area)
    boxes = [_pixels(box, page.size) for _, box, _ in labelled]
    for (key, _, _), box in zip(labelled, boxes, strict=True):
        veil.rectangle(box, fill=(*_channels(colour[key]), TINT), outline=colour[key], width=max(2, height // 8))
    page = Image.alpha_composite(page, tint)
    pen = ImageDraw.Draw(page)
    taken: list[Box] = []
    for (key, fractions, confidence), box in zip(labelled, boxes, strict=True):
        if fractions != first[key]:
            continue
        text = f"{key} {confidence:.0%}"
        obstacles = [*taken, *(other for other in boxes if other != box)]
        place = _free(box, _extent(pen, text, font), written, obstacles)
        taken.append(place)
        pen.rectangle(place, fill=colour[key])
        pen.text((place.x0 + height // 4, place.cy), text, fill="white", font=font, anchor="lm")
    page.convert("RGB").save(out_path, "PNG")


def _pixels(box: Box, size: tuple[int, int]) -> Box:
    """The box in pixels, a little wider than the text that it holds, and never smaller than can be seen."""
    width, height = size
    air = max(2.0, max(size) / 600)
    return Box(
        max(0.0, box.x0 * width - air),
        max(0.0, box.y0 * height - air),
        min(width - 1.0, max(box.x0, box.x1) * width + air),
        min(height - 1.0, max(box.y0, box.y1) * height + air),
    )


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _extent(pen: ImageDraw.ImageDraw, text: str, font: FreeTypeFont | ImageFont) -> tuple[float, float]:
    """Width and height of a label."""
    letters = pen.textbbox((0, 0), text or " ", font=font)
    tall = pen.textbbox((0, 0), "Ag", font=font)[3]
    return letters[2] + tall / 2, tall * 1.25


def _free(box: Box, extent: tuple[float, float], written: Image.Image, obstacles: Sequence[Box]) -> Box:
    """Where a label hides least: above its box, below, to the right, to the left, inside; always on the page."""
    wide, high = extent
    corners = (
        (box.x0, box.y0 - high),
        (box.x0, box.y1),
        (box.x1, box.cy - high / 2),
        (box.x0 - wide, box.cy - high / 2),
        (box.x1 - wide, box.y0 - high),
        (box.x0, box.y0 - 2.2 * high),
        (box.x0, box.y1 + 1.2 * high),
        (box.x0, box.y0),
    )
    places = []
    for x, y in corners:
        left = min(max(0.0, x), max(0.0, written.width - wide))
        top = min(max(0.0, y), max(0.0, written.height - high))
        places.append(Box(left, top, left + wide, top + high))
    hidden = [
        sum(place.intersection(other) for other in obstacles)
        + place.intersection(box) / 2
        + WRITING * _ink(written, place)
        for place in places
    ]
    return places[hidden.index(min(hidden))]


def _ink(written: Image.Image, place: Box) -> float:
    """Pixels of writing in a place."""
    piece = written.crop((int(place.x0), int(place.y0), round(place.x1), round(place.y1)))
    return float(piece.histogram()[255])
