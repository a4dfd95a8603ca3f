from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.support.pdfs import born_digital
from docproc.imaging.mupdf import MuPdf
from docproc.imaging.values import RenderSettings


def test_a_page_that_was_drawn_leaves_nothing_behind(tmp_path: Path) -> None:
    """A child draws thousands of pages: a few objects that each leaves behind would add up."""
    pdf, renderer = born_digital(tmp_path / "text.pdf", 2), MuPdf()

    def draw(times: int) -> None:
        for _ in range(times):
            renderer.draw(pdf, 1, RenderSettings(dpi=40))

    draw(5)
    before = sys.getallocatedblocks()
    draw(30)
    grown = sys.getallocatedblocks() - before
    renderer.close()
    assert grown < 300  # what one page's words take is more
