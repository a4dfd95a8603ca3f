"""Page images with known text, drawn in code."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pymupdf

from docproc.core.boxes import Box
from docproc.engines.ocr.detect import Image

DPI = 150
LETTER = [
    "Northern Harbour Supplies Ltd",
    "Invoice number INV-20417",
    "Invoice date 14 March 2023",
    "Please send the goods to the warehouse behind the old station",
    "and ring the bell before you open the gate to the yard.",
    "Copper pipe, 15 mm                         12        84.60",
    "Brass fitting, straight                         40      118.00",
    "Delivery                                                1        9.50",
    "Total amount due                                        212.10",
]
QUARTERS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def printed(lines: Sequence[str] = LETTER, size: float = 11, boxes: Sequence[Box] = ()) -> Image:
    """An A5 page at 150 dpi with these lines of Helvetica and these rectangles (in pixels)."""
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=595)
        for i, line in enumerate(lines):
            page.insert_text((45, 70 + 2.2 * size * i), line, fontsize=size, fontname="helv")
        for box in boxes:
            page.draw_rect(pymupdf.Rect(*(side * 72 / DPI for side in box)), width=0.8)
        pixels = page.get_pixmap(dpi=DPI, alpha=False)
        return np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)[:, :, ::-1].copy()


def turned(image: Image, turn: int) -> Image:
    """Turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.asarray(cv2.rotate(image, QUARTERS[turn]), dtype=np.uint8) if turn else image


def skewed(image: Image, degrees: float) -> Image:
    """Turned clockwise by a few degrees, on white, its corners cut off."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return np.asarray(cv2.warpAffine(image, turn, (width, height), borderValue=(255, 255, 255)), dtype=np.uint8)


def png(image: Image) -> bytes:
    """The image as a PNG file."""
    return bytes(cv2.imencode(".png", image)[1])
