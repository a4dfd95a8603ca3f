"""What a renderer makes of a page before it is stored, and the two renderers' common interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from docproc.core.boxes import Affine, Box
from docproc.core.types import Reading, Word
from docproc.imaging.values import RenderSettings

if TYPE_CHECKING:
    from PIL import Image

JPEG_SIDE = 65_000  # pixels; the format ends at 65,535
Direction = tuple[int, int]
TURNS: Mapping[Direction, int] = {
    (1, 0): 0,
    (0, 1): 90,
    (-1, 0): 180,
    (0, -1): 270,
}  # direction of writing on the page, y downwards


@dataclass(slots=True)
class Written:
    """The visible words of a page, in pixels of the page image, and how many characters run in each direction.

    A direction is the unit vector of writing, y downwards, rounded to an axis.
    """

    words: list[Word] = field(default_factory=list)
    characters: dict[Direction, int] = field(default_factory=lambda: dict.fromkeys(TURNS, 0))


@dataclass(slots=True)
class Drawn:
    """A page as pixels (mode RGB or L). `busy`: the page's content draws something, be it only white on white.

    `as_is` is the input's own file, with its suffix, where that can be stored unchanged.
    """

    image: Image.Image
    dpi: float
    downscaled: bool = False
    layer: Reading | None = None
    picture: float = 0.0
    busy: bool = False
    warnings: tuple[str, ...] = ()
    as_is: tuple[bytes, str] | None = None


@dataclass(slots=True)
class Facts:
    """What a renderer says of a document that it has opened."""

    page_count: int
    repaired: bool = False
    warnings: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """A library that opens documents. It keeps the last ones open, so that pages in a row cost no opening."""

    def facts(self, path: Path, password: str | None) -> Facts:
        """Raises Rejected."""

    def draw(self, path: Path, number: int, settings: RenderSettings) -> Drawn:
        """Page `number`, counted from 1. Raises PageFailed."""

    def close(self) -> None:
        """Let go of all documents; the next call opens them again."""


def resolution(width: float, height: float, settings: RenderSettings) -> tuple[float, bool]:
    """The dots per inch for a page of that size in inches, and whether they had to be lowered to keep the limits."""
    dpi = settings.dpi
    side = min(settings.max_inches * dpi, JPEG_SIDE)
    pixels = max(width, 1e-6) * max(height, 1e-6) * dpi * dpi
    factor = min(1.0, side / (max(width, height, 1e-6) * dpi), sqrt(settings.max_pixels / pixels))
    # Rounding up to whole pixels must not break the limit again.
    return (dpi, False) if factor == 1.0 else (dpi * factor * 0.9999, True)


def axis(x: float, y: float) -> Direction:
    """The direction of writing, rounded to an axis."""
    if abs(x) >= abs(y):
        return (1, 0) if x > 0 else (-1, 0)
    return (0, 1) if y > 0 else (0, -1)


def reading(written: Written, width: int, height: int, rules: Sequence[Box]) -> Reading | None:
    """The layer in its upright frame: the direction in which most characters run decides what is upright."""
    if not written.words:
        return None
    characters = written.characters
    turn = TURNS[max(characters, key=lambda direction: characters[direction])]
    if turn == 0:
        return Reading("layer", tuple(written.words), float(width), float(height), rules=tuple(rules))
    to_page, to_upright = frames(turn, width, height)
    turned = tuple([word._replace(box=to_upright.box(word.box)) for word in written.words])
    upright_size = (width, height) if turn == 180 else (height, width)
    straight = tuple(to_upright.box(rule) for rule in rules)
    return Reading("layer", turned, float(upright_size[0]), float(upright_size[1]), turn, to_page, straight)


def frames(turn: int, width: float, height: float) -> tuple[Affine, Affine]:
    """(upright → page, page → upright) for a page image of that size, its text turned clockwise by `turn` degrees."""
    if turn == 90:
        return Affine(0, -1, width, 1, 0, 0), Affine(0, 1, 0, -1, 0, width)
    if turn == 180:
        half = Affine(-1, 0, width, 0, -1, height)
        return half, half
    if turn == 270:
        return Affine(0, 1, 0, -1, 0, height), Affine(0, -1, height, 1, 0, 0)
    return Affine(), Affine()
