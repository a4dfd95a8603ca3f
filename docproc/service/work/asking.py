"""Ask an engine and read what it says: prompts to completions to grounded answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from docproc.core.answers import read
from docproc.core.errors import PageFailed
from docproc.core.grounding import Book, ground
from docproc.core.types import Answer, Completion, Page, Prompt, Reading
from docproc.engines import Engine

Said = Completion | PageFailed


def complete(engine: Engine, prompts: Sequence[Prompt]) -> list[Said]:
    """A completion per prompt, or why that prompt alone failed. Raises EngineUnavailable."""
    try:
        return list(engine.complete(prompts))
    except PageFailed as error:
        if len(prompts) == 1:
            return [error]
    # One of several prompts broke the call; each is tried by itself, so that the others are not charged.
    return [said for prompt in prompts for said in complete(engine, [prompt])]


def judge(prompt: Prompt, completion: Completion, number: int) -> tuple[list[Answer], list[tuple[int, Reading]]]:
    """The typed, grounded answers of a completion, asked of page `number` (0: the document), and its new readings."""
    fresh = completion.readings or (None,) * len(prompt.pages)
    made = [(page.number, new) for page, new in zip(prompt.pages, fresh, strict=True) if new is not None]
    pages = [_with(page, new) for page, new in zip(prompt.pages, fresh, strict=True)]
    book = Book(pages)
    answers = [
        ground(read(question, reply, number), book)
        for question, reply in zip(prompt.asks, completion.replies, strict=True)
    ]
    return answers, made


def _with(page: Page, reading: Reading | None) -> Page:
    return page if reading is None else replace(page, ocr=reading)
