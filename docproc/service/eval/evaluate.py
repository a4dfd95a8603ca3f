"""Evaluate: count judged answers as they come, and leave behind what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError
from docproc.service.eval.page import report
from docproc.service.eval.scored import RESULTS, SUMMARY, Scored, write
from docproc.service.eval.summary import Tally, figure, save
from docproc.service.parts import Parts

_LESS_IS_BETTER = ("ece", "cer", "wer", "yes_ratio")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an evaluation leaves behind: a folder with results and figures, a page. `title` says what was evaluated."""

    title: str
    out: Path | None = None
    html: Path | None = None


@dataclass(frozen=True, slots=True)
class Least:
    """A figure that must be reached."""

    name: str
    value: float


def evaluate(parts: Parts, rows: Iterator[Scored], wanted: Wanted, seen: Callable[[int], None]) -> dict[str, Any]:
    """The figures of all rows, as JSON; `seen` hears how many there are now and then.

    Raises UsageError where there is nothing to judge, or where a file cannot be written.
    """
    tally = Tally()
    try:
        if wanted.out is None:
            _count(rows, tally, seen)
        else:
            wanted.out.mkdir(parents=True, exist_ok=True)
            with (wanted.out / RESULTS).open("w", encoding="utf-8") as file:
                _count(write(rows, file), tally, seen)
        if not tally.every.fields.total:
            raise UsageError(
                f"{wanted.title}: there is nothing to judge; what is right must be known (see docs/evaluation.md)"
            )
        summary = {"title": wanted.title, **tally.summary()}
        if wanted.out is not None:
            save(summary, wanted.out)
        if wanted.html is not None:
            wanted.html.write_text(report(parts, tally, wanted.title), "utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
    return summary


def leasts(texts: Sequence[str]) -> list[Least]:
    """The figures that must be reached, from METRIC=VALUE. Raises UsageError."""
    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        try:
            least = Least(name.strip(), float(value))
        except ValueError as error:
            raise UsageError(f"--fail-under {text!r}: it is METRIC=VALUE, as accuracy=0.9") from error
        if not equals or name.strip().rpartition(".")[2] in _LESS_IS_BETTER:
            raise UsageError(f"--fail-under {text!r}: a metric of which more is better, as accuracy=0.9")
        found.append(least)
    return found


def below(summary: Mapping[str, Any], wanted: Sequence[Least]) -> list[str]:
    """A sentence about each figure that is not reached. Raises UsageError for one that there is not."""
    missed = []
    for least in wanted:
        value = figure(summary, least.name)
        if value < least.value:
            missed.append(f"{least.name} is {value:.4f}, {least.value - value:.4f} below {least.value:g}")
    return missed


def files_of(folder: Path) -> tuple[Path, Path]:
    """Where results and figures are."""
    return folder / RESULTS, folder / SUMMARY


def _count(rows: Iterator[Scored], tally: Tally, seen: Callable[[int], None]) -> None:
    for number, row in enumerate(rows, 1):
        tally.add(row)
        if number % 1000 == 0:
            seen(number)
