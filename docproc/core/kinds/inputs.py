"""What the kinds share: taking a JSON value or a printed text apart. This module defines no kind."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

from docproc.core.questions import Question
from docproc.core.text.fold import clean, fold
from docproc.core.text.numbers import MOST_DIGITS, find_amounts, parse_number
from docproc.core.text.patterns import matches

# Longer printed texts are not searched for the one number, date or word that answers.
MOST_SAID = 400
MOST_ITEMS = 2_000
# A whole page's text in JSON; a longer one is no answer.
MOST_JSON = 4_000_000


class NotOfKindError(ValueError):
    """Says what was given instead of a value of the kind, or what is wrong with it."""

    def __init__(self, what: str) -> None:
        super().__init__(what if len(what) <= 200 else what[:199] + "…")


def text_of(raw: object, most: int) -> str:
    """The text of a JSON scalar; a list of one scalar stands for it. Raises ValueError."""
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, str):
        if len(raw) > most:
            raise NotOfKindError(f"a text of {len(raw)} characters")
        return clean(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise NotOfKindError(f"a {type(raw).__name__} instead of a text")
    return plain(decimal_of(raw))


def decimal_of(raw: object, decimal: str | None = None) -> Decimal:
    """The number that a JSON number is, or the only one that a printed text holds. Raises ValueError."""
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, str):
        return _number_in(raw.strip(), decimal)
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise NotOfKindError(f"a {type(raw).__name__} instead of a number")
    value = Decimal(repr(raw)) if isinstance(raw, float) else _exact(raw)
    if not value.is_finite() or value.adjusted() >= MOST_DIGITS or (value and value.adjusted() < -MOST_DIGITS):
        raise NotOfKindError("a number that is not finite, or out of all bounds")
    return value


def _exact(raw: int | Decimal) -> Decimal:
    if isinstance(raw, int) and raw.bit_length() > MOST_DIGITS * 4:
        raise NotOfKindError("a number out of all bounds")
    return Decimal(raw)


def _number_in(text: str, decimal: str | None) -> Decimal:
    try:
        return parse_number(text, decimal)
    except ValueError:
        found = {match.value for match in find_amounts(text, decimal)} if len(text) <= MOST_SAID else set()
    if len(found) != 1:
        raise NotOfKindError(f"{len(found) or 'no'} numbers in {text[:60]!r}")
    return found.pop()


def plain(value: Decimal, places: int = 0) -> str:
    """A decimal without exponent and needless zeros, but with at least `places` decimals."""
    text = format(value, "f") if value else "0"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def matching(canonical: str, question: Question) -> str:
    """The text itself, where it has the form that the question asks for. Raises ValueError."""
    if question.pattern and not matches(question.pattern, canonical):
        raise NotOfKindError(f"{canonical[:60]!r} does not have the form {question.pattern}")
    return canonical


def as_json(raw: object) -> object:
    """What a text that holds JSON says; any other value itself. Raises ValueError for a text that begins like JSON."""
    if not isinstance(raw, str):
        return raw
    text = raw.strip()
    if not text.startswith(("[", "{")):
        return raw
    if len(text) > MOST_JSON:
        raise NotOfKindError(f"JSON of {len(text)} characters")
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotOfKindError("JSON that does not parse") from error
    return found


def items_of(raw: object) -> list[object]:
    """The items of a list: a JSON list, the only list in an object, or a text of JSON. Raises ValueError."""
    found = as_json(raw)
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [found]
    if not isinstance(found, list):
        raise NotOfKindError(f"a {type(found).__name__} instead of a list")
    if len(found) > MOST_ITEMS:
        raise NotOfKindError(f"a list of {len(found)} items; {MOST_ITEMS} at most")
    return found


def dumps(value: object) -> str:
    """Canonical JSON: the same value always gives the same text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def overlap(predicted: list[str], gold: list[str]) -> int:
    """How many texts two lists share, each counted once, case and accents aside."""
    return sum((Counter(map(fold, predicted)) & Counter(map(fold, gold))).values())
