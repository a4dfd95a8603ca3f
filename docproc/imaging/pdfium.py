"""PDF pages through PDFium: the second renderer, or the only one, without PyMuPDF. In child processes only."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from math import cos, sin
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

from docproc.core.boxes import Affine, Box
from docproc.core.errors import PageFailed, Rejected
from docproc.core.types import Reading, Word
from docproc.imaging.drawn import Drawn, Facts, Written, axis, reading, resolution
from docproc.imaging.metadata import cleaned
from docproc.imaging.rules import rules
from docproc.imaging.values import RenderSettings
from docproc.imaging.visible import SMALLEST, Pixels, visible

OPEN = 3  # documents that are kept open
POINTS = 72.0
FAULTS = (pypdfium2.PdfiumError, RuntimeError, ValueError, LookupError, TypeError, OverflowError)
OBJECTS = 5000  # of a page looked at, for pictures and ruling lines
CHARACTERS = 200_000  # of a page read: a bomb has millions
EM = 0.87  # of a loose character box's height, which is the font's ascent and descent, about 1.15 em
HIDDEN_MODES = (raw.FPDF_TEXTRENDERMODE_INVISIBLE,)


class Pdfium:
    """Keeps the last documents open; see `Backend`."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, int, int, str | None], Any] = OrderedDict()

    def facts(self, path: Path, password: str | None) -> Facts:
        with _refusals(path):
            document = self._document(path, password)
            count = len(document)
            meta = cleaned(document.get_metadata_dict(skip_empty=True))
            warnings: tuple[str, ...] = ()
            # A page takes some bytes: a count beyond them is a lie, and only the pages that can be loaded are there.
            if count > max(16, path.stat().st_size // 4):
                claimed, count = count, _loadable(document, count)
                warnings = (f"it says that it has {claimed} pages; {count} can be loaded",)
        if count < 1:
            raise Rejected(f"{path}: PDFium finds no pages in it; is it complete?", "zero_pages")
        return Facts(count, bool(warnings), warnings, meta)

    def draw(self, path: Path, number: int, settings: RenderSettings) -> Drawn:
        with _failures(path, number), closing(self._document(path, settings.password)[number - 1]) as page:
            return _draw(page, settings)

    def close(self) -> None:
        """Close all documents."""
        while self._open:
            self._open.popitem()[1].close()

    def _document(self, path: Path, password: str | None) -> Any:
        status = path.stat()
        key = (str(path), status.st_mtime_ns, status.st_size, password)
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        try:
            document = pypdfium2.PdfDocument(path, password=password)
        except pypdfium2.PdfiumError as error:
            if "password" not in str(error).lower():
                raise
            told = "the password given does not open it" if password else "it needs a password"
            raise Rejected(f"{path}: encrypted; {told}: set DOCPROC_PASSWORD", "encrypted") from error
        document.init_forms()
        self._open[key] = document
        if len(self._open) > OPEN:
            self._open.popitem(last=False)[1].close()
        return document


def _loadable(document: Any, count: int) -> int:
    """How many pages can be loaded, given that those that can come first: doubling, then halving."""
    good, bad = 0, 1
    while bad < count and _loads(document, bad - 1):
        good, bad = bad, bad * 2
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if _loads(document, middle - 1) else (good, middle)
    return good


def _loads(document: Any, index: int) -> bool:
    try:
        document[index].close()
    except FAULTS:
        return False
    return True


def _draw(page: Any, settings: RenderSettings) -> Drawn:
    wide, high = page.get_size()
    dpi, lowered = resolution(wide / POINTS, high / POINTS, settings)
    bitmap = page.render(scale=dpi / POINTS, rev_byteorder=True)
    image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    drawn = Drawn(image, dpi, lowered)
    place = _placement(page, image.width, image.height)
    seen = list(islice(page.get_objects(max_depth=4), OBJECTS))
    drawn.busy = bool(seen)
    sheet = Box(0, 0, image.width, image.height)
    images = [place.box(_bounds(item)) for item in seen if item.type == raw.FPDF_PAGEOBJ_IMAGE]
    drawn.picture = min(1.0, sum((box.intersection(sheet) for box in images), 0.0) / max(1.0, sheet.area))
    written = _words(page, place, Pixels(image.tobytes(), image.width, image.height, 3))
    vectors = (place.box(_bounds(item)) for item in seen if item.type == raw.FPDF_PAGEOBJ_PATH)
    layer = reading(written, image.width, image.height, rules(vectors, image.width, image.height))
    drawn.layer = _rowed(layer) if layer is not None and layer.turn else layer
    return drawn


def _rowed(layer: Reading) -> Reading:
    """A turned page's words in rows: PDFium orders words as they stand on the unturned sheet."""
    rows: list[list[Word]] = []
    for word in sorted(layer.words, key=lambda word: word.box.cy):
        if rows and word.box.cy - rows[-1][-1].box.cy < word.box.height / 2:
            rows[-1].append(word)
        else:
            rows.append([word])
    ordered = [sorted(row, key=lambda word: word.box.x0) for row in rows]
    return replace(layer, words=tuple(word._replace(line=line) for line, row in enumerate(ordered) for word in row))


def _bounds(item: Any) -> Box:
    return Box(*item.get_bounds())


def _placement(page: Any, width: int, height: int) -> Affine:
    """From the page's own points, y upwards and unturned, to pixels of the image."""
    unit = 1 << 20  # the function gives whole numbers: a large canvas makes them fine
    across, down = ctypes.c_int(), ctypes.c_int()

    def at(x: float, y: float) -> tuple[float, float]:
        raw.FPDF_PageToDevice(page.raw, 0, 0, unit, unit, 0, x, y, across, down)
        return across.value / unit * width, down.value / unit * height

    step = 100.0
    (x0, y0), (x1, y1), (x2, y2) = at(0, 0), at(step, 0), at(0, step)
    return Affine((x1 - x0) / step, (x2 - x0) / step, x0, (y1 - y0) / step, (y2 - y0) / step, y0)


def _words(page: Any, place: Affine, pixels: Pixels) -> Written:
    """The words that are to be seen, in the order of the page's content."""
    written = Written()
    with closing(page.get_textpage()) as text:
        letters: list[str] = []
        box: Box | None = None
        first, line, used = 0, 0, -1
        total = min(text.count_chars(), CHARACTERS)
        for index in range(total + 1):
            code = raw.FPDFText_GetUnicode(text.raw, index) if index < total else 0x20
            if code > 0x20 and code != 0xA0:
                first = first if letters else index
                corners = place.box(_character(text.raw, index))
                box = corners if box is None else box.union(corners)
                letters.append(chr(code) if code < 0x110000 else "\ufffd")
                continue
            if box is not None and _painted(text.raw, first) and visible(box, pixels, faint=True):
                used = line
                _add(written, _joined(letters), box, line, _style(text.raw, first, place))
            letters, box = [], None
            line += code in (0x0A, 0x0D) and used == line
    return written


def _add(written: Written, text: str, box: Box, line: int, style: tuple[tuple[int, int], bool]) -> None:
    direction, bold = style
    size = EM * (box.height if direction[0] else box.width)
    if size >= SMALLEST:
        written.words.append(Word(text, box, 1.0, size, bold, line))
        written.characters[direction] += len(text)


def _joined(letters: list[str]) -> str:
    """UTF-16 halves, as PDFium gives characters outside the basic plane, put together; single ones become U+FFFD."""
    return "".join(letters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(text: Any, index: int) -> Box:
    loose = raw.FS_RECTF()
    if not raw.FPDFText_GetLooseCharBox(text, index, loose):
        return Box(0, 0, 0, 0)
    return Box(loose.left, min(loose.top, loose.bottom), loose.right, max(loose.top, loose.bottom))


def _painted(text: Any, index: int) -> bool:
    owner = raw.FPDFText_GetTextObject(text, index)
    return not owner or raw.FPDFTextObj_GetTextRenderMode(owner) not in HIDDEN_MODES


def _style(text: Any, index: int, place: Affine) -> tuple[tuple[int, int], bool]:
    """Direction of writing on the page image, and whether the font is bold, of one character."""
    angle = raw.FPDFText_GetCharAngle(text, index)  # radians, against the clock, in the page's own frame
    along, across = cos(angle), sin(angle)
    direction = axis(place.a * along + place.b * across, place.d * along + place.e * across)
    return direction, raw.FPDFText_GetFontWeight(text, index) >= 600 or _bold_name(text, index)


def _bold_name(text: Any, index: int) -> bool:
    """Whether the font's name says that it is bold: the standard fonts have no weight."""
    name = ctypes.create_string_buffer(64)
    raw.FPDFText_GetFontInfo(text, index, name, len(name), ctypes.c_int())
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Rejected(f"{path}: cannot be read: {error.strerror or error}", "unreadable") from error
    except FAULTS as error:
        raise Rejected(f"{path}: PDFium cannot open it: {error}", "corrupt") from error


@contextmanager
def _failures(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise PageFailed(str(error), "render_error") from error
    except OSError as error:
        raise PageFailed(f"{path}: cannot be read: {error.strerror or error}", "render_error") from error
    except FAULTS as error:
        raise PageFailed(f"{path}, page {number}: PDFium cannot draw it: {error}", "render_error") from error
