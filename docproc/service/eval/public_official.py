"""The figures that a public set's own evaluation reports, with intervals over pictures.

Most are shares of sums, per part and in all; MME, MMBench, SROIE, CORD and FUNSD count in their own ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from docproc.service.eval.intervals import PLACES, Sums, interval, place_of, resampled
from docproc.service.eval.public_figures import Figure, Of, Put, f1, mean, parts_in, scaled, share, total
from docproc.service.eval.public_records import Cord, Funsd, Sroie
from docproc.service.eval.scored import Scored
from docproc.sources.gold import GoldSet
from docproc.sources.gold.mme import COGNITION, PERCEPTION

_DECIMALS = 4
ALL = "answer"  # the part of a set without parts
# Metrics under the names that the sets' own papers have for them.
_NAMES = {"vqa": "accuracy", "choice": "accuracy", "yes_no": "accuracy"}
_MEAN = ("chartqa", "pope")  # sets that report the mean of their parts


class Counting(Protocol):
    """How a set counts. Rows of one picture follow each other."""

    def add(self, row: Scored, put: Put) -> None:
        """Count an answer."""

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        """The figures by name, of the columns that there are."""


class Official:
    """Counts judged answers as they go by; bounded by the number of parts, not of answers."""

    def __init__(self, gold: GoldSet) -> None:
        special: dict[str, Callable[[], Counting]] = {
            "mme": Mme,
            "mmbench": Circular,
            "pope": YesNo,
            "gqa": Matched,
            "sroie": Sroie,
            "cord": Cord,
            "funsd": Funsd,
        }
        self._counting = special[gold.name]() if gold.name in special else Means(gold.metrics, gold.name in _MEAN)
        self._columns: dict[str, npt.NDArray[np.float64]] = {}
        self._last: tuple[str, Callable[[str, float], None]] | None = None

    def add(self, row: Scored) -> None:
        """Count an answer."""
        if self._last is None or self._last[0] != row.document:
            self._last = (row.document, self._putting(place_of(row.document)))
        self._counting.add(row, self._last[1])

    def figures(self) -> dict[str, dict[str, float]]:
        """Each figure with the interval that holds it in 95 of 100 cases."""
        ended = getattr(self._counting, "end", None)
        if ended is not None:
            ended()
        names = sorted(self._columns)
        if not names:
            return {}
        matrix = np.stack([self._columns[name] for name in names], axis=1)
        used = matrix[matrix.any(axis=1)]
        if not len(used):
            used = matrix[:1]
        at = {name: number for number, name in enumerate(names)}
        whole, drawn = used.sum(axis=0, keepdims=True), resampled(used)
        found = {}
        for name, figure in self._counting.figures(names):
            value = float(figure(_of(whole, at))[0])
            low, high = interval(figure(_of(drawn, at))) or (value, value)
            found[name] = {
                "value": round(value, _DECIMALS),
                "low": round(min(low, value), _DECIMALS),
                "high": round(max(high, value), _DECIMALS),
            }
        return found

    def _putting(self, place: int) -> Put:
        def put(name: str, value: float) -> None:
            if name not in self._columns:
                self._columns[name] = np.zeros(PLACES)
            self._columns[name][place] += value

        return put


class Means:
    """The mean of each metric, in all and per part; `mean`: the mean over the parts, however many each has."""

    def __init__(self, metrics: tuple[str, ...], mean: bool) -> None:
        self._metrics, self._mean = metrics, mean

    def add(self, row: Scored, put: Put) -> None:
        for part in ("", *_part(row)):
            put(f"n:{part}", 1)
            for metric in self._metrics:
                put(f"{metric}:{part}", row.scores.get(metric, 0.0))

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        parts = parts_in(columns)
        for metric in self._metrics:
            name = _NAMES.get(metric, metric)
            yield name, share(f"{metric}:", "n:")
            each = {part: share(f"{metric}:{part}", f"n:{part}") for part in parts}
            yield from ((f"{part}.{name}", figure) for part, figure in each.items())
            if self._mean and each:
                yield f"mean.{name}", mean(list(each.values()))


class Matched:
    """The share of answers that are the right text, in all and per part."""

    def add(self, row: Scored, put: Put) -> None:
        for part in ("", *_part(row)):
            put(f"n:{part}", 1)
            put(f"right:{part}", row.right)

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        yield "accuracy", share("right:", "n:")
        for part in parts_in(columns):
            yield f"{part}.accuracy", share(f"right:{part}", f"n:{part}")


class YesNo:
    """Per part: accuracy, precision, recall and F1 of yes, and how often yes was said; and their means."""

    def add(self, row: Scored, put: Put) -> None:
        true = row.gold[0] == "yes"
        told = row.said is not None and row.right == true
        for name, counted in (
            ("n", True),
            ("right", row.right),
            ("told", told),
            ("true", true),
            ("hit", told and true),
        ):
            put(f"{name}:{row.key}", counted)

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        parts = parts_in(columns)
        by_name: dict[str, list[Figure]] = {}
        for part in parts:
            figures = {
                "accuracy": share(f"right:{part}", f"n:{part}"),
                "precision": share(f"hit:{part}", f"told:{part}"),
                "recall": share(f"hit:{part}", f"true:{part}"),
                "f1": f1(f"hit:{part}", f"told:{part}", f"true:{part}"),
                "yes_ratio": share(f"told:{part}", f"n:{part}"),
            }
            for name, figure in figures.items():
                by_name.setdefault(name, []).append(figure)
                yield f"{part}.{name}", figure
        yield from ((f"mean.{name}", mean(figures)) for name, figures in by_name.items())


class Mme:
    """Per subtask accuracy and accuracy+ (both questions of a picture) in percent, their sum, and sums of those."""

    def __init__(self) -> None:
        self._group, self._right, self._asked = "", True, 0

    def add(self, row: Scored, put: Put) -> None:
        if row.group != self._group:
            self._group, self._right, self._asked = row.group, True, 0
        self._right &= row.right
        self._asked += 1
        put(f"n:{row.key}", 1)
        put(f"right:{row.key}", row.right)
        if self._asked == 2:
            put(f"pictures:{row.key}", 1)
            put(f"both:{row.key}", self._right)

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        parts = set(parts_in(columns))
        scores: dict[str, Figure] = {}
        for part in (*PERCEPTION, *COGNITION):
            if part in parts:
                single = scaled(share(f"right:{part}", f"n:{part}"), 100)
                both = scaled(share(f"both:{part}", f"pictures:{part}"), 100)
                scores[part] = total([single, both])
                yield f"{part}.accuracy", single
                yield f"{part}.accuracy_plus", both
                yield f"{part}.score", scores[part]
        for name, within in (
            ("perception", PERCEPTION),
            ("cognition", COGNITION),
            ("total", (*PERCEPTION, *COGNITION)),
        ):
            there = [scores[part] for part in within if part in scores]
            if there:
                yield name, total(there)


class Circular:
    """Vanilla accuracy (the options as they are given) and that of questions right in every rotation."""

    def __init__(self) -> None:
        self._group, self._right = "", True
        self._parts: tuple[str, ...] = ()
        self._put: Put | None = None

    def add(self, row: Scored, put: Put) -> None:
        if row.group != self._group:
            self.end()
            self._group, self._right, self._put, self._parts = row.group, True, put, ("", *_part(row))
            for part in self._parts:
                put(f"n:{part}", 1)
                put(f"vanilla:{part}", row.right)
        self._right &= row.right

    def end(self) -> None:
        """Count the question that is complete."""
        if self._put is not None:
            for part in self._parts:
                self._put(f"circular:{part}", self._right)
        self._put = None

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        for name in ("circular", "vanilla"):
            yield name, share(f"{name}:", "n:")
            for part in parts_in(columns):
                yield f"{part}.{name}", share(f"{name}:{part}", f"n:{part}")


def _part(row: Scored) -> tuple[str, ...]:
    return () if row.key == ALL else (row.key,)


def _of(sums: Sums, at: dict[str, int]) -> Of:
    return lambda name: sums[:, at[name]] if name in at else np.zeros(len(sums))
