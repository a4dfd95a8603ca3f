"""Tables that go on over pages."""

from __future__ import annotations

from docproc.engines.ocr.tables import join, tables
from tests.engines.ocr.tables.made import Sheet, Style, draw

HEAD = ["Name", "Plan", "Actual", "Share"]
EDGES = (120.0, 420.0, 620.0, 820.0, 1020.0)
ROWS = [[f"Office {k}", f"{100 + k}", f"{90 + 2 * k}", f"{k}.5"] for k in range(1, 61)]


def _page(rows: list[list[str]], headed: bool, first: float = 120, edges: tuple[float, ...] = EDGES) -> Sheet:
    sheet = Sheet()
    grid = [HEAD, *rows] if headed else rows
    draw(sheet, grid, first, Style(edges, "lrrr", "grid", heads=int(headed)))
    return sheet


def _joined(*sheets: Sheet) -> list[list[list[str]]]:
    readings = [sheet.reading() for sheet in sheets]
    return [spread.grid.texts for spread in join(readings, [tables(reading) for reading in readings])]


def test_a_table_that_repeats_its_headings_on_the_next_page_is_one_table() -> None:
    assert _joined(_page(ROWS[:40], True), _page(ROWS[40:], True)) == [[HEAD, *ROWS]]


def test_a_table_without_headings_goes_on_with_the_one_before_it_when_the_columns_stand_alike() -> None:
    assert _joined(_page(ROWS[:40], True), _page(ROWS[40:], False)) == [[HEAD, *ROWS]]


def test_other_columns_are_another_table() -> None:
    moved = (120.0, 300.0, 500.0, 640.0, 1020.0)
    assert len(_joined(_page(ROWS[:40], True), _page(ROWS[40:], False, edges=moved))) == 2


def test_a_table_with_a_caption_of_its_own_is_another_table() -> None:
    first, second = _page(ROWS[:40], True, 200), _page(ROWS[40:], True, 200)
    first.write("Table 1: Offices in the north", 120, 160)
    second.write("Table 2: Offices in the south", 120, 160)
    assert len(_joined(first, second)) == 2


def test_text_below_a_table_ends_it() -> None:
    first, second = _page(ROWS[:20], True), _page(ROWS[20:40], True)
    first.paragraph("The offices of the country were visited in the course of the year. " * 12, 120, 900, 1000)
    assert len(_joined(first, second)) == 2


def test_the_parts_of_a_joined_table_tell_where_they_stand() -> None:
    readings = [_page(ROWS[:40], True).reading(), _page(ROWS[40:], True).reading()]
    (spread,) = join(readings, [tables(reading) for reading in readings])
    assert spread.page == 0
    assert [page for page, _ in spread.parts] == [0, 1]
    assert spread.parts[0][1] == spread.grid.box
