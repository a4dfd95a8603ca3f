"""How sure a figure is: intervals by the bootstrap over documents, and tests of two runs on the same questions."""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, exp, lgamma, log, sqrt
from zlib import crc32

import numpy as np
import numpy.typing as npt

# Documents are counted in this many places by their hash: what is kept does not grow with them. Two that share a place
# are drawn together, which makes an interval a little wider, never narrower.
PLACES = 1 << 14
ROUNDS = 1000
SEED = 20_240_611
_SURE = 0.95
_EXACT = 20_000  # changed answers up to which the sign test adds up the binomial distribution

Sums = npt.NDArray[np.float64]
Statistic = Callable[[Sums], Sums]  # of sums by column, shape (rounds, columns), one number a round


def place_of(document: str) -> int:
    """The place in which a document is counted."""
    return crc32(document.encode()) % PLACES


def resampled(sums: npt.NDArray[np.generic], rounds: int = ROUNDS, seed: int = SEED) -> Sums:
    """Column sums over as many documents as there are, drawn with replacement, `rounds` times: (rounds, columns).

    `sums` has a row per document. The same seed draws the same documents.
    """
    rows = np.asarray(sums, np.float64)
    rng = np.random.default_rng(seed)
    drawn = np.empty((rounds, rows.shape[1]))
    for number in range(rounds):
        times = np.bincount(rng.integers(0, len(rows), len(rows)), minlength=len(rows))
        drawn[number] = times @ rows
    return drawn


def interval(values: Sums, sure: float = _SURE) -> tuple[float, float] | None:
    """The middle `sure` of what rounds gave (the percentile interval, Efron 1979); None where none is a number."""
    told = values[np.isfinite(values)]
    if not len(told):
        return None
    low, high = np.quantile(told, [(1 - sure) / 2, (1 + sure) / 2])
    return float(low), float(high)


def share(above: int, below: int) -> Statistic:
    """The statistic that divides one column's sum by another's."""

    def of(sums: Sums) -> Sums:
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Sums = sums[:, above] / sums[:, below]
        return found

    return of


def sign_test(better: int, worse: int) -> float:
    """The chance that as uneven a split of the changed answers, or a more uneven one, comes of luck (two-sided).

    McNemar's test in its exact form; of very many changes by the normal approximation with its correction.
    """
    changed, fewer = better + worse, min(better, worse)
    if better == worse:
        return 1.0
    if changed > _EXACT:
        return erfc((abs(better - worse) - 1) / sqrt(changed) / sqrt(2))
    whole = lgamma(changed + 1) - changed * log(2)
    tail = sum(exp(whole - lgamma(k + 1) - lgamma(changed - k + 1)) for k in range(fewer + 1))
    return min(1.0, 2 * tail)


def holm(chances: dict[str, float]) -> dict[str, float]:
    """The same chances, made larger for there being several tests (Holm 1979): some of many differ by luck."""
    adjusted, most = {}, 0.0
    for rank, name in enumerate(sorted(chances, key=lambda name: chances[name])):
        most = max(most, min(1.0, chances[name] * (len(chances) - rank)))
        adjusted[name] = most
    return adjusted
