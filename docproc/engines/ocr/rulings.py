"""Ruling lines of a page image: the thin straight lines of tables and forms."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from docproc.core.boxes import Affine, Box
from docproc.engines.ocr.detect import Image

LONG = 0.03  # of the image's long side: shorter strokes are letters
THIN = 0.006  # of the image's long side: thicker ones are bars and pictures
MOST = 400  # more than these are a texture, not a table


def find_ink(image: Image) -> NDArray[np.uint8]:
    """The mask, (height, width), of pixels darker than what surrounds them: 255 for ink, else 0."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 12)
    return np.asarray(ink, dtype=np.uint8)


def find_rules(ink: NDArray[np.uint8], from_page: Affine) -> tuple[Box, ...]:
    """Horizontal and vertical rules, in the upright frame. Rules that lean by more than a degree or two are missed."""
    side = max(ink.shape)
    length, thick = max(20, round(side * LONG)), max(4, round(side * THIN))
    boxes = []
    for shape in ((length, 1), (1, length)):
        strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((shape[1], shape[0]), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
        for x, y, width, height, _ in stats[1:].tolist():
            if min(width, height) <= thick:
                boxes.append(from_page.box(Box(x, y, x + width, y + height)))
    return tuple(sorted(boxes, key=lambda box: (box.y0, box.x0))) if len(boxes) <= MOST else ()
