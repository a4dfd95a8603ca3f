"""Charts of operation: how much is done, how sure and how right the answers are, what fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from docproc.core.errors import NotFound
from docproc.service import plots
from docproc.service.labels import from_reviews
from docproc.service.parts import Parts
from docproc.service.plots import NARROW, Theme, Words
from docproc.store import chart_rows

Over = Literal["hour", "day", "week", "month"]
# How far back, and in what steps, in seconds.
_SPANS: dict[Over, tuple[float, float]] = {
    "hour": (3600.0, 60.0),
    "day": (86_400.0, 1800.0),
    "week": (604_800.0, 10_800.0),
    "month": (2_592_000.0, 43_200.0),
}
_STEPS = {60.0: "minute", 1800.0: "half hour", 10_800.0: "3 hours", 43_200.0: "12 hours"}
_MOST_SETS = 6
FEW = 10  # reviewed answers: fewer say nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chart is wanted of: how far back, and which question set (None: all)."""

    over: Over = "day"
    set_name: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as data: rows with the names of their columns, and how it is drawn. `empty`: why there are no rows."""

    name: str
    words: Words
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    draw: Callable[[Theme, Words], bytes]
    empty: str = ""

    def svg(self, theme: Theme, narrow: bool = False) -> bytes:
        """The picture. Raises MissingExtra."""
        words = replace(self.words, inches=NARROW) if narrow else self.words
        return self.draw(theme, words) if self.rows else plots.nothing(replace(words, says=self.empty), theme)


def chart(parts: Parts, name: str, asked: Asked) -> Chart:
    """The chart of that name. Raises NotFound."""
    if name not in CHARTS:
        raise NotFound(f"there is no chart {name[:60]!r}; there are: {', '.join(CHARTS)}")
    return CHARTS[name](parts, asked)


def set_names(parts: Parts) -> list[str]:
    """The sets that have answers."""
    with parts.database.read() as conn:
        return chart_rows.set_names(conn)


def _throughput(parts: Parts, asked: Asked) -> Chart:
    seconds, step = _SPANS[asked.over]
    with parts.database.read() as conn:
        at, counted = chart_rows.finished(conn, seconds, step)
    names = ("answered", "blank", "failed", "cancelled")
    counts = {(ago, state): count for ago, state, count in counted}
    buckets = range(int(seconds / step) - 1, -1, -1)
    moments = {ago: datetime.fromtimestamp(at - (ago + 1) * step, UTC) for ago in buckets}
    rows = tuple(
        (moments[ago].isoformat(timespec="minutes"), *(counts.get((ago, name), 0) for name in names)) for ago in buckets
    )
    total = sum(counts.values())
    shown = [name for name in names if any(state == name for _, state in counts)]
    says = f"{total} pages ended in the last {asked.over}, {_sum(counts, 'failed')} of them failed."
    words = Words("Pages per " + _STEPS[step], "UTC", "pages", says)

    def draw(theme: Theme, words: Words) -> bytes:
        series = {name: [(moments[ago], float(counts.get((ago, name), 0))) for ago in buckets] for name in shown}
        return plots.line(series, words, theme)

    columns = ("from", *names)
    return Chart("throughput", words, columns, rows if total else (), draw, f"no page ended in the last {asked.over}")


def _confidence(parts: Parts, asked: Asked) -> Chart:
    with parts.database.read() as conn:
        counted = chart_rows.confidences(conn, asked.set_name)
    bins = chart_rows.BINS
    sizes: dict[str, int] = {}
    for name, _, count in counted:
        sizes[name] = sizes.get(name, 0) + count
    names = sorted(sizes, key=lambda name: (-sizes[name], name))[:_MOST_SETS]
    counts = {(name, place): count for name, place, count in counted}
    edges = [number / bins for number in range(bins + 1)]
    rows = tuple(
        (f"{edges[place]:.2f}–{edges[place + 1]:.2f}", *(counts.get((name, place), 0) for name in names))
        for place in range(bins)
    )
    total = sum(sizes.values())
    sure = sum(count for (_, place), count in counts.items() if edges[place] >= 0.9)
    says = f"{total} values stand for whole documents; {_percent(sure, total)} have a confidence of 0.9 or more."
    words = Words("Confidence of the answers", "confidence", "answers", says)

    def draw(theme: Theme, words: Words) -> bytes:
        series = {name: [float(counts.get((name, place), 0)) for place in range(bins)] for name in names}
        return plots.columns(series, edges, words, theme)

    return Chart("confidence", words, ("confidence", *names), rows if total else (), draw, "no answer has a value yet")


def _coverage(parts: Parts, asked: Asked) -> Chart:
    scores, right = _labelled(parts, asked)
    rows = tuple(plots.coverage_rows(scores, right))
    says = f"{len(right)} answers were reviewed, {_percent(sum(right), len(right))} of them were right."
    words = Words("Accuracy at coverage", "share of answers taken, the surest first", "share that is right", says)
    enough = len(right) >= FEW
    return Chart(
        "coverage",
        words,
        ("coverage", "accuracy"),
        rows if enough else (),
        lambda theme, words: plots.coverage(scores, right, words, theme),
        _too_few(right),
    )


def _reliability(parts: Parts, asked: Asked) -> Chart:
    scores, right = _labelled(parts, asked)
    rows = tuple(plots.reliability_rows(scores, right))
    says = f"{len(right)} reviewed answers; on the dashed line, confidence is the share that is right."
    words = Words("Reliability of the confidence", "confidence", "share that is right", says)
    return Chart(
        "reliability",
        words,
        ("confidence", "mean confidence", "accuracy", "answers"),
        rows if len(right) >= FEW else (),
        lambda theme, words: plots.reliability(scores, right, words, theme),
        _too_few(right),
    )


def _failures(parts: Parts, asked: Asked) -> Chart:
    seconds, _ = _SPANS[asked.over]
    with parts.database.read() as conn:
        rows = chart_rows.failures(conn, seconds)
    pages, files = (sum(count for what, _, count in rows if what == kind) for kind in ("page", "file"))
    says = f"In the last {asked.over} {pages} pages failed and {files} files were refused."
    words = Words("Failures by reason", "count", "", says)
    bars = [(f"{what}: {reason}", float(count)) for what, reason, count in rows]
    return Chart(
        "failures",
        words,
        ("what", "reason", "count"),
        tuple(rows),
        lambda theme, words: plots.bar(bars, words, theme),
        f"nothing failed in the last {asked.over}",
    )


def _labelled(parts: Parts, asked: Asked) -> tuple[list[float], list[bool]]:
    """The confidence of every reviewed answer, and whether it was right."""
    with parts.database.read() as conn:
        engines = chart_rows.engine_ids(conn)
    found = [label for one, _ in engines for label in from_reviews(parts.database, one, asked.set_name).values()]
    return [label.stored.answer.confidence for label in found], [label.right for label in found]


def _too_few(right: list[bool]) -> str:
    return f"{len(right)} answers were reviewed; {FEW} are needed to say anything"


def _sum(counts: Mapping[tuple[int, str], int], name: str) -> int:
    return sum(count for (_, state), count in counts.items() if state == name)


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "none"


CHARTS: dict[str, Callable[[Parts, Asked], Chart]] = {
    "throughput": _throughput,
    "confidence": _confidence,
    "coverage": _coverage,
    "reliability": _reliability,
    "failures": _failures,
}
OVERS: tuple[str, ...] = get_args(Over)
