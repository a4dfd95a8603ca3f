"""FUNSD: scanned forms, whose questions are linked to their answers (Jaume et al., ICDAR-OST 2019)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError
from docproc.core.kinds import kind_of
from docproc.core.questions import Question
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import as_object, beside, wanted, whole

FIELDS, ENTITIES = "fields", "entities"
_ENTITIES = "List the text of every element of this form: headings, labels of fields, and what is filled in."


class Funsd:
    """Each labelled field is asked what is filled in, and each form for all its texts.

    The tasks of the paper (which box is a question, which boxes are linked) are not asked: a value is.
    """

    name = "funsd"
    metrics = ("exact", "anls")
    wants = (
        "testing_data/annotations/*.json and testing_data/images/*.png of dataset.zip; "
        "from https://guillaumejaume.github.io/FUNSD/download"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The forms, in the order of their names."""
        places = ("testing_data/annotations", "dataset/testing_data/annotations", "annotations")
        labels = wanted(folder, places, self.wants)
        files = sorted(labels.glob("*.json"))
        if not files:
            raise UsageError(f"{labels} has no *.json. Wanted there: {self.wants}")
        for file in files:
            yield GoldItem(
                file.stem, beside(labels.parent / "images", file.stem), None, 1, tuple(_questions(file, file.stem))
            )


def _questions(file: Path, name: str) -> Iterator[GoldQuestion]:
    form = as_object(whole(file), str(file)).get("form")
    if not isinstance(form, list) or not all(isinstance(one, dict) and "id" in one for one in form):
        raise UsageError(f"{file} has no 'form' of elements with ids")
    linked = _linked(form, file)
    texts = {one["id"]: " ".join(str(one.get("text", "")).split()) for one in form}
    labels = [one["id"] for one in form if one.get("label") == "question" and texts[one["id"]]]
    once = {texts[one] for one in labels if sum(texts[other] == texts[one] for other in labels) == 1}
    for label in labels:
        if texts[label] in once:  # which of several fields of the same label is meant could not be told
            told = " ".join(filter(None, (texts[answer] for answer in linked[label])))
            ask = f"What is filled in for “{texts[label]}”?"
            yield GoldQuestion(f"{name}/{label}", ask, "string", (told,) if told else (), part=FIELDS)
    every = [text for text in texts.values() if text]
    if every:
        gold = kind_of("list").parse(every, Question("texts", _ENTITIES, "list"))
        yield GoldQuestion(f"{name}/{ENTITIES}", _ENTITIES, "list", (gold,), part=ENTITIES)


def _linked(form: list[dict[str, Any]], file: Path) -> dict[Any, list[Any]]:
    """The answers of each question, in the order of the form."""
    kinds = {one["id"]: one.get("label") for one in form}
    linked: dict[Any, list[Any]] = defaultdict(list)
    for one in form:
        for link in one.get("linking") or ():
            if not isinstance(link, list) or len(link) != 2 or any(end not in kinds for end in link):
                raise UsageError(f"{file}: the element {one['id']} has a link to nowhere: {str(link)[:80]}")
            first, second = link
            if kinds[first] == "question" and kinds[second] == "answer" and second not in linked[first]:
                linked[first].append(second)
    return linked


GOLD = Funsd()
