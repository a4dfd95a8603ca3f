"""Accuracy at coverage: how right the answers are of which one is most confident."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import ceil


def accuracy_at(coverage: float, scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """The share of right ones among the `coverage` (in (0, 1], rounded up to whole answers) of highest score.

    Where the limit falls among equal scores, the mean over all ways to choose among them. None for no answers.
    """
    wanted = ceil(coverage * len(right) - 1e-9)
    taken, hits = 0, 0.0
    ranked = sorted(zip(scores, right, strict=True), key=lambda pair: -pair[0])
    for _, group in groupby(ranked, key=lambda pair: pair[0]):
        told = [is_right for _, is_right in group]
        share = min(len(told), wanted - taken)
        hits += sum(told) * share / len(told)
        taken += share
        if taken == wanted:
            break
    return hits / wanted if wanted else None
