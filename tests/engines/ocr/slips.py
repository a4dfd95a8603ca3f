"""Receipts made in code from the layouts of a file, with what they tell."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from docproc.core.boxes import Box
from docproc.core.types import Page, Reading, Word
from docproc.engines.ocr.view import View

WIDTH, SIZE = 600, 20.0


class Layout(NamedTuple):
    """A made-up paper: the lines to draw, and what they tell by key, None for what they do not."""

    name: str
    text: str
    truth: dict[str, str | None]


def layouts(file: str) -> list[Layout]:
    """The papers of a file in the folder `layouts`: "=== name", lines "key: value", "---", then the lines to draw."""
    found = []
    for part in (Path(__file__).parent / "layouts" / file).read_text("utf-8").split("=== ")[1:]:
        head, _, text = part.partition("\n---\n")
        name, *facts = head.split("\n")
        pairs = (fact.partition(":") for fact in facts)
        found.append(Layout(name, text, {key: value.strip() or None for key, _, value in pairs}))
    return found


def slip_reading(text: str, seed: int | None = None) -> Reading:
    """A receipt as OCR would read it. A row a line; "^" centres, "^1.5 " in larger type, "a | b" sets columns.

    A seed shakes the boxes and loses the spaces of every third cell.
    """
    shake = random.Random(seed)
    words: list[Word] = []
    y = 30.0
    for number, raw in enumerate(text.strip("\n").split("\n")):
        centred, line = raw.startswith("^"), raw.removeprefix("^")
        lead, _, rest = line.partition(" ")
        scaled = centred and len(lead) == 3 and lead[1] == "." and lead.replace(".", "").isdigit()
        size = SIZE * float(lead) if scaled else SIZE
        cells = [cell.strip() for cell in (rest if scaled else line).split(" | ")]
        for place, cell in enumerate(cells):
            fused = seed is not None and shake.random() < 0.33
            shown = cell.replace(" ", "") if fused else cell
            left = _left(place, len(cells), len(shown) * size / 2, centred)
            words += _words(shown, left, y + (shake.uniform(-1, 1) if seed is not None else 0.0), size, number)
        y += size * 1.4
    return Reading("ocr", tuple(words), WIDTH, y + 30)


def _left(place: int, count: int, width: float, centred: bool) -> float:
    if centred:
        return (WIDTH - width) / 2
    if place == 0:
        return 20.0
    return WIDTH - 20.0 - width if place == count - 1 else 20.0 + (WIDTH - 40.0) * place / count


def _words(text: str, x: float, y: float, size: float, line: int) -> list[Word]:
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        box = Box(x + at * size / 2, y, x + (at + len(word)) * size / 2, y + size)
        found.append(Word(word, box, 0.97, size, False, line))
        at += len(word)
    return found


def view_of(*readings: Reading) -> View:
    """The readings as the pages of one document."""
    pages = tuple(
        Page("0" * 64, number, "", int(reading.width), int(reading.height), 150.0)
        for number, reading in enumerate(readings, 1)
    )
    return View(readings, tuple(page.number for page in pages), pages)
