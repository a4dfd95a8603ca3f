"""A4 pages at 150 dpi with text on them, drawn without anything but Pillow."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFont

from docproc.core.sizing import A4_INCHES
from docproc.core.types import Page
from docproc.imaging.store import ImageStore

DPI = 150
TEXT = "invoice amount total delivery customer quantity net gross tax payment date number between annual record"


def drawn(images: ImageStore, count: int) -> list[Page]:
    """Pages of other text each, stored as PNG."""
    words = TEXT.split()
    font, chance = ImageFont.load_default(size=20), random.Random(0)
    width, height = (round(side * DPI) for side in A4_INCHES)
    pages = []
    for number in range(1, count + 1):
        image = Image.new("L", (width, height), 255)
        draw = ImageDraw.Draw(image)
        for line in range(52):
            text = " ".join(chance.choices(words, k=11)) + f" {chance.randint(100, 99999) / 100:.2f}"
            draw.text((80, 80 + 30 * line), text, fill=0, font=font)
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=1)
        pages.append(Page("b" * 64, number, images.put(file.getvalue(), ".png"), width, height, DPI))
    return pages
