"""The text of a PDF page as MuPDF reads it, and the marks around it: images, strokes, what may hide it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple

import pymupdf

from docproc.core.boxes import Box
from docproc.core.types import Word
from docproc.imaging.drawn import Written, axis
from docproc.imaging.visible import SMALLEST, Pixels, visible

Mark = tuple[float, float, float, float, int]  # x0, y0, x1, y1, type of block
TEXT = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
# Lazy: a line of text is not broken in two by the underline that is drawn in the middle of it.
MARKS = TEXT | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_LAZY_VECTORS
TEXT_BLOCK, IMAGE_BLOCK, VECTOR_BLOCK = 0, 1, 3
NO_LINE: dict[str, Any] = {"spans": [], "dir": (1.0, 0.0), "bbox": (0.0, 0.0, 0.0, 0.0)}
MOST_COVERS = 300  # vectors that are compared with each line of text
MOST_MARKS = 6_000  # of a page: a map has a hundred thousand strokes, and reading one takes 5 microseconds
SHOWN = pymupdf.mupdf.FZ_STEXT_FILLED | pymupdf.mupdf.FZ_STEXT_STROKED | pymupdf.mupdf.FZ_STEXT_CLIPPED
BOLD = pymupdf.mupdf.FZ_STEXT_BOLD
LIGHT = 0xC0C0C0  # bits that are set in the colours near white
HIDDEN = (0.0, False, False)
FULL_PAGE = 0.5  # share of the page from which an image counts as the page's scan


def blocks(content: Any) -> list[Mark]:
    """What the page draws, in the order of drawing, in points.

    PyMuPDF 1.28's own `extractBLOCKS` never frees what it returns: some KB a page, which add up in a child.
    """
    marks: list[Mark] = []
    block = content.m_internal.first_block
    while block and len(marks) < MOST_MARKS:
        box = block.bbox
        marks.append((box.x0, box.y0, box.x1, box.y1, block.type))
        block = block.next
    return marks


def share(mark: Mark, area: Any) -> float:
    """The share of the page that a mark's box covers."""
    page = Box(area.x0, area.y0, area.x1, area.y1)
    return Box(*mark[:4]).intersection(page) / page.area if page.area else 0.0


def place(mark: Mark, scale: float, left: int, top: int) -> tuple[float, float, float, float]:
    return mark[0] * scale - left, mark[1] * scale - top, mark[2] * scale - left, mark[3] * scale - top


class Sheet(NamedTuple):
    """A page's text. `order`: per text block its place in the order of drawing. `covers`: what may hide text, each with
    its place in that order; None where that would be too much to look at.
    """

    text: Any
    order: Sequence[int]
    covers: list[tuple[float, Mark]] | None


def text_of(commands: Any, content: Any, marks: list[Mark], images: list[Mark]) -> Sheet:
    """The text of a page whose `content`, read with the flags `MARKS`, has these `marks`, `images` among them."""
    if len(marks) >= MOST_MARKS or sum(mark[4] == VECTOR_BLOCK for mark in marks) > MOST_COVERS:
        text = pymupdf.TextPage(commands.get_textpage(TEXT))
        return Sheet(text, range(MOST_MARKS * MOST_MARKS), None)
    if images:  # among its blocks, the reading of lines would copy their pixels
        content = commands.get_textpage(MARKS & ~pymupdf.TEXT_PRESERVE_IMAGES)
        marks = [mark for mark in marks if mark[4] != IMAGE_BLOCK]
    vectors = [(float(at), mark) for at, mark in enumerate(marks) if mark[4] == VECTOR_BLOCK]
    order = [at for at, mark in enumerate(marks) if mark[4] == TEXT_BLOCK]
    return Sheet(pymupdf.TextPage(content), order, [*vectors, *((inf, image) for image in images)])


def words(sheet: Sheet, frame: tuple[float, int, int], pixels: Pixels, below: list[Box]) -> Written:
    """The words that are to be seen, in the order of the page's content; `below`: boxes of text under a scan."""
    scale, left, top = frame
    lines = _lines(sheet.text)
    written = Written()
    # Words count their blocks among those of text, lines among all.
    for number, ((block, row), group) in enumerate(groupby(sheet.text.extractWORDS(), itemgetter(5, 6))):
        at = sheet.order[block]
        line = lines.get((at, row), NO_LINE)
        spans = line["spans"]
        styles = [_style(span, scale) for span in spans]
        boxed = [
            (word[4], Box(word[0] * scale - left, word[1] * scale - top, word[2] * scale - left, word[3] * scale - top))
            for word in group
        ]
        # To look at each word's pixels costs most of all: where nothing can hide a part of a line, its ends tell.
        sure = (
            not any(style[2] for style in styles)
            and not _covered(line["bbox"], at, sheet.covers)
            and visible(boxed[0][1], pixels, False)
            and visible(boxed[-1][1], pixels, False)
        )
        characters = 0
        for text, box in boxed:
            span = _span_at(spans, (box.cx + left) / scale, (box.cy + top) / scale) if len(spans) > 1 else 0
            size, bold, faint = styles[span] if styles else HIDDEN
            if size >= SMALLEST and (sure or visible(box, pixels, faint)) and not (below and _inside(box, below)):
                written.words.append(Word(text, box, 1.0, size, bold, number))
                characters += len(text)
        written.characters[axis(*line["dir"])] += characters
    return written


def _covered(line: tuple[float, float, float, float], at: int, covers: list[tuple[float, Mark]] | None) -> bool:
    """Whether something is, or may be, drawn over a line of text that has its own place in the order of drawing."""
    if covers is None:
        return True
    x0, y0, x1, y1 = line
    later = covers[bisect(covers, at, key=itemgetter(0)) :]
    return any(cover[0] < x1 and cover[2] > x0 and cover[1] < y1 and cover[3] > y0 for _, cover in later)


def _lines(page: Any) -> dict[tuple[int, int], dict[str, Any]]:
    """Lines with their spans by number of block and line, the numbers that `extractWORDS` gives as well."""
    content: dict[str, Any] = {}
    page._getNewBlockList(content, False)
    return {
        (block["number"], number): line
        for block in content["blocks"]
        for number, line in enumerate(block.get("lines", ()))
    }


def _span_at(spans: list[dict[str, Any]], x: float, y: float) -> int:
    """The place of the span that holds a point, in points."""
    for at, span in enumerate(spans):
        x0, y0, x1, y1 = span["bbox"]
        if x0 <= x <= x1 and y0 <= y <= y1:
            return at
    return len(spans) - 1


def _style(span: dict[str, Any], scale: float) -> tuple[float, bool, bool]:
    """Size in pixels (0: not painted at all, as by render mode 3), bold, and whether the colour is a faint one."""
    flags = span["char_flags"]
    if not flags & SHOWN or not span["alpha"]:
        return HIDDEN
    return span["size"] * scale, bool(flags & BOLD), span["color"] & LIGHT == LIGHT


def below_scans(marks: list[Mark], area: Any, frame: tuple[float, int, int]) -> list[Box]:
    """Boxes of text that an image of the size of the page is drawn over: below a scan stand an old OCR's guesses."""
    scans = [at for at, mark in enumerate(marks) if mark[4] == IMAGE_BLOCK and share(mark, area) > FULL_PAGE]
    return [Box(*place(mark, *frame)) for mark in marks[: scans[-1]] if mark[4] == TEXT_BLOCK] if scans else []


def _inside(box: Box, areas: list[Box]) -> bool:
    x, y = box.cx, box.cy
    return any(area.x0 <= x <= area.x1 and area.y0 <= y <= area.y1 for area in areas)
