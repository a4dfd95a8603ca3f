"""Calibrations: how the signals of an engine's answers become probabilities, learnt from labelled answers.

A method is added by one new module in this package that defines a class with the Protocol `Method` and an instance of
it, `METHOD`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

# The features of an answer, in this order (see `core.confidence`); all are finite, and 0 where nothing is known.
FEATURES = (
    "score",  # log-odds of the confidence without a calibration, in [-7, 7]
    "sure",  # geometric mean of the tokens' probabilities, less 0.9
    "least",  # probability of the least likely token, less 0.6
    "exact",  # 1: the page has the value
    "close",  # 1: the page has something like it, or what it was concluded from
    "nowhere",  # 1: the page was searched and does not have it
    "agreement",  # of several readings, from -1 (none) to 1 (all)
    "steps",  # tries after the first reply, a third each, at most 1
    "absent",  # 1: the answer is that the page does not tell
    "long",  # 1: the kind is a text, a list or a table
    "concluded",  # 1: the kind is a boolean or a choice
)
Features = tuple[float, ...]


class Calibration(Protocol):
    """What was learnt. Immutable, and equal to what `to_json` and `from_json` make of it."""

    @property
    def method(self) -> str:
        """The name of the method that it was learnt by."""

    def probability(self, features: Features) -> float:
        """The probability in (0, 1) that an answer with these features (as `FEATURES`) is right."""

    def to_json(self) -> dict[str, Any]:
        """Its parameters as a JSON object."""


class Method(Protocol):
    """A way to learn a calibration."""

    def fit(self, rows: Sequence[Features], right: Sequence[bool]) -> Calibration:
        """The calibration for answers with these features, of which those with `right` were right; one at least."""

    def from_json(self, parameters: Mapping[str, Any]) -> Calibration:
        """The inverse of `Calibration.to_json`."""


@cache
def methods() -> Mapping[str, Method]:
    """Every method by name."""
    found: dict[str, Method] = {}
    for module in iter_modules(__path__):
        method: Method | None = getattr(import_module(f"{__name__}.{module.name}"), "METHOD", None)
        if method is not None:
            found[module.name] = method
    return found


def from_json(method: str, parameters: Mapping[str, Any]) -> Calibration:
    """The calibration that `to_json` wrote. Raises KeyError for an unknown method."""
    return methods()[method].from_json(parameters)
