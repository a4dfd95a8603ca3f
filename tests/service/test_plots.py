"""Plots: well-formed SVG with a title and a description, whatever the data and the words are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from docproc.core.errors import UsageError
from docproc.service import plots
from docproc.service.picture import Picked, choose, picture, sort_of
from docproc.service.plots import Theme, Words

WORDS = Words("Pages per hour", "time", "pages", "12 pages ended")
START = datetime(2026, 1, 31, tzinfo=UTC)


def read(svg: bytes) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    return root


def text(svg: bytes) -> str:
    return " ".join("".join(read(svg).itertext()).split())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_plot_is_svg_with_title_and_description(theme: Theme) -> None:
    hours = [(START + timedelta(hours=number), float(number % 5)) for number in range(30)]
    right = [number % 3 > 0 for number in range(60)]
    scores = [number / 60 for number in range(60)]
    drawn = [
        plots.line({"answered": hours, "failed": hours[:5]}, WORDS, theme),
        plots.bar([("timeout", 3.0), ("corrupt", 1.0)], WORDS, theme),
        plots.scatter([(1.0, 2.0), (3.0, 4.0)], WORDS, theme),
        plots.histogram([1.0, 2.0, 2.0, 9.0], WORDS, theme),
        plots.columns({"a": [1.0, 2.0], "b": [3.0, 4.0]}, [0.0, 0.5, 1.0], WORDS, theme),
        plots.reliability(scores, right, WORDS, theme),
        plots.coverage(scores, right, WORDS, theme),
        plots.nothing(WORDS, theme),
    ]
    for svg in drawn:
        children = {child.tag.rpartition("}")[2]: child.text for child in read(svg)}
        assert children["title"] == "Pages per hour"
        assert children["desc"] == "12 pages ended"
        assert len(svg) < 100_000


def test_the_same_data_make_the_same_bytes() -> None:
    assert plots.bar([("a", 1.0)], WORDS) == plots.bar([("a", 1.0)], WORDS)
    assert plots.bar([("a", 1.0)], WORDS, "dark") != plots.bar([("a", 1.0)], WORDS)


@pytest.mark.parametrize(
    "evil", ["$\\frac{1}{$", "<script>alert(1)</script>", "]]>", "a\x00b\x1b[31m", "&lt;", "\ud800", "x" * 5000, "ä😀"]
)
def test_words_from_anywhere_stay_words(evil: str) -> None:
    words = Words(evil, evil, evil, evil)
    for svg in (plots.bar([(evil, 1.0)], words), plots.line({evil: [(1.0, 2.0)], "b": [(1.0, 1.0)]}, words)):
        assert b"<script" not in svg
        read(svg)


def test_plots_of_nothing_and_of_one_thing_are_drawn() -> None:
    for svg in (
        plots.bar([], WORDS),
        plots.line({}, WORDS),
        plots.line({"a": []}, WORDS),
        plots.histogram([], WORDS),
        plots.histogram([1.0], WORDS),
        plots.scatter([], WORDS),
        plots.coverage([], [], WORDS),
        plots.reliability([], [], WORDS),
        plots.bar([("a", 0.0), ("b", -1.0), ("c", 1e300)], WORDS),
    ):
        read(svg)


@pytest.mark.parametrize(
    "hours", [0, 0.01, 1, 3, 30, 47, 71, 24 * 12, 24 * 59, 24 * 300, 24 * 700, 24 * 4000, 24 * 90000]
)
def test_any_range_of_dates_is_drawn_wide_and_narrow(hours: float) -> None:
    points = [(START + timedelta(hours=hours * part), part) for part in (0.0, 0.5, 1.0)]
    for inches in (plots.WIDE, plots.NARROW):
        read(plots.line({"a": points}, Words("A title that is long enough to be cut somewhere", inches=inches)))


def test_more_bars_than_can_be_read_are_one_bar() -> None:
    assert "60 more" in text(plots.bar([(f"name{number}", 1.0) for number in range(100)], WORDS))


def test_rows_for_the_tables_beside_the_plots() -> None:
    assert plots.reliability_rows([0.95, 1.0, 0.05], [True, False, False]) == [
        ("0.00–0.10", 0.05, 0.0, 1),
        ("0.90–1.00", 0.975, 0.5, 2),
    ]
    assert plots.coverage_rows([0.9, 0.1], [True, False], 2) == [(0.5, 1.0), (1.0, 0.5)]


@pytest.mark.parametrize(
    ("x", "y", "kind"),
    [
        (["2026-01-01", "2026-01-02", None], [1, 2, 3], "line"),
        (["2026-01-01 12:00:00", "2026-01-02T12:00:00Z"], [1, 2], "line"),
        (["a", "b"], [1, 2.5], "bar"),
        ([1, 2], [1, None], "scatter"),
        ([1, 2, 2.5], None, "histogram"),
        (["a", "b", "a"], None, "bar"),
        ([True, False], [1, 2], "bar"),
        (["9999-12-31", "x"], [1, 2], "bar"),
    ],
)
def test_the_kind_that_suits_is_chosen(x: list[object], y: list[object] | None, kind: str) -> None:
    columns = Picked("x", x), Picked("y", y) if y else None
    assert choose(*columns) == kind
    drawn, svg = picture(*columns, None, "dark", "A query", narrow=True)
    assert drawn == kind
    read(svg)


def test_what_cannot_be_drawn_is_told() -> None:
    words, numbers = Picked("x", ["a", "b"]), Picked("y", [1, 2])
    for x, y, kind in [
        (words, numbers, "line"),
        (words, numbers, "scatter"),
        (words, None, "histogram"),
        (numbers, words, None),
        (words, Picked("y", [1]), None),
        (Picked("x", [1] * 5001), None, None),
    ]:
        with pytest.raises(UsageError):
            picture(x, y, kind, "light")  # type: ignore[arg-type]
    assert sort_of([None, None]) == "word"
    read(picture(Picked("x", [None]), None, None, "light")[1])
    read(picture(Picked("x", [1.0, float("inf")]), Picked("y", [float("nan"), 1]), None, "light")[1])


@pytest.mark.parametrize("values", [[-4211159672775079.0], [1e308, -1e308], [5.0, 5.0], [0.0]])
def test_numbers_between_which_there_are_no_ranges_are_one_bar(values: list[float]) -> None:
    assert picture(Picked("total", values), None, "histogram", "light", "", False)[1]
