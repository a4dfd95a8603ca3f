"""Multiple choice: which option a reply names, and CircularEval."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

_FORMS = (
    r"^\W*([A-Z])\W*$",  # "B", "(B)", "B."
    r"^\W*([A-Z])\s*[.):,]",  # "B. the cat"
    r"(?:answer|option|choice)(?:\s+is)?\s*:?\s*\(?([A-Z])\b",  # "The answer is (B)"
)


def chosen(reply: str, options: Mapping[str, str]) -> str | None:
    """The letter that a reply names, by itself or by the text of exactly one option; None where it names none.

    `options` maps letters ("A", "B", …) to their texts.
    """
    said = reply.strip()
    for form in _FORMS:
        found = re.search(form, said, 0 if "\\s*[.)" in form else re.IGNORECASE)
        if found and found[1].upper() in options:
            return found[1].upper()
    folded = _fold(said)
    same = [letter for letter, text in options.items() if _fold(text) == folded]
    named = same or [letter for letter, text in options.items() if _fold(text) and f" {_fold(text)} " in f" {folded} "]
    return named[0] if len(named) == 1 else None


def rotations(options: Mapping[str, str]) -> list[dict[str, str]]:
    """The options in every rotation, the given order first: what CircularEval asks."""
    letters, texts = list(options), list(options.values())
    return [dict(zip(letters, texts[turn:] + texts[:turn], strict=True)) for turn in range(len(texts))]


def circular_accuracy(passes: Iterable[tuple[Hashable, bool]]) -> float:
    """The share of questions that were answered rightly in every rotation (Liu et al., ECCV 2024, section 4.3).

    `passes` are (question, right) of each rotation, in any order. 0 for no questions.
    """
    right: defaultdict[Hashable, bool] = defaultdict(lambda: True)
    for question, passed in passes:
        right[question] &= passed
    return sum(right.values()) / len(right) if right else 0.0


def _fold(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())
