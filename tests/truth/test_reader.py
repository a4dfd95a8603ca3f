"""The fixture itself: its folder is what it says, its lessons show what the engines show, its trainer still runs."""

from __future__ import annotations

import hashlib
import math
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from docproc.core.types import Page, Prompt
from docproc.engines._looking import look, tiling_of
from docproc.imaging.store import ImageStore
from tests.truth import page
from tests.truth.asking import READER
from tests.truth.lessons import CHUNKS, FACTOR, KEYS, LETTERS, SETTINGS, any_lesson, lesson, questions, show

MOST_BYTES = 6_000_000


def test_the_weights_are_those_that_the_page_about_them_names() -> None:
    digest = hashlib.sha256((READER / "model.safetensors").read_bytes()).hexdigest()
    assert digest in (READER.parent / "README.md").read_text("utf-8")
    assert sum(file.stat().st_size for file in READER.iterdir()) < MOST_BYTES


@pytest.mark.parametrize("policy", SETTINGS)
def test_lessons_show_what_an_engine_is_shown(policy: str, tmp_path: Path) -> None:
    sheet = page.sheet(Random(7))
    file, images = page.save(sheet, tmp_path / "scan.jpg"), ImageStore(tmp_path / "images")
    stored = Page("a" * 64, 1, images.put(file.read_bytes(), ".jpg"), *page.SIZE, page.DPI)
    engine = look(Prompt((stored,), questions()), tiling_of(SETTINGS[policy], FACTOR), images)
    taught = show(page.draw(sheet), "glance" if policy == "second_look" else policy)
    assert [(seen.tile, seen.image.tobytes()) for seen in engine] == [(tile, im.tobytes()) for tile, im in taught]


@pytest.mark.parametrize("look_at", ["native", "tiles", "textbook"])
def test_the_letters_under_the_tags_spell_the_values(look_at: str) -> None:
    sheet = page.sheet(Random(11))
    made = lesson(sheet, page.draw(sheet), look_at, questions())
    for number, key in enumerate(KEYS):
        spelt = {
            tag: "".join(LETTERS[letter] for letter in pair)
            for tag, pair in zip(made.tags, made.letters, strict=True)
            if 1 + number * CHUNKS <= tag <= (number + 1) * CHUNKS
        }
        assert "".join(spelt[tag] for tag in sorted(spelt)).strip() == (sheet.truth[key] or "")


def test_items_of_a_page_do_not_touch() -> None:
    rng = Random(3)
    for _ in range(200):
        sheet = page.sheet(rng)
        for row in range(page.ROWS):
            spans = sorted((i.column, i.column + len(i.text)) for i in sheet.items if i.row == row)
            assert all(end < start for (_, end), (start, _) in pairwise(spans))
            assert all(start % 2 == 0 and end <= page.COLUMNS for start, end in spans)


def test_every_letter_of_a_value_is_one_token() -> None:
    from transformers import AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(READER)
    rng = Random(5)
    values = [item.value for _ in range(100) for item in page.sheet(rng).items]
    assert [len(tokens(value)["input_ids"]) for value in values] == [len(value) for value in values]


def test_the_trainer_learns_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    import torch

    pytest.importorskip("transformers", minversion="5.23", reason="the trainer hands vision features over, as 5.23 can")
    from tests.truth.train import Training

    torch.set_num_threads(1)
    training = Training(tmp_path, seed=1, rate=1e-3)
    seen = [training.see(2)["seeing"] for _ in range(12)]
    assert seen[-1] < seen[0]
    said = training.answer(1, 0.0)
    assert all(math.isfinite(value) for value in said.values())
    training.keep()
    again = Training(tmp_path, seed=2, rate=1e-3)
    assert (again.steps, again.rng.getstate()) == (training.steps, training.rng.getstate())
    assert any_lesson(again.rng, questions()).replies == any_lesson(training.rng, questions()).replies
