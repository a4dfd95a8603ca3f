"""What the reader is taught with: pages as the product shows them under each tile policy, and what is to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from docproc.core.questions import Question
from docproc.core.tiles import Tile, Tiling, plan, without_blank
from docproc.imaging.cut import Ink, cut
from docproc.questionsets import load
from tests.truth import page

FACTOR = 32  # pixels along a visual token
PAIR = FACTOR // page.CELL[0]  # characters on it
UNTAUGHT = -100
WIDTHS = (6, 7, 12)  # of its images, in visual tokens
CHUNKS = 5  # visual tokens of the longest value
KEYS = tuple(page.LABELS)
LETTERS = " " + "".join(page.INKED)
# The settings under which each policy shows the reader letters of the size that it knows (16 x 32 pixels).
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "native": {"tiles": "native"},
    "overview": {"tiles": "overview", "overview_tokens": "72"},
    "tiles": {"tiles": "tiles", "overview_tokens": "18", "tile": "224", "overlap": "32"},
    "second_look": {"tiles": "second_look", "overview_tokens": "18", "tile": "224", "overlap": "32"},
    "textbook": {"tiles": "textbook", "tile": "192"},
}
# How often each is shown; "glance" is the overview of the second look, on which nothing can be read.
SHARES = {"native": 0.3, "tiles": 0.4, "textbook": 0.24, "glance": 0.06}

# The number of the image (from 1) and the value's corners x0, y0, x1, y1 in thousandths of it, as Qwen3-VL says them.
Place = tuple[int, tuple[int, int, int, int]]


@dataclass(frozen=True)
class Lesson:
    """One page as it is shown, and its truth.

    `images` are the canvases; `letters` the two characters (indices of `LETTERS`) under each visual token, row by row,
    image by image; `tags` which part of which value a token shows: 1 + question * CHUNKS + part, 0 for none. `spots`
    where on its image it stands: the number of its column, counted on from that of narrower images, and of its row.
    UNTAUGHT where the letters are too small to be taught. `replies` is what is to be said to each of `KEYS`, with the
    place of the value where it is asked for `boxes`; `values` are the values in them.
    """

    images: tuple[Image.Image, ...]
    letters: tuple[tuple[int, int], ...]
    tags: tuple[int, ...]
    spots: tuple[tuple[int, int], ...]
    replies: tuple[str, ...]
    values: tuple[str | None, ...]
    boxes: bool


def questions() -> tuple[Question, ...]:
    """The question set that is asked of the pages, in the order of `KEYS`."""
    named = {question.key: question for question in load("truth", [Path(__file__).parent]).questions}
    return tuple(named[key] for key in KEYS)


def reply(question: Question, value: str | None, place: Place | None = None, boxes: bool = False) -> str:
    """What is to be said: compact JSON in the form of `core.prompts.reply_schema`."""
    quoted = "null" if value is None else f'"{value}"'
    said = {"value": value if value and question.kind == "money" else quoted}
    if question.kind != "string":
        said = {"quote": quoted, **said}
    if boxes:
        image, corners = place or ("null", None)
        said |= {"image": str(image), "bbox_2d": "null" if corners is None else str(list(corners)).replace(" ", "")}
    return "{" + ",".join(f'"{name}":{text}' for name, text in said.items()) + "}"


def tiling(look: str) -> Tiling:
    """The tiling of a policy, or of the glance."""
    given = SETTINGS["second_look" if look == "glance" else look]
    numbers = {name: int(value) for name, value in given.items() if name != "tiles"}
    return Tiling(policy=given["tiles"], factor=FACTOR, **numbers)  # type: ignore[arg-type]  # the table's own words


def show(image: Image.Image, look: str) -> list[tuple[Tile, Image.Image]]:
    """The page image as the product shows it: by the same plan, the same cuts, blank close-ups dropped."""
    tiles = plan(1, image.size, tiling(look), closer=look == "second_look")
    if len(tiles) > 1:
        ink = Ink(image)
        tiles = without_blank(tiles, lambda tile: ink.within(tile.crop))
    return [(tile, cut(image, tile)) for tile in tiles]


def lesson(sheet: page.Sheet, image: Image.Image, look: str, asked: Sequence[Question], boxes: bool = False) -> Lesson:
    """The page under one of `SETTINGS` or as a glance."""
    shown = show(image, look)
    letters: list[tuple[int, int]] = []
    tags: list[int] = []
    spots: list[tuple[int, int]] = []
    for tile, _ in shown:
        taught = _legible(sheet, tile) if tile.scale == 1 else _illegible(tile)
        letters += taught[0]
        tags += taught[1]
        spots += _spots(tile)
    truth = {} if look == "glance" else sheet.truth
    places = _places(sheet, [tile for tile, _ in shown])
    values = tuple(truth.get(ask.key) for ask in asked)
    replies = tuple(reply(ask, value, places.get(ask.key), boxes) for ask, value in zip(asked, values, strict=True))
    return Lesson(
        tuple(picture for _, picture in shown), tuple(letters), tuple(tags), tuple(spots), replies, values, boxes
    )


def any_lesson(rng: Random, asked: Sequence[Question], boxes: bool = False) -> Lesson:
    """Any page under any policy."""
    sheet = page.sheet(rng)
    look = rng.choices(tuple(SHARES), tuple(SHARES.values()))[0]
    return lesson(sheet, page.draw(sheet, page.Print.drawn(rng)), look, asked, boxes)


def letters_lesson(rng: Random) -> Lesson:
    """A page full of any letters, to learn to see with."""
    blank = rng.choice((0.1, 0.5))
    lines = [
        "".join(" " if rng.random() < blank else rng.choice(LETTERS) for _ in range(page.COLUMNS))
        for _ in range(page.ROWS)
    ]
    rows = tuple(page.Item("", "", line, row, 0) for row, line in enumerate(lines))
    sheet = page.Sheet(rows)
    image = page.draw(sheet, page.Print.drawn(rng))
    return lesson(sheet, image, "native", ())


def _legible(sheet: page.Sheet, tile: Tile) -> tuple[list[tuple[int, int]], list[int]]:
    """Letters and tags under the tokens of a tile that shows the page at its own size."""
    lines = page.cells(sheet)
    parts = _parts(sheet, tile)
    letters, tags = [], []
    for y in range(0, tile.canvas[1], FACTOR):
        for x in range(0, tile.canvas[0], FACTOR):
            left, top = x - tile.inner[0] + tile.crop[0], y - tile.inner[1] + tile.crop[1]
            row, column = top // page.CELL[1], left // page.CELL[0]
            pair = lines[row][column : column + PAIR].ljust(PAIR)
            letters.append((LETTERS.index(pair[0]), LETTERS.index(pair[1])))
            tags.append(parts.get((row, column), 0))
    return letters, tags


def _parts(sheet: page.Sheet, tile: Tile) -> dict[tuple[int, int], int]:
    """The tag of each (row, column) at which a part of a value begins, of items that the tile shows whole."""
    parts = {}
    for item in sheet.items:
        left, _, right, _ = item.box
        if item.key and tile.crop[0] <= left and right <= tile.crop[2]:
            start = item.column + len(item.label)
            for part in range((len(item.value) + PAIR - 1) // PAIR):
                parts[item.row, start + part * PAIR] = 1 + KEYS.index(item.key) * CHUNKS + part
    return parts


def _places(sheet: page.Sheet, tiles: Sequence[Tile]) -> dict[str, Place]:
    """Where each value stands: on the first image that shows its item whole and legibly."""
    places: dict[str, Place] = {}
    for number, tile in enumerate(tiles, 1):
        for item in sheet.items:
            left, _, right, _ = item.box
            whole = tile.scale == 1 and tile.crop[0] <= left and right <= tile.crop[2]
            shown = tile.from_page(item.where) if whole else None
            if item.key and item.key not in places and shown:
                width, height = tile.canvas
                corners = (shown.x0 / width, shown.y0 / height, shown.x1 / width, shown.y1 / height)
                x0, y0, x1, y1 = (round(corner * 1000) for corner in corners)
                places[item.key] = number, (x0, y0, x1, y1)
    return places


def _spots(tile: Tile) -> list[tuple[int, int]]:
    columns, rows = tile.canvas[0] // FACTOR, tile.canvas[1] // FACTOR
    if tile.scale != 1:
        return [(UNTAUGHT, UNTAUGHT)] * (columns * rows)
    first = sum(width for width in WIDTHS if width < columns)
    return [(first + column, row) for row in range(rows) for column in range(columns)]


def _illegible(tile: Tile) -> tuple[list[tuple[int, int]], list[int]]:
    tokens = tile.tokens(FACTOR)
    return [(UNTAUGHT, UNTAUGHT)] * tokens, [0] * tokens
