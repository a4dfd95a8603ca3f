"""Several short texts: a JSON array of strings, in the order of the page, none twice."""

from __future__ import annotations

import json
import re
from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import MOST_ITEMS, NotOfKindError, as_json, dumps, items_of, matching, text_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import fold, one_line
from docproc.core.text.similar import f1, similarity

MOST_TEXT = 2_000
# Two items are the same where they are this much alike.
ALIKE = 0.85
_BULLET = re.compile(r"^\s*(?:[-*•·‣▪–]|\(?\d{1,3}[.)])\s+")


class List:
    name = "list"
    sql = "json"
    merge: MergeRule = "union"
    scalar = False

    def prompt(self, question: Question) -> str:
        only = f" Each is one of: {', '.join(question.choices)}." if question.choices else ""
        return f"Answer with a JSON list of strings, each as printed.{only}"

    def schema(self, question: Question) -> dict[str, Any]:
        item = forms.text(MOST_TEXT, question.pattern)
        if question.choices:
            item = {"type": "string", "enum": list(question.choices)}
        return {"type": "array", "items": item, "minItems": 1, "maxItems": MOST_ITEMS}

    def parse(self, raw: object, question: Question) -> str:
        found = as_json(raw)
        items = items_of(_split(found) if isinstance(found, str) else found)
        kept: dict[str, str] = {}
        for item in items:
            text = one_line(text_of(item, MOST_TEXT * 2)) if item is not None else ""
            if len(text) > MOST_TEXT:
                raise NotOfKindError(f"an item of {len(text)} characters")
            if text:
                kept.setdefault(text, self._item(text, question))
        if not kept:
            raise NotOfKindError("an empty list")
        return dumps(list(dict.fromkeys(kept.values())))

    def _item(self, text: str, question: Question) -> str:
        if not question.choices:
            return matching(text, question)
        same = [choice for choice in question.choices if fold(choice) == fold(text)]
        if not same:
            raise NotOfKindError(f"{text[:60]!r} is not one of: {', '.join(question.choices)}")
        return same[0]

    def value(self, canonical: str) -> Any:
        return json.loads(canonical)

    def score(self, predicted: str, gold: str) -> float:
        """F1 of the items, alike being enough; each item answers one other at most."""
        said, true = [fold(item) for item in json.loads(predicted)], [fold(item) for item in json.loads(gold)]
        left, right = list(said), 0
        for item in true:
            best = max(left, key=lambda other: similarity(item, other), default=None)
            if best is not None and similarity(item, best) >= ALIKE:
                left.remove(best)
                right += 1
        return f1(right, len(said), len(true))


def _split(text: str) -> list[str]:
    """The items of a printed list: one a line, else between semicolons, else between commas."""
    for mark in ("\n", ";", ","):
        if mark in text:
            return [_BULLET.sub("", item) for item in text.split(mark)][: MOST_ITEMS + 1]
    return [_BULLET.sub("", text)]


KIND = List()
