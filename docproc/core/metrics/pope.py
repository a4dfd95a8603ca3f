"""POPE: does a model say that there is what is not there?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NO = {"no", "not"}


@dataclass(frozen=True, slots=True)
class YesNo:
    """Shares in [0, 1]; "yes" is the positive class. `yes_ratio` is that of the predictions, as in the paper."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    yes_ratio: float


def says_yes(reply: str) -> bool:
    """Whether a reply means yes: it does unless its first sentence has "no" or "not" (the rule of the paper's code)."""
    words = re.split(r"[\s,]+", reply.split(".", 1)[0].strip().lower())
    return not _NO & set(words)


def yes_no(said: Sequence[bool], truth: Sequence[bool]) -> YesNo:
    """Li et al., EMNLP 2023, section 4. A share of nothing is 0. Raises ValueError for no answers."""
    if not truth:
        raise ValueError("there is nothing to score")
    pairs = list(zip(said, truth, strict=True))
    hits = sum(told and right for told, right in pairs)
    yes, there = sum(said), sum(truth)
    precision = hits / yes if yes else 0.0
    recall = hits / there if there else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return YesNo(sum(told == right for told, right in pairs) / len(pairs), precision, recall, f1, yes / len(pairs))
