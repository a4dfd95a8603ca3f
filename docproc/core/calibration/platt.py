"""Platt scaling: a logistic regression on the features of an answer.

J. Platt, "Probabilistic outputs for support vector machines", 1999, on more than one score. The weight of `score` is
free and those of the other features are held back (L2), so that a few labels scale the confidence that is there, and
many correct it. As Platt has it, the targets are (n + 1)/(n + 2) and 1/(m + 2) for n right and m wrong ones instead of
1 and 0: no set of labels, however clear, makes anything certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log1p
from typing import Any

from docproc.core.calibration import FEATURES, Features

# The weights' penalties: those of the intercept and `score` only keep the system solvable; that of the others was the
# best but one of 0.3, 0.5, 1 and 3 on held-out answers of `ocr` to bad scans (`python -m benchmarks calibration`).
FREE, HELD = 1e-3, 0.5
MOST_STEPS = 50
LEAST = 1e-6  # probabilities stay so far from 0 and 1
NEAR = 1e-9  # a step that gains less in loss is the last
_FREE = ("intercept", "score")
_NAMES = ("intercept", *FEATURES)


@dataclass(frozen=True, slots=True)
class Platt:
    """`weights` are those of the intercept and of each feature, in the order of `FEATURES`."""

    weights: tuple[float, ...]
    method: str = "platt"

    def probability(self, features: Features) -> float:
        return min(1 - LEAST, max(LEAST, _sigmoid(_dot(self.weights, (1.0, *features)))))

    def to_json(self) -> dict[str, Any]:
        """The weights by name, so that they keep their meaning when features come and go."""
        return dict(zip(_NAMES, self.weights, strict=True))


class Scaling:
    def fit(self, rows: Sequence[Features], right: Sequence[bool]) -> Platt:
        positive = sum(right)
        high, low = (positive + 1) / (positive + 2), 1 / (len(right) - positive + 2)
        targets = [high if is_right else low for is_right in right]
        return Platt(tuple(_newton([(1.0, *row) for row in rows], targets)))

    def from_json(self, parameters: Mapping[str, Any]) -> Platt:
        return Platt(tuple(float(parameters.get(name, 0.0)) for name in _NAMES))


def _newton(rows: Sequence[tuple[float, ...]], targets: Sequence[float]) -> list[float]:
    """The weights of least loss: Newton's method, each step halved until it gains (iteratively reweighted squares)."""
    penalties = [FREE if name in _FREE else HELD for name in _NAMES]
    weights = [0.0] * len(penalties)
    loss = _loss(weights, rows, targets, penalties)
    for _ in range(MOST_STEPS):
        step = _step(weights, rows, targets, penalties)
        size, best, least = 1.0, weights, loss
        while size > 1e-4 and best is weights:
            tried = [weight - size * move for weight, move in zip(weights, step, strict=True)]
            least = _loss(tried, rows, targets, penalties)
            best = tried if least < loss else weights
            size /= 2
        if best is weights or loss - least < NEAR:
            return best
        weights, loss = best, least
    return weights


def _loss(
    weights: Sequence[float], rows: Sequence[tuple[float, ...]], targets: Sequence[float], penalties: Sequence[float]
) -> float:
    """Cross entropy, in nats, and the penalties."""
    total = sum(penalty * weight * weight / 2 for penalty, weight in zip(penalties, weights, strict=True))
    for row, target in zip(rows, targets, strict=True):
        log_odds = _dot(weights, row)
        total += (
            (1 - target) * log_odds + log1p(exp(-log_odds))
            if log_odds >= 0
            else log1p(exp(log_odds)) - target * log_odds
        )
    return total


def _step(
    weights: Sequence[float], rows: Sequence[tuple[float, ...]], targets: Sequence[float], penalties: Sequence[float]
) -> list[float]:
    """The inverse of the Hessian times the gradient."""
    size = len(weights)
    gradient = [penalty * weight for penalty, weight in zip(penalties, weights, strict=True)]
    hessian = [[penalties[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
    for row, target in zip(rows, targets, strict=True):
        probability = _sigmoid(_dot(weights, row))
        spread = probability * (1 - probability)
        some = [(i, value) for i, value in enumerate(row) if value]
        for i, value in some:
            gradient[i] += (probability - target) * value
            for j, other in some:
                hessian[i][j] += spread * value * other
    return _solved(hessian, gradient)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a symmetric, positive definite system, by elimination: its pivots are positive as they come."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        for j in range(i + 1, size):
            share = rows[j][i] / rows[i][i]
            if share:
                rows[j] = [below - share * above for below, above in zip(rows[j], rows[i], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution


def _dot(weights: Sequence[float], row: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, row, strict=True))


def _sigmoid(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-log_odds)) if log_odds >= 0 else exp(log_odds) / (1.0 + exp(log_odds))


METHOD = Scaling()
