"""Timings in alternation, so that a machine that is busy for a while is so for both sides."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.support import Say


@dataclass(frozen=True)
class Pair:
    """Seconds of each round; `ratio` is how fast the first is in units of the second: more is better for the first."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return round(median(theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)), 3)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def alternate(say: Say, rounds: int, ours: Callable[[], object], theirs: Callable[[], object]) -> Pair:
    """Runs the two by turns, `rounds` times each; who goes first alternates too."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for round_number in range(rounds):
        for side in (0, 1) if round_number % 2 == 0 else (1, 0):
            seconds[side].append(timed((ours, theirs)[side]))
        say(f"  round {round_number + 1}: {seconds[0][-1]:.2f} s against {seconds[1][-1]:.2f} s")
    return Pair(tuple(seconds[0]), tuple(seconds[1]))
