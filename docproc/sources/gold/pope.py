"""POPE: is there such a thing in the picture? (Li et al., EMNLP 2023)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.core.errors import UsageError
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, lines, picture, text, wanted

SPLITS = ("random", "popular", "adversarial")


class Pope:
    """The three splits number their questions alike: ids are split and number."""

    name = "pope"
    metrics = ("yes_no",)
    wants = (
        "coco_pope_random.json, coco_pope_popular.json and coco_pope_adversarial.json, from output/coco of "
        "https://github.com/RUCAIBox/POPE; and the pictures as val2014/COCO_val2014_*.jpg, from "
        "https://cocodataset.org/#download"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The pictures of the three splits."""
        files = {}
        for split in SPLITS:
            name = f"coco_pope_{split}.json"
            files[split] = wanted(folder, (name, f"coco/{name}", f"output/coco/{name}"), self.wants)
        for split, file in files.items():
            yield from by_picture(self._questions(split, file, folder))

    def _questions(self, split: str, file: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for item, place in lines(file):
            label = text(item, "label", place).strip().lower()
            if label not in ("yes", "no"):
                raise UsageError(f"{place}: the label {label[:40]!r} is neither yes nor no")
            image = picture(folder, ("val2014", "images", "."), text(item, "image", place), place)
            identity = f"{split}/{text(item, 'question_id', place)}"
            yield image, GoldQuestion(identity, text(item, "text", place), "boolean", (label,), part=split)


GOLD = Pope()
