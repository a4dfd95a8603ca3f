"""A page to draw on, in PDF points from its top left corner, with fonts that come with PyMuPDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pymupdf

Colour = tuple[float, float, float]
BLACK: Colour = (0.08, 0.08, 0.1)
GREY: Colour = (0.42, 0.44, 0.48)
WHITE: Colour = (1.0, 1.0, 1.0)
Align = Literal["left", "right", "centre"]


@dataclass(frozen=True)
class Style:
    """A font (one of PyMuPDF's names: helv, hebo, tiro, tibo, tiit, cour, cobo), its size in points, its colour."""

    font: str = "helv"
    size: float = 9.0
    colour: Colour = BLACK


class Sheet:
    """One page of a PDF document."""

    def __init__(self, document: pymupdf.Document, width: float = 595, height: float = 842) -> None:
        self.page = document.new_page(width=width, height=height)
        self._fonts: dict[str, pymupdf.Font] = {}

    def text(self, x: float, y: float, text: str, style: Style = Style(), align: Align = "left") -> None:
        """Writes one line; `y` is its baseline, `x` its start, end or middle after `align`."""
        font = self._font(style.font)
        width = font.text_length(text, style.size)
        x -= {"left": 0.0, "right": width, "centre": width / 2}[align]
        self.page.insert_text((x, y), text, fontname=f"F{style.font}", fontsize=style.size, color=style.colour)

    def lines(self, x: float, y: float, lines: Sequence[str], style: Style = Style(), leading: float = 1.4) -> float:
        """Writes lines below one another and returns the baseline that comes next."""
        for line in lines:
            self.text(x, y, line, style)
            y += style.size * leading
        return y

    def paragraph(self, x: float, y: float, width: float, text: str, style: Style = Style()) -> float:
        """Writes text broken into lines of at most `width` points and returns the baseline that comes next."""
        font, lines = self._font(style.font), [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if font.text_length(longer, style.size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return self.lines(x, y, lines, style, leading=1.45)

    def rule(self, x0: float, y0: float, x1: float, y1: float, colour: Colour = BLACK, width: float = 0.6) -> None:
        self.page.draw_line((x0, y0), (x1, y1), color=colour, width=width)

    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self.page.draw_rect(pymupdf.Rect(x0, y0, x1, y1), color=None, fill=colour)

    def _font(self, name: str) -> pymupdf.Font:
        if name not in self._fonts:
            font = pymupdf.Font(name)
            self.page.insert_font(fontname=f"F{name}", fontbuffer=font.buffer)
            self._fonts[name] = font
        return self._fonts[name]


@dataclass(frozen=True)
class Column:
    """A column of a drawn table: its heading, where its text starts or ends, and which of the two."""

    heading: str
    x: float
    align: Align = "left"


def table(
    sheet: Sheet, y: float, columns: Sequence[Column], rows: Sequence[Sequence[str]], leading: float = 19
) -> float:
    """Writes rows of cells with the body style and returns the baseline that comes next; headings are the caller's."""
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            sheet.text(column.x, y, cell, align=column.align)
        y += leading
    return y


def pdf_bytes(document: pymupdf.Document, metadata: dict[str, str]) -> bytes:
    """The document as a small file that is the same each time: fonts subset, no random identity, no clock."""
    document.set_metadata(metadata)
    document.subset_fonts()
    data: bytes = document.tobytes(garbage=4, deflate=True, no_new_id=True)
    return data
