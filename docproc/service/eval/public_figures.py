"""Figures of public sets as functions of sums, so that they can be taken of every draw of the bootstrap at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from docproc.service.eval.intervals import Sums

Of = Callable[[str], Sums]  # sums of a column: of every round, or of all pictures
Figure = Callable[[Of], Sums]
Put = Callable[[str, float], None]  # adds to a column at the picture's place


def parts_in(columns: list[str]) -> list[str]:
    """The parts that were counted."""
    return [name[2:] for name in columns if name.startswith("n:") and name != "n:"]


def share(above: str, below: str) -> Figure:
    """One sum over another; 0 over nothing, as the sets' evaluations have it."""

    def of(sums: Of) -> Sums:
        divisor = sums(below)
        found: Sums = np.where(divisor > 0, sums(above) / np.where(divisor > 0, divisor, 1), 0.0)
        return found

    return of


def f1(right: str, said: str, true: str) -> Figure:
    """The harmonic mean of precision and recall."""

    def of(sums: Of) -> Sums:
        both = sums(said) + sums(true)
        found: Sums = np.where(both > 0, 2 * sums(right) / np.where(both > 0, both, 1), 0.0)
        return found

    return of


def mean(figures: list[Figure]) -> Figure:
    """The mean of several figures."""
    return scaled(total(figures), 1 / len(figures))


def total(figures: list[Figure]) -> Figure:
    """The sum of several figures."""
    return lambda sums: np.sum([figure(sums) for figure in figures], axis=0)


def scaled(figure: Figure, by: float) -> Figure:
    """A figure times a number."""
    return lambda sums: figure(sums) * by
