"""A dataset folder of pages that the truth fixture's reader can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from docproc.core.prompts import SYSTEM, question_text
from docproc.imaging.store import ImageStore
from docproc.training.recipe import Recipe
from tests.truth import lessons, page
from tests.truth.asking import READER, sheets

Made = Callable[..., Path]


def write(folder: Path, split: str, pages: list[page.Sheet], independent: bool = True) -> None:
    """A split of a dataset folder, as `docproc dataset` writes it."""
    store, rng = ImageStore(folder / "images"), Random(split)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as file:
        for number, sheet in enumerate(pages):
            path = page.save(sheet, folder / "page.jpg", page.Print.drawn(rng))
            name = store.put(path.read_bytes(), ".jpg")
            path.unlink()
            line = {"id": f"{split}-{number}", "messages": messages(sheet.truth, name)}
            file.write(json.dumps({**line, "docproc": {"independent": independent}}) + "\n")


def messages(truth: Mapping[str, str | None], image: str) -> list[dict[str, object]]:
    """All questions about a page and their answers, in turn."""
    told: list[dict[str, object]] = [{"role": "system", "content": SYSTEM}]
    for number, ask in enumerate(lessons.questions()):
        shown = [] if number else [{"type": "image", "image": f"images/{image}"}]
        told.append({"role": "user", "content": [*shown, {"type": "text", "text": question_text(ask)}]})
        told.append({"role": "assistant", "content": lessons.reply(ask, truth[ask.key])})
    return told


@pytest.fixture
def dataset(tmp_path: Path) -> Made:
    """Makes a dataset folder of so many pages to be learnt, and held out."""

    def made(taught: int, held: int = 0, independent: bool = True) -> Path:
        folder = tmp_path / "dataset"
        write(folder, "train", sheets(taught, "train"), independent)
        if held:
            write(folder, "validation", sheets(held, "validation"), independent)
        return folder

    return made


@pytest.fixture
def recipe() -> Recipe:
    """A recipe for the reader, a few quick steps on the CPU."""
    return Recipe(
        model=str(READER),
        device="cpu",
        dtype="float32",
        threads=1,
        rate=1e-3,
        steps=2,
        accumulation=1,
        tiles=dict(lessons.SETTINGS["native"]),
    )
