"""The axes of a chart, from the words beside its plot: which position means which value or which name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docproc.core.types import Word

_NUMBER = re.compile(r"[-−–]?[$€£]?\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?%?|[-−–]?[$€£]?\d+(?:[.,]\d+)?%?[kKmMbB]?")


@dataclass(frozen=True)
class Scale:
    """value = slope * position + offset; `words` are the tick labels, `at` the position across the axis."""

    slope: float
    offset: float
    words: tuple[Word, ...]
    at: float

    def value(self, position: float) -> float:
        """The value at a position along the axis."""
        return self.slope * position + self.offset

    @property
    def step(self) -> float:
        """The distance between neighbouring labels, as a value."""
        values = sorted(number(word.text) or 0.0 for word in self.words)
        return min((b - a for a, b in pairwise(values) if b > a), default=0.0)


def number(text: str) -> float | None:
    """The number that a tick label says; None where it says none."""
    if not _NUMBER.fullmatch(text):
        return None
    plain = re.sub(r"[$€£%, ]", "", text) if re.search(r",\d{3}\b", text) else re.sub(r"[$€£% ]", "", text)
    plain = plain.replace(",", ".").replace("−", "-").replace("–", "-")
    factor = {"k": 1e3, "m": 1e6, "b": 1e9}.get(plain[-1:].lower(), 1.0)
    return float(plain.rstrip("kKmMbB")) * factor


def upright_scales(words: Sequence[Word]) -> list[Scale]:
    """Scales along y: columns of three and more numbers at even steps, from left to right."""
    return _scales(words, along=lambda word: word.box.cy, across=_across_y)


def level_scales(words: Sequence[Word]) -> list[Scale]:
    """Scales along x: rows of three and more numbers at even steps, from the lowest up."""
    return sorted(_scales(words, along=lambda word: word.box.cx, across=_across_x), key=lambda scale: -scale.at)


def _across_y(word: Word) -> tuple[float, float]:
    return word.box.x1, word.box.x0


def _across_x(word: Word) -> tuple[float, float]:
    return word.box.cy, word.box.cy


def _scales(
    words: Sequence[Word], along: Callable[[Word], float], across: Callable[[Word], tuple[float, float]]
) -> list[Scale]:
    numbers = [word for word in words if number(word.text) is not None]
    found: list[Scale] = []
    for edge in (0, 1):
        left = [word for word in numbers if not any(word in scale.words for scale in found)]
        for seed in left:
            if any(seed in scale.words for scale in found):
                continue
            near = 0.5 * min(seed.box.height, 40.0)
            row = [word for word in left if abs(across(word)[edge] - across(seed)[edge]) <= near]
            scale = _fitted(row, along, across(seed)[edge])
            if scale is not None and not any(word in other.words for other in found for word in scale.words):
                found.append(scale)
    return sorted(found, key=lambda scale: scale.at)


def _fitted(row: Sequence[Word], along: Callable[[Word], float], at: float) -> Scale | None:
    """The straight line through most labels of a row; None where fewer than three, or two thirds, lie on it."""
    points = [(along(word), number(word.text) or 0.0, word) for word in row]
    best: tuple[int, float, float, list[Word]] = (0, 0.0, 0.0, [])
    for i, (x0, v0, _) in enumerate(points):
        for x1, v1, _ in points[i + 1 :]:
            if abs(x1 - x0) < 12 or v1 == v0:
                continue
            slope = (v1 - v0) / (x1 - x0)
            off = 4.0 * abs(slope)
            on = [word for x, v, word in points if abs(v0 + slope * (x - x0) - v) <= off]
            if len(on) > best[0]:
                best = len(on), slope, v0 - slope * x0, on
    count, slope, offset, on = best
    if count < 3 or 3 * count < 2 * len(points):
        return None
    return Scale(slope, offset, tuple(on), at)
