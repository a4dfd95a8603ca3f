"""DocVQA, task 1: questions about single pages of scanned documents (Mathew et al., WACV 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, members, picture, text, texts, wanted

_FILES = ("val_v1.0_withQT.json", "val_v1.0.json")
_PLACES = (".", "spdocvqa_images", "val", "images")


class DocVqa:
    name = "docvqa"
    metrics = ("anls",)
    wants = (
        "val_v1.0_withQT.json or val_v1.0.json, and the pages as documents/*.png or spdocvqa_images/*.png; "
        "from Downloads of the challenge Document Visual Question Answering, task 1: https://rrc.cvc.uab.es/?ch=17"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The pages, with the questions that stand together."""
        file = wanted(folder, [*_FILES, *(f"spdocvqa_qas/{name}" for name in _FILES)], self.wants)
        yield from by_picture(self._questions(file, folder))

    def _questions(self, file: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for item, place in members(file, "data"):
            image = picture(folder, _PLACES, text(item, "image", place), place)
            asked = text(item, "question", place)
            yield image, GoldQuestion(text(item, "questionId", place), asked, "string", texts(item, "answers", place))


GOLD = DocVqa()
