"""A page with something on it, questions, and engines that are closed again."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from docproc.core.questions import Column, Question
from docproc.core.types import Page
from docproc.engines.openai import create
from docproc.imaging.store import ImageStore

NUMBER = Question("invoice_number", "What is the invoice number?", "string")
TOTAL = Question("total", "What is the total?", "number")
ITEMS = Question("items", "List every line.", "table", columns=(Column("amount", "number"),))
TEXT = Question("text", "What does the page say?", "text")
SMALL = {"page_tokens": "600", "overview_tokens": "200", "patience": "5", "timeout": "5"}

MakeEngine = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


@pytest.fixture
def page(store: ImageStore) -> Page:
    """A page with two lines of text, of which nothing is known yet."""
    return drawn(store, 1, "Invoice No 4711\nTotal 128.50 EUR")


def drawn(store: ImageStore, number: int, text: str) -> Page:
    image = Image.new("RGB", (620, 877), "white")
    ImageDraw.Draw(image).text((40, 40), text, fill="black")
    data = io.BytesIO()
    image.save(data, "PNG")
    return Page("a" * 64, number, store.put(data.getvalue(), ".png"), 620, 877, 75)


@pytest.fixture
def make(store: ImageStore) -> Iterator[MakeEngine]:
    """Makes an engine of small images and little patience; keyword arguments are its settings."""
    made = []

    def engine(url: str, **settings: str) -> Any:
        made.append(create({**SMALL, "base_url": url, **settings}, store))
        return made[-1]

    yield engine
    for one in made:
        one.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between tries are short; who waits for whom stays as it is."""
    monkeypatch.setattr("docproc.engines.openai.asking.FIRST", 0.02)
