"""A date, as ISO; a month or a year where the page says no more."""

from __future__ import annotations

from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import MOST_SAID, NotOfKindError, matching, text_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.dates import find_dates, parse_date


class Date:
    name = "date"
    sql = "date"
    merge: MergeRule = "best"
    scalar = True

    def prompt(self, question: Question) -> str:
        return "Answer with the date as YYYY-MM-DD (YYYY-MM or YYYY where no more is printed)."

    def schema(self, question: Question) -> dict[str, Any]:
        return dict(forms.DATE)

    def parse(self, raw: object, question: Question) -> str:
        return matching(date_in(text_of(raw, MOST_SAID)), question)

    def value(self, canonical: str) -> Any:
        return canonical

    def score(self, predicted: str, gold: str) -> float:
        """1 where it says all that gold says ("2004-08-01" for "2004-08"), half where it says the beginning of it."""
        if predicted.startswith(gold):
            return 1.0
        return 0.5 if gold.startswith(predicted) else 0.0


def date_in(text: str) -> str:
    """The date that a text is, or the only one that it holds. Raises ValueError."""
    try:
        return parse_date(text)
    except ValueError:
        found = {match.iso for match in find_dates(text)}
    if len(found) != 1:
        raise NotOfKindError(f"{len(found) or 'no'} dates in {text[:60]!r}")
    return found.pop()


KIND = Date()
