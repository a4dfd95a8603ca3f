"""Several dates: a JSON array of ISO dates, in the order of the page, none twice."""

from __future__ import annotations

import json
from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import MOST_ITEMS, NotOfKindError, as_json, dumps, items_of, overlap, text_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.dates import find_dates, parse_date
from docproc.core.text.similar import f1

# A page full of prose, with its dates in it.
MOST_TEXT = 20_000


class Dates:
    name = "dates"
    sql = "json"
    merge: MergeRule = "union"
    scalar = False

    def prompt(self, question: Question) -> str:
        return "Answer with a JSON list of dates, each as YYYY-MM-DD (YYYY-MM or YYYY where no more is printed)."

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "array", "items": dict(forms.DATE), "minItems": 1, "maxItems": MOST_ITEMS}

    def parse(self, raw: object, question: Question) -> str:
        found = as_json(raw)
        items = [found] if isinstance(found, str) else items_of(found)
        dates: dict[str, None] = {}
        for item in items:
            if item is not None:
                dates.update(dict.fromkeys(_dates_in(text_of(item, MOST_TEXT))))
        if not dates:
            raise NotOfKindError("an empty list")
        if len(dates) > MOST_ITEMS:
            raise NotOfKindError(f"{len(dates)} dates; {MOST_ITEMS} at most")
        return dumps(list(dates))

    def value(self, canonical: str) -> Any:
        return json.loads(canonical)

    def score(self, predicted: str, gold: str) -> float:
        """F1 of the dates."""
        said, true = json.loads(predicted), json.loads(gold)
        return f1(overlap(said, true), len(said), len(true))


def _dates_in(text: str) -> list[str]:
    try:
        return [parse_date(text)]
    except ValueError:
        found = [match.iso for match in find_dates(text)]
    if not found:
        raise NotOfKindError(f"no date in {text[:60]!r}")
    return found


KIND = Dates()
