"""The picture of a chart, taken apart: paper, letters, filled shapes by colour, thin strokes.

A colour is a triple of 0…255 in RGB; all arrays have the picture's height and width; lengths are in its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docproc.core.boxes import Box
from docproc.core.types import Reading, Word

Mask = NDArray[np.uint8]
LONG = 1200.0  # pixels of the long side that shapes are looked for in
THICK = 5  # pixels: a stroke of this width and more is a filled shape
_NEAR = 22  # the largest difference in one channel within a colour
_FIVE = np.arange(1 << 15)
_STEPS = np.stack([(_FIVE >> 10) * 8 + 4, ((_FIVE >> 5) & 31) * 8 + 4, (_FIVE & 31) * 8 + 4], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Part:
    """A connected piece of one colour: its box, its area in pixels, its index among the colours, its greatest width."""

    box: Box
    area: int
    colour: int
    thickness: float = 0.0

    @property
    def extent(self) -> float:
        """The share of its box that it fills, in [0, 1]: 1 for an upright rectangle, 0.79 for a disc."""
        return self.area / max(1.0, self.box.area)


class Scene:
    """A picture with its words, scaled so that its long side is `LONG` pixels at most."""

    def __init__(self, pixels: NDArray[np.uint8], words: Sequence[Word]) -> None:
        high, wide = pixels.shape[:2]
        self.scale = min(1.0, LONG / max(high, wide))
        size = (max(1, round(wide * self.scale)), max(1, round(high * self.scale)))
        self.pixels: Any = cv2.resize(pixels[:, :, :3], size, interpolation=cv2.INTER_AREA)
        self.width, self.height = size
        self.words = [word._replace(box=_scaled(word.box, self.scale)) for word in words]

    @cached_property
    def papers(self) -> list[Any]:
        """The colours of the background: that of the picture's rim, and that of the plot area where it has its own."""
        edge = max(2, round(0.012 * min(self.width, self.height)))
        rim = np.ones((self.height, self.width), bool)
        rim[edge:-edge, edge:-edge] = False
        keys = self._keys
        found = [self._mean(keys == int(np.bincount(keys[rim.reshape(-1)]).argmax()))]
        counts = np.bincount(keys, minlength=1 << 15)
        for key in np.argsort(counts)[::-1][:4].tolist():
            colour = self._mean(keys == key)
            plain = int(colour.max()) - int(colour.min()) < 24 and np.abs(colour - found[0]).max() > 4
            if counts[key] > 0.12 * len(keys) and plain and self._behind(colour):
                found.append(colour)
        return found

    @cached_property
    def _keys(self) -> Any:
        small = (self.pixels >> 3).reshape(-1, 3).astype(np.int32)
        return (small[:, 0] << 10) | (small[:, 1] << 5) | small[:, 2]

    def _mean(self, chosen: Any) -> Any:
        return self.pixels.reshape(-1, 3)[chosen].mean(axis=0)

    def _behind(self, colour: Any) -> bool:
        """Whether a colour lies behind much of the picture: its box is large, and it is as light or dark as paper."""
        mask = self.near(colour)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        large = (rows[-1] - rows[0]) > 0.5 * self.height and (columns[-1] - columns[0]) > 0.5 * self.width
        level = float(np.mean(colour))
        return large and (level > 215 or level < 45)

    def near(self, colour: Any, most: int = _NEAR) -> Mask:
        """1 where a pixel has nearly that colour; colours are told apart in steps of 8."""
        table = (np.abs(_STEPS - np.asarray(colour)).max(axis=1) <= most).astype(np.uint8)
        return np.asarray(table[self._keys].reshape(self.height, self.width), np.uint8)

    @cached_property
    def letters(self) -> Mask:
        """1 where words stand."""
        mask = np.zeros((self.height, self.width), np.uint8)
        for word in self.words:
            x0, y0, x1, y1 = (round(v) for v in word.box)
            mask[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = 1
        return mask

    @cached_property
    def ink(self) -> Mask:
        """1 where something is drawn, letters included."""
        paper = np.zeros((self.height, self.width), np.uint8)
        for colour in self.papers:
            paper |= self.near(colour, 26)
        return (1 - paper).astype(np.uint8)

    @cached_property
    def strong(self) -> Mask:
        """1 in ink that stands out clearly: without the pale lines of a grid."""
        paper = np.zeros((self.height, self.width), np.uint8)
        for colour in self.papers:
            paper |= self.near(colour, 110)
        return (1 - paper).astype(np.uint8)

    @cached_property
    def thick(self) -> Mask:
        """1 in filled shapes: ink that is `THICK` pixels wide and more."""
        return np.asarray(cv2.morphologyEx(self.ink, cv2.MORPH_OPEN, np.ones((THICK, THICK), np.uint8)), np.uint8)

    @cached_property
    def colours(self) -> list[Any]:
        """The colours of the filled shapes, the commonest first."""
        inside = self.thick.astype(bool) & ~self.letters.astype(bool)
        pixels = self.pixels[inside]
        if len(pixels) == 0:
            return []
        keys = self._keys[inside.reshape(-1)]
        counts = np.bincount(keys, minlength=1 << 15)
        found: list[Any] = []
        for key in np.argsort(counts)[::-1][:60].tolist():
            if counts[key] < max(40, 0.0002 * self.width * self.height) or len(found) >= 24:
                break
            colour = pixels[keys == key].mean(axis=0)
            if all(np.abs(colour - other).max() > _NEAR for other in found):
                found.append(colour)
        return found

    @cached_property
    def parts(self) -> list[Part]:
        """The filled shapes, colour by colour; lines of up to four pixels across a shape do not cut it."""
        found: list[Part] = []
        least = max(30.0, 0.00012 * self.width * self.height)
        for index, colour in enumerate(self.colours):
            mask = self.near(colour) & self.ink
            bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) & self.ink
            solid = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
            _, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
            inner = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
            for x, y, wide, high, area in stats[1:].tolist():
                if area >= least and min(wide, high) >= THICK:
                    thickness = 2.0 * float(inner[y : y + high, x : x + wide].max())
                    found.append(Part(Box(x, y, x + wide, y + high), area, index, thickness))
        return found

    @cached_property
    def bodies(self) -> Mask:
        """1 in the filled shapes in their own colours: what is drawn across a shape is left out."""
        mask = np.zeros((self.height, self.width), np.uint8)
        for index, colour in enumerate(self.colours):
            own = self.near(colour)
            for part in self.parts:
                if part.colour == index and not self._mark(part):
                    x0, y0, x1, y1 = (int(v) for v in part.box)
                    mask[y0:y1, x0:x1] |= own[y0:y1, x0:x1]
        return mask

    def _mark(self, part: Part) -> bool:
        """Whether a part is a mark on a curve, or a thick curve itself, and not the body of something."""
        side = min(self.width, self.height)
        small = max(part.box.width, part.box.height) <= 0.035 * side
        slender = part.thickness < (0.018 if part.extent > 0.25 else 0.04) * side
        return small or (part.extent < 0.6 and slender)

    @cached_property
    def strokes(self) -> Mask:
        """1 in thin lines that are neither letters, filled shapes nor their rims, nor axes, frames and grids."""
        rims = cv2.dilate(self.bodies, np.ones((3, 3), np.uint8))
        inside = cv2.erode(cv2.morphologyEx(self.bodies, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), np.ones((5, 5)))
        covered = np.where(inside > 0, self.bodies, rims)
        return np.asarray(self.ink & (1 - covered) & (1 - self.letters) & (1 - self.straight), np.uint8)

    @cached_property
    def straight(self) -> Mask:
        """1 on axes, frames and grid lines, drawn through or dashed."""
        thin = self.ink & (1 - self.bodies)
        grey, vivid = self._runs(thin & (1 - self.vivid)), self._runs(thin & self.vivid)
        fat = np.ones((3, 3), np.uint8)
        # Where a coloured curve crosses a grey line, the curve stays.
        return np.asarray((cv2.dilate(grey, fat) & (1 - self.vivid)) | cv2.dilate(vivid, fat), np.uint8)

    def _runs(self, thin: Mask) -> Mask:
        """The part of a mask that lies on level or upright lines, of dashes or whole."""
        mask = np.zeros((self.height, self.width), np.uint8)
        gap = max(9, round(0.012 * max(self.width, self.height)))
        for dashes, run in (((1, gap), (1, round(0.08 * self.width))), ((gap, 1), (round(0.08 * self.height), 1))):
            closed = cv2.morphologyEx(thin, cv2.MORPH_CLOSE, np.ones(dashes, np.uint8))
            mask |= np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones(run, np.uint8)), np.uint8) & thin
        return mask

    @cached_property
    def vivid(self) -> Mask:
        """1 where a pixel has a colour, and is not a shade of grey."""
        return np.asarray(self.pixels.max(axis=2).astype(int) - self.pixels.min(axis=2) > 70, np.uint8)

    @cached_property
    def faint(self) -> Mask:
        """1 in thin lines of any contrast: where a pixel differs from the middle of its surroundings."""
        grey = cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY)
        away = np.abs(grey.astype(np.int16) - cv2.medianBlur(grey, 11).astype(np.int16))
        return np.asarray((away > 7) & (self.letters == 0), np.uint8)


def _scaled(box: Box, by: float) -> Box:
    return Box(box.x0 * by, box.y0 * by, box.x1 * by, box.y1 * by)


def straightened(pixels: NDArray[np.uint8], reading: Reading) -> tuple[NDArray[np.uint8], list[Word]]:
    """A page image as displayed and the words of its reading, both turned upright by whole quarters of a turn.

    The reading's skew is left out: on a picture with few words it is a guess, and lines that are level in the picture
    must stay level.
    """
    turned = np.ascontiguousarray(np.rot90(pixels, reading.turn // 90))
    high, wide = pixels.shape[:2]
    words = []
    for word in reading.words:
        x0, y0, x1, y1 = reading.to_page.box(word.box)
        box = {
            0: Box(x0, y0, x1, y1),
            90: Box(y0, wide - x1, y1, wide - x0),
            180: Box(wide - x1, high - y1, wide - x0, high - y0),
            270: Box(high - y1, x0, high - y0, x1),
        }[reading.turn]
        words.append(word._replace(box=box))
    return turned, words
