"""Plots as SVG: data in, bytes out. matplotlib is loaded when the first one is drawn, and only its pure parts are used.

Every plot has a title and a description for who does not see it, is drawn for a light or a dark page, and looks the
same for the same data. Texts may come from anywhere: they are never read as formulas, and hold no control characters.
"""

from __future__ import annotations

import io
import math
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape
from itertools import pairwise
from typing import Any, Literal

from docproc.core.errors import MissingExtra
from docproc.core.metrics.calibration import BINS, expected_calibration_error
from docproc.core.metrics.coverage import accuracy_at

Theme = Literal["light", "dark"]
WIDE, NARROW = 6.8, 3.6  # inches: beside each other on a screen, and on a telephone
X = float | date | datetime | str


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on a plot: its title, what its axes are, and a sentence that says what is to be seen.

    `inches` is how wide it is drawn, at 100 dots an inch; letters keep their size, so that a telephone shows them.
    """

    title: str
    x: str = ""
    y: str = ""
    says: str = ""
    inches: float = WIDE


@dataclass(frozen=True, slots=True)
class _Look:
    paper: str
    ink: str
    soft: str
    grid: str
    series: tuple[str, ...]


_LOOKS: dict[Theme, _Look] = {
    "light": _Look(
        "#ffffff", "#1c1d20", "#55585e", "#dfdfda", ("#2a5bd7", "#b8410c", "#1d7045", "#7c3aed", "#0f6f76", "#8a5200")
    ),
    "dark": _Look(
        "#1b1d20", "#e8e9eb", "#a9aeb6", "#3a3f46", ("#8fb0ff", "#ffa27a", "#6fcf97", "#c4a6ff", "#5fd3c8", "#eab464")
    ),
}
_MARKERS = ("o", "s", "^", "D", "v", "P")
_HIGH = 3.6
_MOST_BARS, _MOST_LETTERS = 40, 40
_DRAWING = threading.Lock()  # matplotlib keeps fonts and settings for the whole process, and is not made for threads


def line(series: Mapping[str, Sequence[tuple[X, float]]], words: Words, theme: Theme = "light") -> bytes:
    """A line per series through its points in their order; x is a number, a date or a moment, alike in all."""

    def draw(axes: Any, look: _Look) -> None:
        for number, (name, points) in enumerate(series.items()):
            few = len(points) <= 60
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=look.series[number % len(look.series)],
                marker=_MARKERS[number % len(_MARKERS)] if few else None,
                markersize=4,
                linewidth=1.8,
                label=_clean(name, 30),
            )
        _legend(axes, look, len(series))
        if any(isinstance(x, date) for points in series.values() for x, _ in points):
            _dates(axes, look, words.inches)

    return _drawn(draw, words, theme)


def bar(values: Sequence[tuple[str, float]], words: Words, theme: Theme = "light") -> bytes:
    """A bar per value, lying, in their order from above; of more than 40 the rest is one bar."""
    shown = list(values[:_MOST_BARS])
    if len(values) > _MOST_BARS:
        shown.append((f"{len(values) - _MOST_BARS} more", sum(value for _, value in values[_MOST_BARS:])))

    def draw(axes: Any, look: _Look) -> None:
        places = range(len(shown))
        axes.barh(places, [value for _, value in shown], color=look.series[0], height=0.7)
        axes.set_yticks(places, [_clean(name, min(_MOST_LETTERS, int(words.inches * 6))) for name, _ in shown])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        for place, (_, value) in zip(places, shown, strict=True):
            axes.annotate(
                f" {value:,.6g}", (max(value, 0.0), place), va="center", fontsize=8.5, color=look.soft, parse_math=False
            )
        axes.margins(x=0.12)

    return _drawn(draw, words, theme, high=max(1.6, 0.9 + 0.28 * len(shown)))


def scatter(points: Sequence[tuple[float, float]], words: Words, theme: Theme = "light") -> bytes:
    """A dot per point."""

    def draw(axes: Any, look: _Look) -> None:
        some = max(0.25, min(0.85, 200 / max(1, len(points))))
        axes.scatter(
            [x for x, _ in points], [y for _, y in points], s=18, color=look.series[0], alpha=some, linewidths=0
        )

    return _drawn(draw, words, theme)


def histogram(values: Sequence[float], words: Words, theme: Theme = "light", bins: int = 20) -> bytes:
    """How many values are in each of `bins` equal ranges."""

    def draw(axes: Any, look: _Look) -> None:
        low, high = min(values, default=0.0), max(values, default=0.0)  # too near or too far, there are no ranges
        if 4 * bins * math.ulp(max(abs(low), abs(high))) < high - low < math.inf:
            axes.hist(values, bins=bins, color=look.series[0], edgecolor=look.paper, linewidth=0.8)
        else:
            axes.bar([f"{low:g}" if low == high else f"{low:g} to {high:g}"], [len(values)], color=look.series[0])

    return _drawn(draw, words, theme)


def columns(
    series: Mapping[str, Sequence[float]], edges: Sequence[float], words: Words, theme: Theme = "light"
) -> bytes:
    """Counts that were binned before: per series a value per range between two `edges`, one stacked on the other."""

    def draw(axes: Any, look: _Look) -> None:
        below = [0.0] * (len(edges) - 1)
        widths = [right - left for left, right in pairwise(edges)]
        for number, (name, counts) in enumerate(series.items()):
            colour = look.series[number % len(look.series)]
            style = {"color": colour, "edgecolor": look.paper, "linewidth": 0.8, "align": "edge"}
            axes.bar(edges[:-1], counts, widths, bottom=below, label=_clean(name, 30), **style)
            below = [low + count for low, count in zip(below, counts, strict=True)]
        _legend(axes, look, len(series))

    return _drawn(draw, words, theme)


def reliability(
    probabilities: Sequence[float], right: Sequence[bool], words: Words, theme: Theme = "light", bins: int = BINS
) -> bytes:
    """Per bin of confidence the share that is right, beside the line where both are equal (a reliability diagram)."""
    rows = reliability_rows(probabilities, right, bins)
    error = expected_calibration_error(probabilities, right, bins)

    def draw(axes: Any, look: _Look) -> None:
        axes.plot([0, 1], [0, 1], color=look.soft, linewidth=1.2, linestyle="--", label="perfectly calibrated")
        most = max((row[3] for row in rows), default=1)
        sizes = [20 + 160 * row[3] / most for row in rows]
        axes.plot([row[1] for row in rows], [row[2] for row in rows], color=look.series[0], linewidth=1.6)
        label = f"answers (calibration error {error:.3f})"
        axes.scatter([row[1] for row in rows], [row[2] for row in rows], s=sizes, color=look.series[0], label=label)
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.05)
        _legend(axes, look, 2)

    return _drawn(draw, words, theme)


def coverage(scores: Sequence[float], right: Sequence[bool], words: Words, theme: Theme = "light") -> bytes:
    """The share of right ones among the surest, by how many of them are taken (accuracy at coverage)."""
    points: list[tuple[X, float]] = list(coverage_rows(scores, right))

    def draw(axes: Any, look: _Look) -> None:
        axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            color=look.series[0],
            linewidth=1.8,
            marker="o",
            markersize=4,
        )
        axes.set_xlim(0, 1.02)
        axes.set_ylim(min([0.95, *(y for _, y in points)]) - 0.05, 1.01)

    return _drawn(draw, words, theme)


def reliability_rows(
    probabilities: Sequence[float], right: Sequence[bool], bins: int = BINS
) -> list[tuple[str, float, float, int]]:
    """(range, mean confidence, share that is right, answers) of each bin that has any, in order."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for probability, is_right in zip(probabilities, right, strict=True):
        held.setdefault(min(bins - 1, int(probability * bins)), []).append((probability, is_right))
    rows = []
    for number, told in sorted(held.items()):
        mean = sum(probability for probability, _ in told) / len(told)
        share = sum(is_right for _, is_right in told) / len(told)
        rows.append((f"{number / bins:.2f}–{(number + 1) / bins:.2f}", round(mean, 4), round(share, 4), len(told)))
    return rows


def coverage_rows(scores: Sequence[float], right: Sequence[bool], steps: int = 20) -> list[tuple[float, float]]:
    """(coverage, accuracy) at `steps` equal steps of coverage; none for no answers."""
    found = []
    for step in range(1, steps + 1):
        accuracy = accuracy_at(step / steps, scores, right)
        if accuracy is not None:
            found.append((step / steps, round(accuracy, 4)))
    return found


def nothing(words: Words, theme: Theme = "light") -> bytes:
    """A plot that has nothing to show, and says so."""

    def draw(axes: Any, look: _Look) -> None:
        axes.set_axis_off()
        axes.text(
            0.5,
            0.5,
            _clean(words.says or "nothing to show yet", int(words.inches * 13)),
            ha="center",
            va="center",
            color=look.soft,
        )

    return _drawn(draw, replace(words, x="", y=""), theme, high=1.8)


def _drawn(draw: Any, words: Words, theme: Theme, high: float = _HIGH) -> bytes:
    """Raises MissingExtra."""
    try:
        import matplotlib as mpl  # noqa: PLC0415  (an extra, and slow to load)
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra("serve", "plots") from error
    look = _LOOKS[theme]
    with _DRAWING, warnings.catch_warnings():
        # Text stays text; ids are alike for the same data; a dollar sign begins no formula.
        warnings.filterwarnings("ignore", message="Glyph")  # the browser draws the words, with its fonts
        mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "docproc", "text.parse_math": False})
        figure = Figure(figsize=(words.inches, high), dpi=100, layout="constrained", facecolor=look.paper)
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _dress(axes, words, look, high)
        draw(axes, look)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _titled(buffer.getvalue().decode("utf-8"), words)


def _dress(axes: Any, words: Words, look: _Look, high: float) -> None:
    axes.set_facecolor(look.paper)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(look.grid)
    axes.tick_params(colors=look.soft, labelsize=9, length=3)
    axes.grid(visible=True, color=look.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(
        _clean(words.title, int(words.inches * 10)), color=look.ink, fontsize=11.5, loc="left", fontweight="bold"
    )
    axes.set_xlabel(_clean(words.x, int(words.inches * 9)), color=look.soft, fontsize=9.5)
    axes.set_ylabel(_clean(words.y, int(high * 9)), color=look.soft, fontsize=9.5)


def _dates(axes: Any, look: _Look, width: float) -> None:
    """Few dates below, each as short as it can be."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415  (an extra)

    # Of fewer than five it says, for some ranges, that it can find no step that suits.
    locator = AutoDateLocator(minticks=2, maxticks=int(width) + 2)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.xaxis.get_offset_text().set(color=look.soft, fontsize=9)


def _legend(axes: Any, look: _Look, count: int) -> None:
    if count > 1:
        axes.legend(fontsize=8.5, frameon=False, labelcolor=look.ink)


def _titled(svg: str, words: Words) -> bytes:
    """The SVG as a picture with a name and a description."""
    head, tag, rest = svg.partition("<svg ")
    opening, end, body = rest.partition(">")
    title, says = escape(_clean(words.title)), escape(_clean(words.says, 2000))
    named = f'role="img" aria-labelledby="title" aria-describedby="says" {opening}{end}'
    return f'{head}{tag}{named}\n<title id="title">{title}</title>\n<desc id="says">{says}</desc>{body}'.encode()


def _clean(text: str, most: int = 200) -> str:
    """One line of printable text, cut at `most` characters."""
    kept = " ".join("".join(char if char.isprintable() or char.isspace() else "�" for char in text).split())
    return kept if len(kept) <= most else kept[: most - 1] + "…"
