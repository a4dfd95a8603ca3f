"""Relaxed accuracy, the metric of ChartQA: numbers may be read off a little wrongly, texts and years may not."""

from __future__ import annotations

import re

TOLERANCE = 0.05
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_UNITS = re.compile(r"^[\s$€£¥]*([-+]?[\d.,]+)\s*(%)?[\s$€£¥]*$")


def relaxed_accuracy(said: str, truth: str, tolerance: float = TOLERANCE) -> float:
    """1 where the same was said, or a number within `tolerance` of the true one; else 0.

    Methani et al., WACV 2020. Two known traps are mended: "2019" is not "2020" though it is within 5 % (a truth that is
    written as a year, 1500 to 2099 without comma, fraction or unit, must be said exactly), and "1,234" is 1234. A
    percentage and a plain number are the same number ("12%" and "12", not 0.12). `official_relaxed` has the traps.
    """
    if _YEAR.fullmatch(truth.strip()):
        return float(number_of(said) == number_of(truth))
    wanted, told = number_of(truth), number_of(said)
    if wanted is None or told is None:
        return float(_fold(said) == _fold(truth))
    return float(told == wanted if wanted == 0 else abs(told - wanted) <= tolerance * abs(wanted) * (1 + 1e-12))


def official_relaxed(said: str, truth: str, tolerance: float = TOLERANCE) -> float:
    """As published evaluations compute it, for comparison with their figures: no commas, years like other numbers."""
    told, wanted = _plain(said), _plain(truth)
    if told is not None and wanted:
        return float(abs(told - wanted) / abs(wanted) <= tolerance)
    return float(said.lower() == truth.lower())


def number_of(text: str) -> float | None:
    """The number that a text is, with thousands separators, a currency sign or a percent sign; None for other texts."""
    found = _UNITS.match(text)
    return float(found[1].replace(",", "")) if found and _NUMBER.fullmatch(found[1]) else None


def _plain(text: str) -> float | None:
    try:
        return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None


def _fold(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")
