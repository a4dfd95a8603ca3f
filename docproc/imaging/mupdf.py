"""PDF pages through PyMuPDF. Only ever used in a child process: MuPDF has crashed and hung on hostile files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pymupdf

from docproc.core.boxes import Box
from docproc.core.errors import PageFailed, Rejected
from docproc.imaging.drawn import Drawn, Facts, Printed, reading, resolution
from docproc.imaging.metadata import cleaned
from docproc.imaging.rules import rules
from docproc.imaging.values import RenderSettings
from docproc.imaging.visible import Pixels, visible

OPEN = 3  # documents that are kept open
POINTS = 72.0
# MuPDF's errors come from four unrelated families: its own, and what PyMuPDF raises in its place.
FAULTS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, LookupError, TypeError, AttributeError)
TEXT = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
# Lazy: a line of text is not broken in two by the underline that is drawn in the middle of it.
MARKS = TEXT | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_LAZY_VECTORS
IMAGE_BLOCK, VECTOR_BLOCK = 1, 3
SHOWN = pymupdf.mupdf.FZ_STEXT_FILLED | pymupdf.mupdf.FZ_STEXT_STROKED | pymupdf.mupdf.FZ_STEXT_CLIPPED
BOLD = pymupdf.mupdf.FZ_STEXT_BOLD
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
    samples = pixmap.samples
    size, mode = (pixmap.width, pixmap.height), "L" if gray else "RGB"
    drawn = Drawn(Image.frombuffer(mode, size, samples, "raw", mode, 0, 1), dpi, lowered)
    left, top = pixmap.x, pixmap.y
    marks = _blocks(commands, MARKS)
    drawn.busy = bool(marks)
    images = [mark for mark in marks if mark[6] == IMAGE_BLOCK]
    drawn.picture = min(1.0, sum((_share(mark, area) for mark in images), 0.0))
    printed = _words(commands, scale, left, top)
    if drawn.picture > FULL_PAGE:
        printed = _uncovered(printed, marks, area, (scale, left, top))
    printed = visible(printed, Pixels(samples, *size, 1 if gray else 3))
    vectors = (Box(*(_place(mark, scale, left, top))) for mark in marks if mark[6] == VECTOR_BLOCK)
    drawn.layer = reading(printed, *size, rules(vectors, *size))
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


def _blocks(commands: Any, flags: int) -> list[tuple[Any, ...]]:
    """(x0, y0, x1, y1, text, number, type) of what the page draws, in the order of drawing, in points."""
    return cast(list[tuple[Any, ...]], pymupdf.TextPage(commands.get_textpage(flags)).extractBLOCKS())


def _words(commands: Any, scale: float, left: int, top: int) -> list[Printed]:
    """The words that are meant to be seen, in the order of the page's content."""
    page = pymupdf.TextPage(commands.get_textpage(TEXT))
    content: dict[str, Any] = {}
    page._getNewBlockList(content, False)
    styles = {
        (block["number"], number): line
        for block in content["blocks"]
        for number, line in enumerate(block.get("lines", ()))
    }
    words: list[Printed] = []
    current, line = None, -1
    spans: list[dict[str, Any]] = []
    style = (0.0, False, True)
    direction = (1, 0)
    for x0, y0, x1, y1, text, block, row, _ in page.extractWORDS():
        if (block, row) != current:
            current = (block, row)
            line += 1
            found = styles.get(current)
            spans = found["spans"] if found else []
            style = _style(spans[0], scale) if spans else (0.0, False, True)
            x, y = found["dir"] if found else (1.0, 0.0)
            direction = (round(x), 0) if abs(x) >= abs(y) else (0, round(y))
        if len(spans) > 1:
            style = _style(_span_at(spans, (x0 + x1) / 2, (y0 + y1) / 2), scale)
        size, bold, shown = style
        if shown:
            box = (x0 * scale - left, y0 * scale - top, x1 * scale - left, y1 * scale - top)
            words.append(Printed(text, *box, size, bold, line, direction))
    return words


def _span_at(spans: list[dict[str, Any]], x: float, y: float) -> dict[str, Any]:
    for span in spans:
        x0, y0, x1, y1 = span["bbox"]
        if x0 <= x <= x1 and y0 <= y <= y1:
            return span
    return spans[-1]


def _style(span: dict[str, Any], scale: float) -> tuple[float, bool, bool]:
    """Size in pixels, bold, and whether it is painted at all: render mode 3 neither fills nor strokes."""
    flags = span["char_flags"]
    return span["size"] * scale, bool(flags & BOLD), bool(flags & SHOWN) and span["alpha"] > 0


def _share(mark: tuple[Any, ...], area: Any) -> float:
    """The share of the page that a mark's box covers."""
    page = Box(area.x0, area.y0, area.x1, area.y1)
    return Box(*mark[:4]).intersection(page) / page.area if page.area else 0.0


def _place(mark: tuple[Any, ...], scale: float, left: int, top: int) -> tuple[float, float, float, float]:
    return mark[0] * scale - left, mark[1] * scale - top, mark[2] * scale - left, mark[3] * scale - top


def _uncovered(
    words: list[Printed], marks: list[tuple[Any, ...]], area: Any, frame: tuple[float, int, int]
) -> list[Printed]:
    """The words that no image of the size of the page is drawn over: those below a scan are an old OCR's guesses."""
    scans = [at for at, mark in enumerate(marks) if mark[6] == IMAGE_BLOCK and _share(mark, area) > FULL_PAGE]
    if not scans or not words:
        return words
    below = [Box(*_place(mark, *frame)) for mark in marks[: scans[-1]] if mark[6] == 0]
    middles = (((word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2) for word in words)
    return [
        word
        for word, (x, y) in zip(words, middles, strict=True)
        if not any(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for box in below)
    ]


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
