"""Pages that are shown to small models, and what is asked of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from docproc.core.questions import Column, Question
from docproc.core.types import Completion, Page, Prompt
from docproc.engines.qwen import QwenEngine, create
from docproc.imaging.store import ImageStore

ASKS = (
    Question("number", "What is the invoice number?", "string"),
    Question("date", "Date?", "date"),
    Question("total", "What is the total amount on this page, with the currency?", "money"),
    Question("items", "List the items", "table", columns=(Column("name", "string"), Column("sum", "money"))),
    Question("signed", "Is it signed?", "boolean"),
    Question("text", "Transcribe all text of the page.", "text"),
)
# Little to see and little to say, so that a test takes a second.
SMALL = {"page_tokens": "600", "overview_tokens": "100", "tile": "160", "max_new_tokens": "20", "device": "cpu"}


def page(images: ImageStore, number: int, size: tuple[int, int] = (620, 877)) -> Page:
    """A page with `number` + 3 lines of text."""
    image = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=28)
    for line in range(number + 3):
        draw.text((40, 40 + 60 * line), f"Invoice No {number * 4711 + line} total {number}.50", fill="black", font=font)
    data = io.BytesIO()
    image.save(data, "PNG")
    return Page("a" * 64, number, images.put(data.getvalue(), ".png"), *size, 150)


def mixed(images: ImageStore) -> list[Prompt]:
    """Prompts that differ in the size and number of pages and tiles, and in the number and length of asks."""
    return [
        Prompt((page(images, 1),), ASKS),
        Prompt((page(images, 2, (400, 300)),), ASKS[:2]),
        Prompt((page(images, 3), page(images, 4, (300, 500))), ASKS[2:5]),
        Prompt((page(images, 5, (900, 500)),), ASKS[1:]),
    ]


def engine(model: Path, images: ImageStore, **settings: str) -> QwenEngine:
    return create({"model": str(model), **SMALL, **settings}, images)


def said(model: Path, images: ImageStore, prompts: Sequence[Prompt], **settings: str) -> list[Completion]:
    """What an engine that is made for it alone says to the prompts."""
    made = engine(model, images, **settings)
    try:
        return made.complete(prompts)
    finally:
        made.close()


def texts(completions: Sequence[Completion]) -> list[list[str]]:
    return [[reply.text for reply in completion.replies] for completion in completions]
