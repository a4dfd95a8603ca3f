"""ChartQA: questions about charts, asked by people (human) and made out of summaries (augmented)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import by_picture, members, picture, text, wanted

_PARTS = ("human", "augmented")


class ChartQa:
    """Masry et al., Findings of ACL 2022. The questions have no ids of their own: they are numbered."""

    name = "chartqa"
    metrics = ("relaxed_official", "relaxed")
    wants = (
        "test_human.json, test_augmented.json, and the charts in png/ (or test/ with all of them); "
        "ChartQA Dataset of https://github.com/vis-nlp/ChartQA"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The charts of both parts."""
        files = {part: wanted(folder, (f"test_{part}.json", f"test/test_{part}.json"), self.wants) for part in _PARTS}
        for part, file in files.items():
            yield from by_picture(self._questions(part, file))

    def _questions(self, part: str, file: Path) -> Iterator[tuple[Path, GoldQuestion]]:
        for number, (item, place) in enumerate(members(file, ""), 1):
            image = picture(file.parent, ("png", "."), text(item, "imgname", place), place)
            asked, label = text(item, "query", place), text(item, "label", place)
            yield image, GoldQuestion(f"{part}/{number}", asked, "string", (label,), part=part)


GOLD = ChartQa()
