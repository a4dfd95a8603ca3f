"""PDF pages through PyMuPDF. Only ever used in a child process: MuPDF has crashed and hung on hostile files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from math import inf
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pymupdf

from docproc.core.boxes import Box
from docproc.core.errors import PageFailed, Rejected
from docproc.core.types import Word
from docproc.imaging.drawn import Drawn, Facts, Written, axis, reading, resolution
from docproc.imaging.metadata import cleaned
from docproc.imaging.rules import rules
from docproc.imaging.values import RenderSettings
from docproc.imaging.visible import SMALLEST, Pixels, visible

Mark = tuple[float, float, float, float, int]  # x0, y0, x1, y1, type of block
OPEN = 3  # documents that are kept open
POINTS = 72.0
# MuPDF's errors come from four unrelated families: its own, and what PyMuPDF raises in its place.
FAULTS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, LookupError, TypeError, AttributeError)
TEXT = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
# Lazy: a line of text is not broken in two by the underline that is drawn in the middle of it.
MARKS = TEXT | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_LAZY_VECTORS
TEXT_BLOCK, IMAGE_BLOCK, VECTOR_BLOCK = 0, 1, 3
NO_LINE: dict[str, Any] = {"spans": [], "dir": (1.0, 0.0), "bbox": (0.0, 0.0, 0.0, 0.0)}
MOST_COVERS = 300  # vectors that are compared with each line of text
MOST_MARKS = 20_000  # of a page: a map has a hundred thousand strokes, and reading one takes 3 microseconds
SHOWN = pymupdf.mupdf.FZ_STEXT_FILLED | pymupdf.mupdf.FZ_STEXT_STROKED | pymupdf.mupdf.FZ_STEXT_CLIPPED
BOLD = pymupdf.mupdf.FZ_STEXT_BOLD
LIGHT = 0xC0C0C0  # bits that are set in the colours near white
HIDDEN = (0.0, False, False)
FULL_PAGE = 0.5  # share of the page from which an image counts as the page's scan


class MuPdf:
    """Keeps the last documents open; see `Backend`."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, int, int, str | None], Any] = OrderedDict()
        pymupdf.TOOLS.mupdf_display_errors(False)
        pymupdf.TOOLS.mupdf_display_warnings(False)

    def facts(self, path: Path, password: str | None) -> Facts:
        pymupdf.TOOLS.reset_mupdf_warnings()
        with _refusals(path):
            document = self._document(path, password)
            count = document.page_count
            meta = cleaned(document.metadata or {})
            repaired = bool(document.is_repaired)
        if count < 1:
            raise Rejected(f"{path}: MuPDF finds no pages in it; is it complete?", "zero_pages")
        return Facts(count, repaired, _warnings(), meta)

    def draw(self, path: Path, number: int, settings: RenderSettings) -> Drawn:
        pymupdf.TOOLS.reset_mupdf_warnings()
        with _failures(path, number):
            commands = self._document(path, settings.password)[number - 1].get_displaylist()
            drawn = _draw(commands, settings)
        drawn.warnings = _warnings()
        return drawn

    def close(self) -> None:
        """Close all documents and empty MuPDF's cache."""
        while self._open:
            self._open.popitem()[1].close()
        pymupdf.TOOLS.store_shrink(100)

    def _document(self, path: Path, password: str | None) -> Any:
        status = path.stat()
        key = (str(path), status.st_mtime_ns, status.st_size, password)
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        document = pymupdf.open(path, filetype="pdf")
        # Before anything else is asked of it: some locked files say that they have no pages.
        if document.needs_pass and not document.authenticate(password or ""):
            document.close()
            told = "the password given does not open it" if password else "it needs a password"
            raise Rejected(f"{path}: encrypted; {told}: set DOCPROC_PASSWORD", "encrypted")
        self._open[key] = document
        if len(self._open) > OPEN:
            self._open.popitem(last=False)[1].close()
        return document


def _draw(commands: Any, settings: RenderSettings) -> Drawn:
    from PIL import Image  # noqa: PLC0415 - after the limits of the child are in force

    area = commands.rect
    dpi, lowered = resolution(area.width / POINTS, area.height / POINTS, settings)
    scale = dpi / POINTS
    # A page without colour is drawn in gray: the same picture for half the work.
    gray = not _coloured(commands)
    space = pymupdf.csGRAY if gray else pymupdf.csRGB
    pixmap = commands.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=space, alpha=0)
    size = (pixmap.width, pixmap.height)
    drawn = Drawn(Image.new("L" if gray else "RGB", size, None), dpi, lowered)
    drawn.image.frombytes(pixmap.samples_mv)
    left, top = pixmap.x, pixmap.y
    content = commands.get_textpage(MARKS)
    marks = _blocks(content)
    drawn.busy = bool(marks)
    images = [mark for mark in marks if mark[4] == IMAGE_BLOCK]
    drawn.picture = min(1.0, sum((_share(mark, area) for mark in images), 0.0))
    pixels = Pixels(pixmap.samples_mv, *size, 1 if gray else 3)
    below = _below(marks, area, (scale, left, top)) if drawn.picture > FULL_PAGE else []
    sheet = _sheet(commands, content, marks, images)
    written = _words(sheet, (scale, left, top), pixels, below)
    vectors = (Box(*_place(mark, scale, left, top)) for mark in marks if mark[4] == VECTOR_BLOCK)
    drawn.layer = reading(written, *size, rules(vectors, *size))
    return drawn


def _coloured(commands: Any) -> bool:
    """Whether anything on the page is not gray, or may not be: images and shadings count as coloured unread."""
    mupdf = pymupdf.mupdf
    found = mupdf.ll_fz_new_test_device_outparams()
    device = mupdf.FzDevice(mupdf.ll_fz_new_test_device_outparams_fn(0.02, 0, None, found))
    everywhere = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE)
    mupdf.fz_run_display_list(commands.this, device, mupdf.FzMatrix(), everywhere, mupdf.FzCookie())
    mupdf.fz_close_device(device)
    return bool(found.is_color)


def _blocks(content: Any) -> list[Mark]:
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


class Sheet(NamedTuple):
    """A page's text. `order`: per text block its place in the order of drawing. `covers`: what may hide text, each with
    its place in that order; None where that would be too much to look at.
    """

    text: Any
    order: Sequence[int]
    covers: list[tuple[float, Mark]] | None


def _sheet(commands: Any, content: Any, marks: list[Mark], images: list[Mark]) -> Sheet:
    if images:  # among its blocks, the reading of lines would copy their pixels
        content = commands.get_textpage(MARKS & ~pymupdf.TEXT_PRESERVE_IMAGES)
        marks = _blocks(content)
    vectors = [(float(at), mark) for at, mark in enumerate(marks) if mark[4] == VECTOR_BLOCK]
    if len(marks) >= MOST_MARKS or len(vectors) > MOST_COVERS:
        text = pymupdf.TextPage(commands.get_textpage(TEXT))
        return Sheet(text, range(MOST_MARKS * MOST_MARKS), None)
    order = [at for at, mark in enumerate(marks) if mark[4] == TEXT_BLOCK]
    return Sheet(pymupdf.TextPage(content), order, [*vectors, *((inf, image) for image in images)])


def _words(sheet: Sheet, frame: tuple[float, int, int], pixels: Pixels, below: list[Box]) -> Written:
    """The words that are to be seen, in the order of the page's content; `below`: boxes of text under a scan."""
    scale, left, top = frame
    lines = _lines(sheet.text)
    written = Written()
    # Words count their blocks among those of text, lines among all.
    for number, ((block, row), group) in enumerate(groupby(sheet.text.extractWORDS(), itemgetter(5, 6))):
        place = sheet.order[block]
        line = lines.get((place, row), NO_LINE)
        spans = line["spans"]
        styles = [_style(span, scale) for span in spans]
        boxed = [
            (word[4], Box(word[0] * scale - left, word[1] * scale - top, word[2] * scale - left, word[3] * scale - top))
            for word in group
        ]
        # To look at each word's pixels costs most of all: where nothing can hide a part of a line, its ends tell.
        sure = (
            not any(style[2] for style in styles)
            and not _covered(line["bbox"], place, sheet.covers)
            and visible(boxed[0][1], pixels, False)
            and visible(boxed[-1][1], pixels, False)
        )
        characters = 0
        for text, box in boxed:
            at = _span_at(spans, (box.cx + left) / scale, (box.cy + top) / scale) if len(spans) > 1 else 0
            size, bold, faint = styles[at] if styles else HIDDEN
            if size >= SMALLEST and (sure or visible(box, pixels, faint)) and not (below and _inside(box, below)):
                written.words.append(Word(text, box, 1.0, size, bold, number))
                characters += len(text)
        written.characters[axis(*line["dir"])] += characters
    return written


def _covered(line: tuple[float, float, float, float], place: int, covers: list[tuple[float, Mark]] | None) -> bool:
    """Whether something is, or may be, drawn over a line of text that has its own place in the order of drawing."""
    x0, y0, x1, y1 = line
    return covers is None or any(
        order > place and cover[0] < x1 and cover[2] > x0 and cover[1] < y1 and cover[3] > y0 for order, cover in covers
    )


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


def _share(mark: Mark, area: Any) -> float:
    """The share of the page that a mark's box covers."""
    page = Box(area.x0, area.y0, area.x1, area.y1)
    return Box(*mark[:4]).intersection(page) / page.area if page.area else 0.0


def _place(mark: Mark, scale: float, left: int, top: int) -> tuple[float, float, float, float]:
    return mark[0] * scale - left, mark[1] * scale - top, mark[2] * scale - left, mark[3] * scale - top


def _below(marks: list[Mark], area: Any, frame: tuple[float, int, int]) -> list[Box]:
    """Boxes of text that an image of the size of the page is drawn over: below a scan stand an old OCR's guesses."""
    scans = [at for at, mark in enumerate(marks) if mark[4] == IMAGE_BLOCK and _share(mark, area) > FULL_PAGE]
    return [Box(*_place(mark, *frame)) for mark in marks[: scans[-1]] if mark[4] == 0] if scans else []


def _inside(box: Box, areas: list[Box]) -> bool:
    x, y = box.cx, box.cy
    return any(area.x0 <= x <= area.x1 and area.y0 <= y <= area.y1 for area in areas)


def _warnings() -> tuple[str, ...]:
    """MuPDF's warnings since the last reset, each once."""
    lines = pymupdf.TOOLS.mupdf_warnings(reset=True).splitlines()
    return tuple(dict.fromkeys(line.strip()[:200] for line in lines if line.strip()))[:20]


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Rejected(f"{path}: cannot be read: {error.strerror or error}", "unreadable") from error
    except FAULTS as error:
        raise Rejected(f"{path}: MuPDF cannot open it: {_told(error)}", "corrupt") from error


@contextmanager
def _failures(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise PageFailed(str(error), "render_error") from error
    except OSError as error:
        raise PageFailed(f"{path}: cannot be read: {error.strerror or error}", "render_error") from error
    except FAULTS as error:
        told = _told(error)
        code = "out_of_memory" if "alloc" in told and "failed" in told else "render_error"
        raise PageFailed(f"{path}, page {number}: MuPDF cannot draw it: {told}", code) from error


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())
    with suppress(ValueError):
        text = text[: text.index(" This warning")]
    return f"{text[:200] or type(error).__name__}"
