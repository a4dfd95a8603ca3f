"""PDF pages through PyMuPDF. Only ever used in a child process: MuPDF has crashed and hung on hostile files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pymupdf

from docproc.core.boxes import Box
from docproc.core.errors import PageFailed, Rejected
from docproc.imaging.drawn import Drawn, Facts, reading, resolution
from docproc.imaging.metadata import cleaned
from docproc.imaging.mupdf_text import (
    FULL_PAGE,
    IMAGE_BLOCK,
    MARKS,
    VECTOR_BLOCK,
    below_scans,
    blocks,
    place,
    share,
    text_of,
    words,
)
from docproc.imaging.rules import SHORT, rules
from docproc.imaging.values import RenderSettings
from docproc.imaging.visible import Pixels

OPEN = 3  # documents that are kept open
POINTS = 72.0
# MuPDF's errors come from four unrelated families: its own, and what PyMuPDF raises in its place.
FAULTS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, LookupError, TypeError, AttributeError)


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
    marks = blocks(content)
    drawn.busy = bool(marks)
    images = [mark for mark in marks if mark[4] == IMAGE_BLOCK]
    drawn.picture = min(1.0, sum((share(mark, area) for mark in images), 0.0))
    pixels = Pixels(pixmap.samples_mv, *size, 1 if gray else 3)
    below = below_scans(marks, area, (scale, left, top)) if drawn.picture > FULL_PAGE else []
    written = words(text_of(commands, content, marks, images), (scale, left, top), pixels, below)
    short = SHORT * max(area.width, area.height)  # most strokes of a drawing are: they are passed over in points
    vectors = (
        Box(*place(mark, scale, left, top))
        for mark in marks
        if mark[4] == VECTOR_BLOCK and (mark[2] - mark[0] >= short or mark[3] - mark[1] >= short)
    )
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
