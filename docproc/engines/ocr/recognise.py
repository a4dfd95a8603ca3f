"""Reading one line of text: its words, each with the stretch of the line that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docproc.engines.ocr.detect import Image, Quad
from docproc.engines.ocr.models import Recogniser

HEIGHT = 48  # pixels: the height of a line that the recogniser was taught on
STEP = 8  # pixels of width per column of its output
MARGIN = 0.05  # of a line's height, added above and below: a tenth less width to read at the same accuracy
LEAST = 16  # pixels: the narrowest line it takes
SPACE = 0.2  # probability of a space between two characters from which there is one, though the blank is likelier


class Piece(NamedTuple):
    """A word of a line: `start` and `end` are fractions of the line's width, `confidence` is in [0, 1]."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says; `confidence` is the mean over its characters, 0 where nothing was read."""

    pieces: tuple[Piece, ...] = ()
    confidence: float = 0.0

    @property
    def letters(self) -> int:
        """How many characters were read."""
        return sum(len(piece.text) for piece in self.pieces)


def read_line(recogniser: Recogniser, image: Image, quad: Quad) -> Line:
    """Read the text between four corners: where its top edge begins, where that ends, then the bottom edge back."""
    tensor = (_strip(image, quad).astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None]
    session = recogniser.session
    columns = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(tensor)})[0][0]
    return decode(columns, recogniser.characters, tensor.shape[3] / STEP)


def _strip(image: Image, quad: Quad) -> Image:
    """The line cut out, turned level and brought to `HEIGHT`."""
    width, height = line_size(quad)
    margin = (quad[3] - quad[0]) * MARGIN
    quad = quad + np.array([-margin, -margin, margin, margin])
    height *= 1 + 2 * MARGIN
    wide = max(LEAST, ceil(width * HEIGHT / max(1.0, height)))
    big = height > HEIGHT * 1.3  # shrinking in the warp itself would skip pixels
    size = (round(width), round(height)) if big else (wide, HEIGHT)
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    strip: Image = cv2.warpPerspective(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(strip, (wide, HEIGHT), interpolation=cv2.INTER_AREA) if big else strip


def line_size(quad: Quad) -> tuple[float, float]:
    """Width and height of a quad in pixels, along and across the text."""
    top, right, bottom, left = (float(np.hypot(*(quad[(i + 1) % 4] - quad[i]))) for i in range(4))
    return max(top, bottom), max(left, right)


def decode(columns: NDArray[np.float32], characters: tuple[str, ...], length: float) -> Line:
    """Read the recogniser's output, (columns, classes) probabilities; `length` is the line's width in columns.

    Greedy CTC: a class that repeats counts once, the blank (class 0) not at all. PP-OCR tends to drop the spaces of
    Latin text, so a space is also where its probability is high between two characters, or where the gap is wide.
    """
    best = columns.argmax(axis=1)
    first = np.flatnonzero((best != 0) & np.concatenate(([True], best[1:] != best[:-1])))
    if len(first) == 0:
        return Line()
    sure = columns[first, best[first]]
    blank = len(characters) - 1
    text = [characters[index] for index in best[first]]
    pitch = float(np.median(np.diff(first))) if len(first) > 2 else 2.0
    words: list[list[int]] = [[]]
    for i, char in enumerate(text):
        if char.isspace():
            words.append([])
            continue
        if words[-1]:
            before = int(first[words[-1][-1]])
            between = columns[before + 1 : first[i], blank]
            if (len(between) and float(between.max()) >= SPACE) or first[i] - before >= 5 * pitch + 2:
                words.append([])
        words[-1].append(i)
    kept = [i for word in words for i in word]
    pieces = tuple(_piece(word, text, first, sure, (pitch, length)) for word in words if word)
    return Line(pieces, float(sure[kept].mean()) if kept else 0.0)


def _piece(
    word: list[int], text: list[str], first: NDArray[np.intp], sure: NDArray[np.float32], scale: tuple[float, float]
) -> Piece:
    """The word of these characters; a character reaches half the usual distance to its neighbours either side."""
    pitch, length = scale
    start = (float(first[word[0]]) + 0.5 - pitch * 0.6) / length
    end = (float(first[word[-1]]) + 0.5 + pitch * 0.6) / length
    chars = "".join(text[i] for i in word)
    return Piece(chars, min(max(start, 0.0), 1.0), min(max(end, 0.0), 1.0), float(sure[word].mean()))
