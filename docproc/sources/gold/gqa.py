"""GQA: questions about scenes that take several steps to answer (Hudson and Manning, CVPR 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, entries, picture, text, wanted

_FILES = ("testdev_balanced_questions.json", "val_balanced_questions.json")


class Gqa:
    name = "gqa"
    metrics = ("exact",)
    wants = (
        "testdev_balanced_questions.json (or val_balanced_questions.json), and the pictures in images/; "
        "from https://cs.stanford.edu/people/dorarad/gqa/download.html"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The pictures, with the questions that stand together; yes-or-no questions and open ones apart."""
        names = [*_FILES, *(f"questions1.2/{name}" for name in _FILES), *(f"questions/{name}" for name in _FILES)]
        yield from by_picture(self._questions(wanted(folder, names, self.wants), folder))

    def _questions(self, file: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for key, item, place in entries(file):
            name = f"{text(item, 'imageId', place)}.jpg"
            types = item.get("types")
            structural = types.get("structural") if isinstance(types, dict) else None
            gold = GoldQuestion(
                key,
                text(item, "question", place),
                "string",
                (text(item, "answer", place),),
                part="" if structural is None else "open" if structural == "query" else "binary",
                match="is",
            )
            yield picture(folder, ("images", "allImages/images", "."), name, place), gold


GOLD = Gqa()
