"""Pages whose truth is known: labelled fields and other lines on a grid of cells, drawn with Pillow's own font.

A page is 384 x 192 pixels, 24 x 6 cells of 16 x 32: two cells are one visual token of a model that takes 32 x 32 pixels
for one. An item (label and value) begins on an even cell and stays within the left or the right half of the page.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from docproc.core.boxes import Box

CELL = (16, 32)
COLUMNS, ROWS = 24, 6
HALF = COLUMNS // 2
SIZE = (COLUMNS * CELL[0], ROWS * CELL[1])
DPI = 150
# No letters that are wider than a cell (M, W), that look like digits (I, O), or of which the instructions consist, so
# that a tokenizer made from these has one token for each of them (D, J, O, P, Y).
LETTERS = "ABCEFGHKLNRSTUVXZ"
LABELS: Mapping[str, str] = {"number": "No: ", "total": "Sum:", "date": "D:", "customer": "For:", "reference": "Ref:"}
_OTHERS = ("Tel:", "Vat:", "Id: ", "Box:", "Fax:", "Act:")
INKED = sorted({*LETTERS, *"0123456789.-:", *"".join([*LABELS.values(), *_OTHERS]).replace(" ", "")})


@dataclass(frozen=True)
class Item:
    """A label and its value at a cell; `key` names the question that it answers, "" for none."""

    key: str
    label: str
    value: str
    row: int
    column: int

    @property
    def text(self) -> str:
        """What is printed."""
        return self.label + self.value

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Where label and value stand, in pixels: left, top, right, bottom."""
        left, top = self.column * CELL[0], self.row * CELL[1]
        return left, top, left + len(self.text) * CELL[0], top + CELL[1]

    @property
    def where(self) -> Box:
        """Where the value stands, in fractions of the page."""
        left, top, right, bottom = self.box
        left += len(self.label) * CELL[0]
        return Box(left / SIZE[0], top / SIZE[1], right / SIZE[0], bottom / SIZE[1])


@dataclass(frozen=True)
class Sheet:
    """What is printed on a page."""

    items: tuple[Item, ...]

    @property
    def truth(self) -> dict[str, str | None]:
        """The printed value of each question, None where the page does not tell."""
        told = {item.key: item.value for item in self.items if item.key}
        return {key: told.get(key) for key in LABELS}

    def item(self, key: str) -> Item:
        """The item that answers a question. Raises StopIteration where there is none."""
        return next(item for item in self.items if item.key == key)

    def with_value(self, key: str, value: str) -> Sheet:
        """The same page with another value of the same length."""
        return Sheet(tuple(replace(item, value=value) if item.key == key else item for item in self.items))

    def without(self, key: str) -> Sheet:
        """The same page with that item erased."""
        return Sheet(tuple(item for item in self.items if item.key != key))


@dataclass(frozen=True)
class Print:
    """How a page is printed and scanned: grey levels of paper and ink, JPEG quality, and how far letters stray."""

    paper: int = 255
    ink: int = 0
    quality: int = 90
    stray: int = 1
    strays: Random = field(default_factory=lambda: Random(0))

    @classmethod
    def drawn(cls, rng: Random) -> Print:
        """Any of them."""
        return cls(rng.randint(232, 255), rng.randint(0, 70), rng.randint(85, 95), 1, rng)


def sheet(rng: Random) -> Sheet:
    """Any page: fields that are there or missing, other lines, one half empty or all of it."""
    if rng.random() < 0.03:
        return Sheet(())
    there = rng.choice((1.0, 0.85, 0.6))
    printed = [(key, LABELS[key], _value(key, rng)) for key in LABELS if rng.random() < there]
    printed += [("", *_other(rng)) for _ in range(rng.randint(0, 3))]
    halves = rng.choice(((0,), (1,))) if rng.random() < 0.12 else (0, 1)
    rng.shuffle(printed)
    slots = [(row, half) for row in range(ROWS) for half in halves]
    rng.shuffle(slots)
    placed: list[Item] = []
    for key, label, value in printed:
        place = _place(len(label + value), slots, placed, rng)
        if place:
            placed.append(Item(key, label, value, *place))
    return Sheet(tuple(placed))


def draw(page: Sheet, look: Print | None = None) -> Image.Image:
    """The page as an RGB image of `SIZE`, after the loss of a JPEG."""
    return Image.open(io.BytesIO(_jpeg(page, look or Print()))).convert("RGB")


def save(page: Sheet, path: Path, look: Print | None = None) -> Path:
    """Write the page as the JPEG file of a scanner (its pixels are those of `draw`)."""
    path.write_bytes(_jpeg(page, look or Print()))
    return path


def cells(page: Sheet) -> list[str]:
    """The page as `ROWS` lines of `COLUMNS` characters."""
    rows = [[" "] * COLUMNS for _ in range(ROWS)]
    for item in page.items:
        rows[item.row][item.column : item.column + len(item.text)] = item.text
    return ["".join(row) for row in rows]


def letters(lines: Sequence[str], look: Print) -> Image.Image:
    """Lines of characters on the grid, before any loss."""
    width = max(map(len, lines)) * CELL[0]
    image = Image.new("L", (width, len(lines) * CELL[1]), look.paper)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter != " ":
                dx, dy = (look.strays.randint(-look.stray, look.stray) for _ in range(2))
                image.paste(look.ink, (column * CELL[0] + dx - 4, row * CELL[1] + dy), _glyph(letter))
    return image


def scanned(image: Image.Image, quality: int) -> bytes:
    """An image as the bytes of a JPEG."""
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=quality, dpi=(DPI, DPI))
    return data.getvalue()


def _jpeg(page: Sheet, look: Print) -> bytes:
    return scanned(letters(cells(page), look), look.quality)


@cache
def _glyph(letter: str) -> Image.Image:
    mask = Image.new("L", (CELL[0] + 8, CELL[1]), 0)
    ImageDraw.Draw(mask).text((4 + CELL[0] // 2, 25), letter, fill=255, font=ImageFont.load_default(24), anchor="ms")
    return mask


def _value(key: str, rng: Random) -> str:
    if key == "number":
        return str(rng.randint(1, 9)) + _digits(rng, rng.randint(3, 6))
    if key == "total":
        return f"{rng.randrange(10 ** rng.randint(1, 4), 10**5) % 10 ** rng.randint(2, 5)}.{_digits(rng, 2)}"
    if key == "date":
        return f"20{rng.randint(10, 39)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if key == "reference":
        return "".join(rng.choices(LETTERS, k=2)) + "-" + _digits(rng, rng.randint(3, 5))
    if rng.random() < 0.5:
        return "".join(rng.choices(LETTERS, k=rng.randint(4, 8)))
    return "".join(rng.choice("BCFGHKLNRSTVXZ") + rng.choice("AEU") for _ in range(4))[: rng.randint(4, 8)]


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _other(rng: Random) -> tuple[str, str]:
    label = rng.choice((*_OTHERS, ""))
    return label, _value(rng.choice(("number", "total", "customer", "reference")), rng)


def _place(width: int, slots: list[tuple[int, int]], placed: list[Item], rng: Random) -> tuple[int, int] | None:
    """Row and even column in the first half row that has room, a blank cell kept to the neighbours."""
    for row, half in list(slots):
        starts = [half * HALF + step for step in range(0, HALF - width + 1, 2)]
        near = [item for item in placed if item.row == row]
        free = [
            start for start in starts if all(start > i.column + len(i.text) or start + width < i.column for i in near)
        ]
        if free:
            slots.remove((row, half))
            return row, rng.choice(free)
    return None
