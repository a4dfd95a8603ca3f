from __future__ import annotations

from dataclasses import replace

import pytest

from docproc.core.boxes import Box
from docproc.engines.ocr.rows import sheet_of
from tests.engines.ocr.paper import Paper


def test_words_side_by_side_are_one_row_with_a_tab_between_columns() -> None:
    page = Paper().put(100, 100, "Total net").put(900, 100, "12.00").put(100, 140, "VAT").put(900, 140, "2.00")
    assert [row.text for row in sheet_of(page.reading()).rows] == ["Total net\t12.00", "VAT\t2.00"]


def test_a_row_holds_words_of_two_sizes_on_one_foot() -> None:
    page = Paper().put(100, 100, "Invoice", 36).put(500, 100, "No. 7", 18)
    assert [row.text for row in sheet_of(page.reading()).rows] == ["Invoice\tNo. 7"]


def test_shaken_boxes_of_a_scan_make_the_same_rows() -> None:
    page = Paper()
    for number in range(12):
        page.put(100, 100 + 30 * number, f"Line {number}").put(700, 100 + 30 * number, f"{number}.00")
    still, shaken = sheet_of(page.reading()), sheet_of(page.reading(scanned=True))
    assert [row.text for row in shaken.rows] == [row.text for row in still.rows]


def test_a_part_of_a_row_has_its_own_box() -> None:
    row = sheet_of(Paper().put(100, 100, "Total: 12.00", 20).reading()).rows[0]
    box = row.box_of(row.text.index("12"), len(row.text))
    assert box == row.words[1].box
    half = row.box_of(row.text.index("12"), row.text.index("12") + 2)
    assert half.x0 == box.x0
    assert half.width == pytest.approx(box.width * 2 / 5)


def test_a_one_line_address_is_one_cell_however_wide_its_marks_are_set() -> None:
    page = Paper().put(100, 100, "Bei Spiel GmbH").put(272, 100, "●").put(310, 100, "Ecke 12")
    assert len(sheet_of(page.reading()).rows[0].cells) == 1


def test_words_that_run_up_the_margin_are_left_out() -> None:
    page = Paper().put(100, 100, "Total")
    tall = page.words[0]._replace(text="Copyright", box=page.words[0].box._replace(x1=112.0, y1=300.0))
    page.words.append(tall)
    assert [row.text for row in sheet_of(page.reading()).rows] == ["Total"]


def test_a_scan_that_is_still_a_little_askew_keeps_its_rows() -> None:
    page = Paper()
    for number in range(8):
        page.put(100, 100 + 30 * number, f"Charge number {number} for the month").put(
            1100, 100 + 30 * number, "1.00", align="r"
        )
    askew = [
        word._replace(box=Box(word.box.x0, word.box.y0 + drop, word.box.x1, word.box.y1 + drop))
        for word in page.words
        for drop in [0.012 * word.box.cx]
    ]
    reading = replace(page.reading(scanned=True), words=tuple(askew))
    assert [row.text for row in sheet_of(reading).rows] == [row.text for row in sheet_of(page.reading()).rows]
