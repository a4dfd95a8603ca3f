"""Tables are found, cell by cell, on pages made in code, and none where there is none."""

from __future__ import annotations

from itertools import pairwise

import pytest

from docproc.core.types import Reading, Word
from docproc.engines.ocr.tables import Grid, tables
from tests.engines.ocr.tables.made import HEIGHT, WIDTH, agreement
from tests.engines.ocr.tables.pages import pages

PAGES = pages()
WITH = [name for name, (_, grids) in PAGES.items() if grids]
WITHOUT = [name for name, (_, grids) in PAGES.items() if not grids]


def _found(name: str) -> list[Grid]:
    return tables(PAGES[name][0].reading())


@pytest.mark.parametrize("name", WITH)
def test_the_cells_of_every_style_of_table_are_neighbours_as_drawn(name: str) -> None:
    wanted = PAGES[name][1]
    found = _found(name)
    assert len(found) == len(wanted)
    assert agreement(wanted, [grid.texts for grid in found]) >= 0.9


@pytest.mark.parametrize("name", WITHOUT)
def test_a_page_that_only_looks_like_a_table_has_none(name: str) -> None:
    assert _found(name) == []


def test_all_rows_of_a_grid_are_equally_long_and_its_edges_enclose_its_columns() -> None:
    for name in WITH:
        for grid in _found(name):
            assert {len(row) for row in grid.rows} == {grid.columns}
            assert len(grid.edges) == grid.columns + 1
            assert all(left < right for left, right in pairwise(grid.edges))


def test_a_heading_over_two_columns_stands_once_and_says_that_it_spans_them() -> None:
    (grid,) = _found("merged headings in a grid")
    assert grid.texts[0] == ["Test", "Before", "", "After", ""]
    assert grid.rows[0][1].columns == 2
    assert grid.header_rows == 2


def test_a_wrapped_label_is_one_cell() -> None:
    (grid,) = _found("wrapped labels")
    assert [row[0] for row in grid.texts][2] == "Manufacture of food products and beverages"


def test_the_line_above_a_table_that_calls_it_a_table_is_its_caption() -> None:
    (grid,) = _found("rules over and under the headings")
    assert grid.caption == "Table 1: Visitors by region"


def test_the_boxes_of_cells_hold_their_words() -> None:
    sheet, _ = PAGES["no rules"]
    (grid,) = _found("no rules")
    places = {word.text: word.box for word in sheet.words}
    for row in grid.rows:
        for cell in row:
            assert cell.box is None or cell.box == places[cell.text]


def test_a_page_without_words_has_no_tables() -> None:
    assert tables(Reading("layer", (), WIDTH, HEIGHT)) == []


def test_one_word_is_no_table() -> None:
    sheet, _ = PAGES["no rules"]
    alone: tuple[Word, ...] = (sheet.words[0],)
    assert tables(Reading("layer", alone, WIDTH, HEIGHT, rules=tuple(sheet.rules))) == []


def test_all_styles_together_agree_at_nearly_every_cell() -> None:
    scores = [agreement(PAGES[name][1], [grid.texts for grid in _found(name)]) for name in WITH]
    assert sum(scores) / len(scores) >= 0.98


def test_a_currency_sign_away_from_its_number_stands_in_its_cell() -> None:
    (grid,) = _found("dollar signs away from their numbers")
    assert grid.texts[1] == ["Cash and equivalents", "$ 1,204", "$ 980"]


def test_lines_without_a_rule_between_them_are_found_without_any_rules() -> None:
    sheet, grids = PAGES["rules over and under the headings"]
    bare = Reading("layer", tuple(sheet.words), WIDTH, HEIGHT)
    assert [grid.texts for grid in tables(bare)] == grids
