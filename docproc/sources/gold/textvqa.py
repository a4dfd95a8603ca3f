"""TextVQA: questions about the text in photographs, ten answers each (Singh et al., CVPR 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, members, picture, text, texts, wanted

_PLACES = ("train_images", "train_val_images/train_images", "images", ".")


class TextVqa:
    name = "textvqa"
    metrics = ("vqa",)
    wants = "TextVQA_0.5.1_val.json, and the pictures in train_images/; from https://textvqa.org/dataset"

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The photographs, with the questions that stand together."""
        yield from by_picture(self._questions(wanted(folder, ("TextVQA_0.5.1_val.json",), self.wants), folder))

    def _questions(self, file: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for item, place in members(file, "data"):
            image = picture(folder, _PLACES, f"{text(item, 'image_id', place)}.jpg", place)
            asked = text(item, "question", place)
            answers = texts(item, "answers", place, least=2)
            yield image, GoldQuestion(text(item, "question_id", place), asked, "string", answers)


GOLD = TextVqa()
