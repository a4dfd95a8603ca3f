"""A whole number: a count, a year, a page number."""

from __future__ import annotations

from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import NotOfKindError, decimal_of, matching, plain
from docproc.core.questions import MergeRule, Question

# The largest number that SQL's bigint holds.
LARGEST = 2**63 - 1


class Integer:
    name = "integer"
    sql = "integer"
    merge: MergeRule = "best"
    scalar = True

    def prompt(self, question: Question) -> str:
        return "Answer with a whole number in digits, without thousands separators or units."

    def schema(self, question: Question) -> dict[str, Any]:
        return forms.number(whole=True)

    def parse(self, raw: object, question: Question) -> str:
        number = decimal_of(raw)
        if number != int(number) or abs(number) > LARGEST:
            raise NotOfKindError(f"{plain(number)} is not a whole number of 64 bits")
        return matching(str(int(number)), question)

    def value(self, canonical: str) -> Any:
        return int(canonical)

    def score(self, predicted: str, gold: str) -> float:
        """1 where they are equal."""
        return float(predicted == gold)


KIND = Integer()
