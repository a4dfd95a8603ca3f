"""How far confidence can be trusted, from counts per confidence: as large for ten answers as for ten million."""

from __future__ import annotations

from math import ceil

import numpy as np
import numpy.typing as npt

from docproc.core.metrics.calibration import BINS

STEPS = 10_000  # confidence is stored with four decimals


class Trust:
    """Counts of right and wrong answers by confidence."""

    def __init__(self) -> None:
        self.counts: npt.NDArray[np.int64] = np.zeros((2, STEPS + 1), np.int64)  # wrong, right

    def add(self, confidence: float, right: bool) -> None:
        """Count an answer; `confidence` in [0, 1]."""
        self.counts[int(right), min(STEPS, max(0, round(confidence * STEPS)))] += 1

    @property
    def answers(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    def auroc(self) -> float | None:
        """As `core.metrics.auroc`."""
        wrong, right = self.counts
        pairs = int(wrong.sum()) * int(right.sum())
        if not pairs:
            return None
        below = np.cumsum(wrong) - wrong
        return float((right * (below + wrong / 2)).sum() / pairs)

    def calibration_error(self, bins: int = BINS) -> float | None:
        """As `core.metrics.calibration`; None for no answers."""
        if not self.answers:
            return None
        sure = np.arange(STEPS + 1) / STEPS
        wrong, right = self.counts
        amiss = np.bincount(np.minimum(bins - 1, (sure * bins).astype(int)), sure * (wrong + right) - right, bins)
        return float(np.abs(amiss).sum() / self.answers)

    def accuracy_at(self, coverage: float) -> float | None:
        """As `core.metrics.coverage`."""
        wanted = ceil(coverage * self.answers - 1e-9)
        if not wanted:
            return None
        right = self.counts[1][::-1]
        every = self.counts.sum(axis=0)[::-1]
        before = np.cumsum(every) - every
        taken = np.clip(wanted - before, 0, every)
        with np.errstate(invalid="ignore"):
            hits = np.where(every > 0, right * taken / np.maximum(every, 1), 0.0)
        return float(hits.sum() / wanted)

    def sample(self, most: int) -> tuple[list[float], list[bool]]:
        """Confidences and whether right, of all answers, or in the same shares of about `most` of them; for plots."""
        thin = max(1.0, self.answers / most)
        sure: list[float] = []
        told: list[bool] = []
        for right in (0, 1):
            counts = np.rint(self.counts[right] / thin).astype(int)
            found = np.repeat(np.arange(STEPS + 1) / STEPS, counts).tolist()
            sure += found
            told += [bool(right)] * len(found)
        return sure, told
