"""From a page image to a `Reading`: lines found, the page's turn and skew told, every line read, words put in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from docproc.core.boxes import Box
from docproc.core.types import Reading, Word
from docproc.engines.ocr.detect import Image, Quad, find_lines
from docproc.engines.ocr.models import Models, open_models
from docproc.engines.ocr.order import ordered
from docproc.engines.ocr.orient import Frame, frame_of, is_tall, page_skew, page_turn, turned
from docproc.engines.ocr.recognise import Line, read_line
from docproc.engines.ocr.rulings import find_ink, find_rules
from docproc.engines.ocr.strays import find_strays

KEEP = 0.5  # a line whose characters are less sure than this on average is noise
STRAY = 0.85  # a lone character that is less sure than this may be dirt
TIGHT = 0.14  # of a line's height: the margin that the detector leaves above and below the letters


class RapidReader:
    """PP-OCR by RapidOCR's models; not for several threads at once. The models load at the first page (about 0.3 s)."""

    def __init__(self, limit_side: int) -> None:
        """Lines are looked for with the image's long side within `limit_side` pixels; they are read at full size."""
        self._limit_side = limit_side

    @cached_property
    def _models(self) -> Models:
        return open_models()

    def read(self, image: Image) -> Reading:
        """The text of a (height, width, 3) BGR image."""
        height, width = image.shape[:2]
        quads = find_lines(self._models.detector, image, self._limit_side)
        page = _Lines(self._models, image, quads)
        turn = page_turn(quads, page.read) if quads else 0
        skew = page_skew(quads, turn)
        frame = frame_of(width, height, turn, skew)
        ink = find_ink(image)
        rules = find_rules(ink, frame.from_page)
        words = [word for index in range(len(quads)) for word in page.words(index, turn, frame)]
        if quads:
            strays = _Lines(self._models, image, find_strays(ink, quads, turn, skew))
            words += strays.single_characters(turn, frame, len(quads))
        return Reading("ocr", ordered(words), frame.width, frame.height, turn, frame.to_page, rules)


class _Lines:
    """The lines of one page; each is read at most once each way."""

    def __init__(self, models: Models, image: Image, quads: Sequence[Quad]) -> None:
        self._models, self._image, self._quads = models, image, quads
        self._read: dict[tuple[int, int], Line] = {}

    def read(self, index: int, turn: int) -> Line:
        """Read a line as if the page were turned by `turn` degrees."""
        if (index, turn) not in self._read:
            self._read[index, turn] = read_line(self._models.recogniser, self._image, turned(self._quads[index], turn))
        return self._read[index, turn]

    def words(self, index: int, turn: int, frame: Frame) -> list[Word]:
        """The words of a line in the upright frame; none where it is noise. Standing lines are tried turned, too."""
        line, way = self.read(index, turn), turn
        if line.confidence < 0.8 and is_tall(turned(self._quads[index], turn)):
            for other in ((turn + 90) % 360, (turn + 270) % 360):
                if self.read(index, other).confidence > line.confidence:
                    line, way = self.read(index, other), other
        if line.confidence < KEEP:
            return []
        quad = turned(self._quads[index], way)
        boxes = [_box(quad, piece.start, piece.end, frame) for piece in line.pieces]
        return [
            Word(
                piece.text, box, piece.confidence, min(box.width, box.height) if way != turn else box.height, line=index
            )
            for piece, box in zip(line.pieces, boxes, strict=True)
        ]

    def single_characters(self, turn: int, frame: Frame, number: int) -> list[Word]:
        """The words of those lines that are one digit beyond doubt, numbered from `number`."""
        found = []
        for index in range(len(self._quads)):
            for word in self.words(index, turn, frame):
                if len(word.text) == 1 and "0" <= word.text <= "9" and word.confidence >= STRAY:
                    found.append(word._replace(line=number + index))
        return found


def _box(quad: Quad, start: float, end: float, frame: Frame) -> Box:
    """The rectangle, in the upright frame, of the part of a line between two fractions of its width."""
    top, bottom = quad[0] + (quad[3] - quad[0]) * TIGHT, quad[3] - (quad[3] - quad[0]) * TIGHT
    along_top, along_bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = [top + along_top * at for at in (start, end)] + [bottom + along_bottom * at for at in (start, end)]
    points = [frame.from_page.point(float(x), float(y)) for x, y in corners]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def decode_image(data: bytes) -> Image:
    """A stored page image as pixels. Raises ValueError where the bytes are no image."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        raise ValueError(f"{len(data)} bytes that are no image")
    return np.asarray(image, dtype=np.uint8)
