"""SEED-Bench: multiple choice about pictures, in nine dimensions (Li et al., CVPR 2024)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.core.errors import UsageError
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, fields, members, picture, text, wanted


class SeedBench:
    """Questions about videos are passed over."""

    name = "seedbench"
    metrics = ("choice",)
    wants = (
        "SEED-Bench.json, and the pictures in SEED-Bench-image/; "
        "the dataset AILab-CVC/SEED-Bench: https://github.com/AILab-CVC/SEED-Bench"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The pictures, with the questions that stand together; a part per dimension."""
        yield from by_picture(self._questions(wanted(folder, ("SEED-Bench.json",), self.wants), folder))

    def _questions(self, file: Path, folder: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        named = {str(number): name for name, number in fields(file, "question_type").items()}
        for item, place in members(file, "questions"):
            if item.get("data_type", "image") != "image":
                continue
            choices = tuple(text(item, f"choice_{letter}", place) for letter in "abcd")
            answer = text(item, "answer", place)
            if answer not in ("A", "B", "C", "D"):
                raise UsageError(f"{place}: the answer {answer[:40]!r} is none of A, B, C, D")
            kind = text(item, "question_type_id", place)
            gold = GoldQuestion(
                text(item, "question_id", place),
                text(item, "question", place),
                "choice",
                (answer,),
                choices,
                part=named.get(kind, f"dimension {kind}"),
            )
            yield picture(folder, ("SEED-Bench-image", "."), text(item, "data_id", place), place), gold


GOLD = SeedBench()
