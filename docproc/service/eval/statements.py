"""Is a statement about a chart true, as far as the answers of the set `chart` tell?

The answers say what kind of chart it is, whether its values rise or fall, and its extremes. A statement that they
neither bear out nor contradict is left open: it is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docproc.core.text.fold import fold

NEAR = 0.05  # extremes are read off an axis: two values that are nearer than that may be the same
_NUMBER = r"-?\d+(?:[.,]\d+)*"
_TYPE = re.compile(r"\b(?:is|shows) an? ([a-z_ ]+?)(?: chart| plot| graph| diagram)?(?:,| instead\b|\.|$)")
_EXTREME = re.compile(rf"\b(highest|largest|maximum|lowest|smallest|minimum)\b\D*?\b(?P<said>{_NUMBER})%?")
_VALUE = re.compile(rf"\bis (?:around |about )?(?P<said>{_NUMBER})(?P<percent> ?%)?(?= if |[.]?$)")
# "of Year 2022 is higher than Year 2021", "higher at Education Level 11 compared to Education Level 9"
_ORDER = (
    re.compile(
        rf"(?P<a>[a-z ]+?) (?P<x>{_NUMBER}) is (?P<how>higher|lower|greater|less|larger|smaller) than (?P<b>[a-z ]+?) "
        rf"(?P<y>{_NUMBER})\.?$"
    ),
    re.compile(
        rf"is (?P<how>higher|lower|greater|less|larger|smaller) at (?P<a>[a-z ]+?) (?P<x>{_NUMBER}) "
        rf"(?:compared to|than at) (?P<b>[a-z ]+?) (?P<y>{_NUMBER})\.?$"
    ),
)
_TRENDS = {
    "rising": r"\b(?:rises?|rising|increases?|increasing|grows?|growing|upward)\b",
    "falling": r"\b(?:falls?|falling|decreases?|decreasing|declines?|declining|shrinks?|downward)\b",
    "steady": r"\b(?:steady|constant|stable|unchanged|stays? (?:about )?the same)\b",
}
_MORE, _HIGHEST = ("higher", "greater", "larger"), ("highest", "largest", "maximum")
_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a statement is true, and the key of the answer that tells."""

    true: bool
    by: str


def truth(statement: str, answers: Mapping[str, str]) -> Told | None:
    """Whether a statement is true; `answers` are canonical texts by key. None where the answers leave it open."""
    text = fold(statement).strip()
    for rule in _RULES:
        told = rule(text, answers)
        if told is not None:
            return told
    return None


def _type(text: str, answers: Mapping[str, str]) -> Told | None:
    found, said = _TYPE.search(text), answers.get("chart_type")
    if found is None or said is None or not re.search(r"\b(chart|plot|graph|diagram)\b", text):
        return None
    return Told(_bare(found[1]) == _bare(said), "chart_type")


def _extreme(text: str, answers: Mapping[str, str]) -> Told | None:
    """A highest value that is not the highest is false; that it is the highest does not say where it stands."""
    found = _EXTREME.search(text)
    key = "maximum" if found and found[1] in _HIGHEST else "minimum"
    if found is None or key not in answers:
        return None
    return None if _same(_number(found["said"]), float(answers[key])) else Told(False, key)


def _value(text: str, answers: Mapping[str, str]) -> Told | None:
    """A value beyond the extremes is false; one between them may be true."""
    found = _VALUE.search(text)
    if found is None or _EXTREME.search(text):
        return None
    said = _number(found["said"])
    for key, beyond in (("maximum", 1), ("minimum", -1)):
        if key in answers:
            edge = float(answers[key])
            if beyond * (said - edge) > 0 and not _same(said, edge):
                return Told(False, key)
    return None


def _order(text: str, answers: Mapping[str, str]) -> Told | None:
    """Of two places on the x axis, where all values rise or fall with it."""
    found = next((match for form in _ORDER if (match := form.search(text))), None)
    if found is None or answers.get("trend") not in ("rising", "falling"):
        return None
    first, second = (_WORDS.findall(found[name])[-1:] for name in "ab")
    if first != second:  # two different things, not two places on one axis
        return None
    later = _number(found["x"]) > _number(found["y"])
    more = found["how"] in _MORE
    return Told((later == more) == (answers["trend"] == "rising"), "trend")


def _trend(text: str, answers: Mapping[str, str]) -> Told | None:
    said = [name for name, form in _TRENDS.items() if re.search(form, text)]
    if len(said) != 1 or "trend" not in answers:
        return None
    return Told(answers["trend"] == said[0], "trend")


_RULES: tuple[Callable[[str, Mapping[str, str]], Told | None], ...] = (_type, _extreme, _order, _value, _trend)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other))


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _bare(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())
