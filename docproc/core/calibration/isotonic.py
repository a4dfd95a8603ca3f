"""Isotonic regression on the confidence that is there: any rising curve, learnt by pooling adjacent violators.

Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002. Between
the middles of two pools (their mean scores) the curve is a straight line, so that answers of different scores keep
their order, but for those at its ends; it stays off 0 and 1 by 1/(n + 2) for n labels.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from docproc.core.calibration import FEATURES, Features

_SCORE = FEATURES.index("score")


@dataclass(frozen=True, slots=True)
class Isotonic:
    """`points` of the curve: log-odds of the score, strictly rising, and probability, rising; one at least."""

    points: tuple[tuple[float, float], ...]
    method: str = "isotonic"

    def probability(self, features: Features) -> float:
        score = features[_SCORE]
        after = bisect_left(self.points, (score, 0.0))
        if after == 0:
            return self.points[0][1]
        if after == len(self.points):
            return self.points[-1][1]
        (left, low), (right, high) = self.points[after - 1 : after + 1]
        return min(high, low + (high - low) * (score - left) / (right - left))

    def to_json(self) -> dict[str, Any]:
        return {"points": [list(point) for point in self.points]}


@dataclass(slots=True)
class _Pool:
    """Neighbouring scores: their sum, and how many of their answers were right."""

    total: float
    right: int
    count: int

    @property
    def share(self) -> float:
        return self.right / self.count


class Pooling:
    def fit(self, rows: Sequence[Features], right: Sequence[bool]) -> Isotonic:
        most = 1 - 1 / (len(rows) + 2)
        pools = _pooled(rows, right)
        return Isotonic(tuple((pool.total / pool.count, min(most, max(1 - most, pool.share))) for pool in pools))

    def from_json(self, parameters: Mapping[str, Any]) -> Isotonic:
        return Isotonic(tuple((float(score), float(value)) for score, value in parameters["points"]))


def _pooled(rows: Sequence[Features], right: Sequence[bool]) -> list[_Pool]:
    """Pools of scores whose shares of right answers rise strictly; equal scores stand in one pool."""
    pools: list[_Pool] = []
    labelled = sorted((row[_SCORE], is_right) for row, is_right in zip(rows, right, strict=True))
    for score, group in groupby(labelled, key=lambda pair: pair[0]):
        told = [is_right for _, is_right in group]
        pools.append(_Pool(score * len(told), sum(told), len(told)))
        while len(pools) > 1 and pools[-2].share >= pools[-1].share:
            last = pools.pop()
            before = pools[-1]
            pools[-1] = _Pool(before.total + last.total, before.right + last.right, before.count + last.count)
    return pools


METHOD = Pooling()
