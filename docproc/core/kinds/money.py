"""An amount of money, with its currency where that is known: "1021.91 GBP", "1021.91"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import decimal_of, matching, plain
from docproc.core.questions import MergeRule, Question
from docproc.core.text.currencies import code_of
from docproc.core.text.numbers import currency_of

_CANONICAL = re.compile(r"(-?\d{1,30}(?:\.\d{1,30})?)(?: ([A-Z]{3}))?")


def amount_of(canonical: str) -> Decimal:
    """The amount of a canonical text."""
    return Decimal(canonical.partition(" ")[0])


def currency_in(canonical: str) -> str | None:
    """The ISO 4217 code of a canonical text, None where it has none."""
    return canonical.partition(" ")[2] or None


def money(amount: Decimal, currency: str | None) -> str:
    """The canonical text: two decimals at least."""
    return f"{plain(amount, 2)} {currency}" if currency else plain(amount, 2)


class Money:
    name = "money"
    sql = "numeric"
    merge: MergeRule = "best"
    scalar = True

    def prompt(self, question: Question) -> str:
        return 'Answer with the amount in digits, a point before cents, and the ISO currency code: "1021.91 GBP".'

    def schema(self, question: Question) -> dict[str, Any]:
        return forms.number(after="( [A-Z]{3})?")

    def parse(self, raw: object, question: Question) -> str:
        currency = None
        if isinstance(raw, dict):
            named = raw.get("currency")
            currency = code_of(named.strip()) if isinstance(named, str) else None
            raw = next((raw[key] for key in ("amount", "value") if key in raw), None)
        if isinstance(raw, str):
            said = raw.strip()
            canonical = _CANONICAL.fullmatch(said)
            if canonical and (canonical[2] is None or code_of(canonical[2])):
                return matching(money(Decimal(canonical[1]), canonical[2] or currency), question)
            currency = currency_of(said[:200]) or currency
        return matching(money(decimal_of(raw), currency), question)

    def value(self, canonical: str) -> Any:
        """The amount as a number; `currency_in` tells its currency."""
        return float(amount_of(canonical))

    def score(self, predicted: str, gold: str) -> float:
        """1 where the amounts are equal and the currencies do not contradict each other."""
        currencies = {currency_in(predicted), currency_in(gold)} - {None}
        return float(amount_of(predicted) == amount_of(gold) and len(currencies) <= 1)


KIND = Money()
