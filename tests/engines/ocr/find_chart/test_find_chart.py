"""Charts drawn in code: what kind they are, and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from docproc.core.questions import Question
from docproc.core.types import Page
from docproc.engines.ocr import find_chart
from docproc.engines.ocr.find_chart.analysis import study
from docproc.engines.ocr.view import Found, View
from docproc.imaging.store import ImageStore
from tests.engines.ocr.find_chart import drawn
from tests.engines.ocr.find_chart.drawn import Drawing

TYPES = ("area", "bar", "box", "combination", "histogram", "line", "node_link", "pie", "radar", "scatter", "other")
WAYS = ("rising", "falling", "steady", "mixed")


def _ask(drawing: Drawing, folder: Path, what: str, choices: tuple[str, ...] = ()) -> Found | None:
    path = folder / "chart.png"
    drawing.image.save(path)
    store = ImageStore(folder / "images")
    name = store.put(path.read_bytes(), ".png")
    page = Page("d" * 64, 1, name, drawn.WIDTH, drawn.HEIGHT, 96)
    view = View((drawing.reading(),), (1,), (page,), store)
    question = Question(what, "?", "text", choices=choices, role=f"chart.{what}")
    return find_chart.find(question, view, find_chart.analyse(view))


@pytest.mark.parametrize("name", drawn.KINDS)
def test_every_kind_of_chart_is_told_by_its_shapes(name: str) -> None:
    kind, draw = drawn.KINDS[name]
    drawing = draw()
    assert study(drawing.pixels(), drawing.reading()).kind == kind


def test_a_page_of_text_is_no_chart(tmp_path: Path) -> None:
    drawing = drawn.text_page()
    assert study(drawing.pixels(), drawing.reading()).kind == ""
    assert _ask(drawing, tmp_path, "chart_type", TYPES) is None


def test_a_chart_on_a_page_that_lies_on_its_side_is_seen_upright() -> None:
    pixels, reading = drawn.quarter_turned(drawn.standing_bars())
    found = study(pixels, reading)
    assert (found.kind, found.lying, found.trend) == ("bar", False, "rising")


def test_the_kind_must_be_one_of_the_choices(tmp_path: Path) -> None:
    found = _ask(drawn.standing_bars(), tmp_path, "chart_type", TYPES)
    assert found is not None
    assert found.value == "bar"
    assert _ask(drawn.standing_bars(), tmp_path, "chart_type", ("pie", "line")) is None


def test_the_extremes_of_bars_are_read_from_the_axis(tmp_path: Path) -> None:
    found = [_ask(drawn.standing_bars(), tmp_path, what) for what in ("maximum", "minimum")]
    assert [round(float(f.value)) for f in found if f is not None] == [52, 12]


def test_a_number_printed_at_a_bar_is_the_value_and_its_place_is_told(tmp_path: Path) -> None:
    found = _ask(drawn.standing_bars(numbers=True), tmp_path, "maximum")
    assert found is not None
    assert (found.value, found.quote) == ("52", "52")
    assert len(found.at) == 1


def test_the_extremes_of_lines_lie_within_the_axis_precision(tmp_path: Path) -> None:
    found = [_ask(drawn.lines(), tmp_path, what) for what in ("maximum", "minimum")]
    assert [float(f.value) for f in found if f is not None] == pytest.approx([52.0, 6.0], abs=1.0)


def test_without_an_axis_or_numbers_no_value_is_given(tmp_path: Path) -> None:
    drawing = Drawing()
    for x, value in zip(drawing.axes(drawn.YEARS, ticks=False), drawn.RISING, strict=True):
        drawing.draw.rectangle((x - 35, drawing.y(value), x + 35, drawn.BOTTOM), fill="#00798c")
    assert _ask(drawing, tmp_path, "maximum") is None
    assert _ask(drawing, tmp_path, "chart_type", TYPES) is not None


def test_shares_of_a_pie_are_its_values(tmp_path: Path) -> None:
    found = [_ask(drawn.pie(), tmp_path, what) for what in ("maximum", "minimum")]
    assert [f.value for f in found if f is not None] == ["40", "15"]
    assert _ask(drawn.pie(numbers=False), tmp_path, "maximum") is None


@pytest.mark.parametrize(
    ("drawing", "way"),
    [
        (drawn.standing_bars(), "rising"),
        (drawn.standing_bars(tuple(reversed(drawn.RISING))), "falling"),
        (drawn.standing_bars((30.0, 31.0, 30.0, 30.5, 31.0, 30.0)), "steady"),
        (drawn.standing_bars((10.0, 50.0, 12.0, 48.0, 11.0, 52.0)), "mixed"),
        (drawn.lines(), "rising"),
        (drawn.lines(both_ways=True), "mixed"),
        (drawn.dots(), "rising"),
        (drawn.dots(rising=False), "mixed"),
    ],
)
def test_the_direction_is_that_of_the_values_along_the_axis(drawing: Drawing, way: str, tmp_path: Path) -> None:
    found = _ask(drawing, tmp_path, "trend", WAYS)
    assert found is not None
    assert found.value == way


def test_a_pie_has_no_direction(tmp_path: Path) -> None:
    assert _ask(drawn.pie(), tmp_path, "trend", WAYS) is None


def test_the_relation_needs_the_names_of_both_axes(tmp_path: Path) -> None:
    assert _ask(drawn.standing_bars(), tmp_path, "relation") is None


def test_a_view_without_images_has_no_answers() -> None:
    drawing = drawn.standing_bars()
    page = Page("d" * 64, 1, "aa/none.png", drawn.WIDTH, drawn.HEIGHT, 96)
    view = View((drawing.reading(),), (1,), (page,))
    question = Question("chart_type", "?", "choice", choices=TYPES, role="chart.chart_type")
    assert find_chart.find(question, view, find_chart.analyse(view)) is None
