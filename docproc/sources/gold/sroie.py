"""SROIE, task 3: company, date, address and total of receipts (Huang et al., ICDAR 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docproc.core.errors import UsageError
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import as_object, beside, wanted, whole

ASKS = {
    "company": "What is the name of the company that issued this receipt?",
    "date": "What is the date of this receipt?",
    "address": "What is the address of the company that issued this receipt?",
    "total": "What is the total amount of this receipt?",
}
_LABELS = ("entities", "test/entities", "key", "test/key")
_IMAGES = ("img", "images", "image")


class Sroie:
    """The official evaluation takes an entity for right where its text is the very same."""

    name = "sroie"
    metrics = ("exact", "anls")
    wants = (
        "the test receipts as img/*.jpg and their entities/*.txt (JSON: company, date, address, total); "
        "from Downloads of the challenge Scanned Receipts OCR and Information Extraction, task 3: "
        "https://rrc.cvc.uab.es/?ch=13"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The receipts, in the order of their names."""
        labels = wanted(folder, _LABELS, self.wants)
        images = wanted(labels.parent, _IMAGES, self.wants)
        files = sorted([*labels.glob("*.txt"), *labels.glob("*.json")])
        if not files:
            raise UsageError(f"{labels} has no *.txt. Wanted there: {self.wants}")
        for file in files:
            entities = as_object(whole(file).decode("utf-8-sig", "replace"), str(file))
            questions = tuple(
                GoldQuestion(f"{file.stem}/{key}", ask, "string", _told(entities.get(key), file), part=key, match="is")
                for key, ask in ASKS.items()
            )
            yield GoldItem(file.stem, beside(images, file.stem), None, 1, questions)


def _told(value: object, file: Path) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    if not isinstance(value, str):
        raise UsageError(f"{file}: {str(value)[:80]!r} is no text")
    return (value,)


GOLD = Sroie()
