"""Area under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


def auroc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """The chance that a right answer has a higher score than a wrong one, equal scores counting half (Mann-Whitney U).

    None where there are not both right and wrong ones.
    """
    positive = sum(right)
    negative = len(right) - positive
    if not positive or not negative:
        return None
    pairs, below = 0.0, 0  # pairs in the right order; wrong answers of lower scores
    for _, group in groupby(sorted(zip(scores, right, strict=True)), key=lambda pair: pair[0]):
        told = [is_right for _, is_right in group]
        wrong = len(told) - sum(told)
        pairs += sum(told) * (below + wrong / 2)
        below += wrong
    return pairs / (positive * negative)
