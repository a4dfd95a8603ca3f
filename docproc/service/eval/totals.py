"""Sums of judged answers that belong together, of bounded size, and the figures that come of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from docproc.core.metrics.fields import Fields
from docproc.service.eval.intervals import PLACES, Statistic, Sums, interval, resampled, share
from docproc.service.eval.scored import Scored
from docproc.service.eval.trust import Trust

COVERAGE = 0.8
_RIGHT, _WRONG, _MISSED, _INVENTED, _ABSENT = range(5)
_OUTCOMES = ("right", "wrong", "missed", "invented", "absent")
_DECIMALS = 4


class Totals:
    """Sums over judged answers, by the place of their document."""

    def __init__(self) -> None:
        self.outcomes: npt.NDArray[np.int32] = np.zeros((PLACES, len(_OUTCOMES)), np.int32)
        self.trust = Trust()
        self._metrics: dict[str, npt.NDArray[np.float64]] = {}  # sum and count, per place
        self._groups: dict[int, bool] = {}  # hash of an engine's group → all of it right
        self._yes = [0, 0, 0, 0]  # of yes-or-no answers: all, said yes, yes was right, both

    def add(self, row: Scored, place: int) -> None:
        """Count an answer, whose document is counted in `place`."""
        fields = row.fields
        for column, name in enumerate(_OUTCOMES):
            if getattr(fields, name):
                self.outcomes[place, column] += 1
        if row.confidence is not None:
            self.trust.add(row.confidence, row.right)
        for name, score in row.scores.items():
            if name not in self._metrics:
                self._metrics[name] = np.zeros((PLACES, 2))
            self._metrics[name][place] += (score, 1)
        if row.group:
            group = hash((row.engine, row.group))
            self._groups[group] = self._groups.get(group, True) and row.right
        if row.kind == "boolean" and row.gold:
            self._count_yes(row)

    def _count_yes(self, row: Scored) -> None:
        true = row.gold[0].lower() in ("true", "yes")
        # What was told is read off the judgement: a free text says yes where it is right of a true one, or wrong of a
        # false one.
        told = row.said is not None and row.right == true
        for index, yes in enumerate((True, told, true, told and true)):
            self._yes[index] += yes

    @property
    def fields(self) -> Fields:
        """The answers as fields."""
        return Fields(*(int(count) for count in self.outcomes.sum(axis=0)))

    def figures(self) -> dict[str, Any]:
        """The figures as JSON; those that there are: see docs/evaluation.md."""
        fields = self.fields
        used = self.outcomes[self.outcomes.any(axis=1)]
        drawn = resampled(used) if len(used) else np.zeros((1, len(_OUTCOMES)))
        found: dict[str, Any] = {"answers": fields.total, "fields": asdict(fields)}
        for name, statistic in _SHARES.items():
            found[name] = _estimate(getattr(fields, name), statistic, drawn, len(used))
        told = {
            "auroc": self.trust.auroc(),
            "ece": self.trust.calibration_error(),
            "accuracy_at_80": self.trust.accuracy_at(COVERAGE),
        }
        found |= {name: round(value, _DECIMALS) for name, value in told.items() if value is not None}
        metrics = {name: self._mean(name) for name in sorted(self._metrics)}
        return found | ({"metrics": metrics} if metrics else {}) | self._of_groups() | self._of_yes()

    def _mean(self, name: str) -> dict[str, Any]:
        sums = self._metrics[name]
        used = sums[sums[:, 1] > 0]
        total, count = used.sum(axis=0)
        return {**_estimate(float(total / count), share(0, 1), resampled(used)), "answers": int(count)}

    def _of_groups(self) -> dict[str, Any]:
        if not self._groups:
            return {}
        whole = sum(self._groups.values()) / len(self._groups)
        return {"groups": {"groups": len(self._groups), "all_right": round(whole, _DECIMALS)}}

    def _of_yes(self) -> dict[str, Any]:
        count, told, true, both = self._yes
        if not count:
            return {}
        precision, recall = both / told if told else 0.0, both / true if true else 0.0
        f1 = 2 * precision * recall / (precision + recall) if both else 0.0
        rates = {"precision": precision, "recall": recall, "f1": f1, "yes_ratio": told / count}
        return {"yes_no": {"answers": count, **{name: round(rate, _DECIMALS) for name, rate in rates.items()}}}


def _accuracy(sums: Sums) -> Sums:
    total: Sums = sums.sum(axis=1)
    found: Sums = (sums[:, _RIGHT] + sums[:, _ABSENT]) / np.maximum(total, 1)
    return found


def _of_columns(*below: int) -> Statistic:
    """Right ones over those of some columns together; 1 where there are none, as `Fields` has it."""

    def of(sums: Sums) -> Sums:
        total = sums[:, below].sum(axis=1)
        found: Sums = np.where(total > 0, sums[:, _RIGHT] / np.maximum(total, 1), 1.0)
        return found

    return of


def _f1(sums: Sums) -> Sums:
    precision, recall = _SHARES["precision"](sums), _SHARES["recall"](sums)
    both = precision + recall
    found: Sums = np.where(both > 0, 2 * precision * recall / np.where(both > 0, both, 1), 0.0)
    return found


_SHARES: dict[str, Statistic] = {
    "accuracy": _accuracy,
    "precision": _of_columns(_RIGHT, _WRONG, _INVENTED),
    "recall": _of_columns(_RIGHT, _WRONG, _MISSED),
    "f1": _f1,
}


def _estimate(value: float, statistic: Statistic, drawn: Sums, documents: int = 0) -> dict[str, float]:
    """A figure with the interval that holds it in 95 of 100 cases.

    Of a share that is the same in all `documents`, drawing among them tells nothing: where it is 0 or 1, the bound is
    the exact one of that many trials (Clopper and Pearson 1934).
    """
    low, high = interval(statistic(drawn)) or (value, value)
    if documents and low == high and value in (0.0, 1.0):
        alike = 0.025 ** (1 / documents)
        low, high = (alike, 1.0) if value else (0.0, 1.0 - alike)
    return {
        "value": round(value, _DECIMALS),
        "low": round(min(low, value), _DECIMALS),
        "high": round(max(high, value), _DECIMALS),
    }
