"""A number, with or without decimals."""

from __future__ import annotations

from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import decimal_of, matching, plain
from docproc.core.questions import MergeRule, Question


class Number:
    name = "number"
    sql = "numeric"
    merge: MergeRule = "best"
    scalar = True

    def prompt(self, question: Question) -> str:
        return "Answer with a number in digits: a point before decimals, no thousands separators, no unit."

    def schema(self, question: Question) -> dict[str, Any]:
        return forms.number()

    def parse(self, raw: object, question: Question) -> str:
        return matching(plain(decimal_of(raw)), question)

    def value(self, canonical: str) -> Any:
        return float(canonical) if "." in canonical else int(canonical)

    def score(self, predicted: str, gold: str) -> float:
        """1 where they are equal."""
        return float(predicted == gold)


KIND = Number()
