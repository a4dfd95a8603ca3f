"""Ruling lines."""

from __future__ import annotations

from pathlib import Path

import pymupdf

from docproc.core.boxes import Box
from docproc.imaging import Limits, Renderer, RenderSettings
from docproc.imaging.rules import rules

A4 = (1240, 1754)


def test_a_stroked_line_told_with_room_for_its_corners_is_its_middle() -> None:
    assert rules([Box(100, 200, 600, 210)], *A4) == [Box(105, 205, 595, 205)]
    assert rules([Box(100, 200, 110, 700)], *A4) == [Box(105, 205, 105, 695)]


def test_a_bar_that_could_hold_text_is_an_area_with_four_edges() -> None:
    assert len(rules([Box(100, 200, 600, 230)], *A4)) == 4


def test_a_drawn_grid_comes_out_of_the_renderer_line_by_line(tmp_path: Path) -> None:
    with pymupdf.open() as document:
        for _ in range(12):
            page = document.new_page(width=595, height=842)
            for row in range(6):
                page.draw_line((72, 100 + 20 * row), (500, 100 + 20 * row), width=0.5)
            page.insert_text((80, 115), "a cell of the grid with some words in it")
        document.save(tmp_path / "grid.pdf")
    with Renderer(RenderSettings(), Limits(), tmp_path / "images", 1) as renderer:
        pages = [renderer.render(tmp_path / "grid.pdf", number).result() for number in range(1, 13)]
    assert {page.renderer for page in pages} == {"pymupdf"}, "another renderer is only asked when the first one breaks"
    for page in pages:
        assert page.layer is not None
        heights = sorted(round((rule.y0 + rule.y1) / 2 * 72 / 150) for rule in page.layer.rules)
        assert heights == [100, 120, 140, 160, 180, 200]
