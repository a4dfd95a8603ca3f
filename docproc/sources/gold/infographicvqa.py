"""InfographicVQA: questions about infographics, with DocVQA's metric (Mathew et al., WACV 2022)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, members, picture, text, texts, wanted

_FILES = (
    "infographicsVQA_val_v1.0_withQT.json",
    "infographicVQA_val_v1.0.json",
    "infographicsVQA_val_v1.0.json",
    "infographicsvqa_qas/infographicsVQA_val_v1.0_withQT.json",
)
_PLACES = ("infographicsvqa_images", "infographicVQA_val_v1.0_images", "images", ".")


class InfographicVqa:
    name = "infographicvqa"
    metrics = ("anls",)
    wants = (
        "infographicsVQA_val_v1.0_withQT.json, and the pictures in infographicsvqa_images/; "
        "from Downloads of the challenge Document Visual Question Answering, task 3: https://rrc.cvc.uab.es/?ch=17"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The infographics, with the questions that stand together."""
        yield from by_picture(self._questions(wanted(folder, _FILES, self.wants), folder))

    def _questions(self, file: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for item, place in members(file, "data"):
            name = text(item, "image_local_name" if "image_local_name" in item else "image", place)
            asked = text(item, "question", place)
            question = GoldQuestion(text(item, "questionId", place), asked, "string", texts(item, "answers", place))
            yield picture(folder, _PLACES, name, place), question


GOLD = InfographicVqa()
