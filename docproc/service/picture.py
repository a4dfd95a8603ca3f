"""A plot of the rows of a query: what kind of plot shows two columns best, and that plot."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from docproc.core.errors import UsageError
from docproc.service import plots
from docproc.service.plots import NARROW, WIDE, Theme, Words

Kind = Literal["line", "bar", "scatter", "histogram"]
Sort = Literal["number", "date", "word"]
MOST = 5000  # rows
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class Picked:
    """A column: its name and its values, None where there is none."""

    name: str
    values: Sequence[Any]


def sort_of(values: Sequence[Any]) -> Sort:
    """What the values of a column are, those that are there."""
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
        return "number"
    return "date" if there and all(_moment(value) is not None for value in there) else "word"


def choose(x: Picked, y: Picked | None) -> Kind:
    """The kind of plot that suits: over time a line, over words bars, of two numbers dots, of one a histogram."""
    sort = sort_of(x.values)
    if y is None:
        return "histogram" if sort == "number" else "bar"
    return {"number": "scatter", "date": "line", "word": "bar"}[sort]  # type: ignore[return-value] # three kinds


def picture(
    x: Picked, y: Picked | None, kind: Kind | None, theme: Theme, title: str = "", narrow: bool = False
) -> tuple[Kind, bytes]:
    """The kind that was drawn, and the SVG. Without `y`, values of `x` are counted. Raises UsageError, MissingExtra."""
    if y is not None and sort_of(y.values) != "number":
        raise UsageError(f"the column {y.name[:60]!r} holds no numbers; choose another one to be drawn")
    if y is not None and len(y.values) != len(x.values):
        raise UsageError("the two columns are of different lengths")
    if len(x.values) > MOST:
        raise UsageError(f"a plot takes {MOST} rows; ask for fewer")
    chosen = kind or choose(x, y)
    says = f"A {chosen} plot of {y.name if y else 'rows'} by {x.name}."
    words = Words(title, x.name, y.name if y else "rows", says, NARROW if narrow else WIDE)
    if not any(value is not None for value in x.values):
        return chosen, plots.nothing(replace(words, says="there are no values to draw"), theme)
    draw = {"line": _line, "bar": _bar, "scatter": _scatter, "histogram": _histogram}[chosen]
    return chosen, draw(x, y, words, theme)


def _line(x: Picked, y: Picked | None, words: Words, theme: Theme) -> bytes:
    sort = sort_of(x.values)
    if sort == "word" or y is None:
        raise UsageError("a line needs dates or numbers below, and numbers beside; draw bars of this")
    read: Callable[[Any], Any] = _moment if sort == "date" else float
    points = sorted((read(a), float(b)) for a, b in _pairs(x, y))
    return plots.line({y.name: points}, words, theme)


def _bar(x: Picked, y: Picked | None, words: Words, theme: Theme) -> bytes:
    sums: dict[str, float] = {}
    for a, b in _pairs(x, y):
        sums[_word(a)] = sums.get(_word(a), 0.0) + float(b)
    ordered = sorted(sums.items(), key=lambda pair: -pair[1]) if sort_of(x.values) == "word" else sorted(sums.items())
    return plots.bar(ordered, replace(words, x=words.y, y=words.x), theme)


def _scatter(x: Picked, y: Picked | None, words: Words, theme: Theme) -> bytes:
    if y is None or sort_of(x.values) != "number":
        raise UsageError("dots need numbers below and beside; draw a line or bars of this")
    return plots.scatter([(float(a), float(b)) for a, b in _pairs(x, y)], words, theme)


def _histogram(x: Picked, y: Picked | None, words: Words, theme: Theme) -> bytes:
    numbers = y if y is not None else x
    if sort_of(numbers.values) != "number":
        raise UsageError("a histogram needs numbers; draw bars of this")
    values = [float(value) for value in numbers.values if value is not None and math.isfinite(value)]
    return plots.histogram(values, replace(words, x=numbers.name, y="rows"), theme)


def _pairs(x: Picked, y: Picked | None) -> list[tuple[Any, float]]:
    other = [1.0] * len(x.values) if y is None else y.values
    return [
        (a, b) for a, b in zip(x.values, other, strict=True) if a is not None and b is not None and math.isfinite(b)
    ]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _moment(value: Any) -> datetime | None:
    """A date or moment, in UTC without its zone, None where it is none."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if found.year < 2 or found.year > 9998:
        return None
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
