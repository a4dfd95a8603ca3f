"""What the engine's children do: read a page image, and answer questions from readings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Protocol, cast

from docproc.core.boxes import Box, PageBox
from docproc.core.errors import PageFailed
from docproc.core.pack import pack, unpack
from docproc.core.questions import Question
from docproc.core.types import Page, Reading, Reply
from docproc.engines.ocr.order import ordered
from docproc.engines.ocr.view import Found, View
from docproc.imaging.store import ImageStore, Root

if TYPE_CHECKING:
    from docproc.engines.ocr.reader import RapidReader

ABSENT = Reply(json.dumps({"value": None}))
GENERIC = "generic"


class Finder(Protocol):
    """A module `find_<area>`: answers the questions whose role begins with the area's name."""

    def analyse(self, view: View) -> Any:
        """Work that all questions of a prompt share."""

    def find(self, question: Question, view: View, analysis: Any) -> Found | None:
        """The answer to one question; None where the pages do not tell."""


def reader_version() -> str:
    """What a fingerprint says of the reader: the version of the package that carries its models."""
    return f"rapidocr-{version('rapidocr')}"


class Worker:
    """What one child holds: the image store, and a reader that is loaded when the first page needs it."""

    def __init__(self, root: Root, limit_side: int) -> None:
        self.images = ImageStore(root)
        self._limit_side = limit_side

    @cached_property
    def reader(self) -> RapidReader:
        """The reader; its libraries are heavy and load here."""
        from docproc.engines.ocr.reader import RapidReader  # noqa: PLC0415 - pages with a text layer need none of it

        return RapidReader(self._limit_side)


def read_page(worker: Worker, image: str) -> bytes:
    """OCR of a stored image: a reading in columns. Raises PageFailed where it is no image."""
    from docproc.engines.ocr.reader import decode_image  # noqa: PLC0415 - as above

    try:
        pixels = decode_image(worker.images.path(image).read_bytes())
    except ValueError as error:
        raise PageFailed(f"the page image {image} cannot be read: {error}", "engine_error") from error
    return pack(worker.reader.read(pixels))


def answer(
    worker: Worker, pages: tuple[Page, ...], readings: Sequence[bytes], asks: Sequence[Question], partial: bool
) -> list[Reply]:
    """One reply per ask. `partial` says that a page could not be read, so that a value not found may be there."""
    numbers = tuple(page.number for page in pages)
    view = View(tuple(_in_order(unpack(packed)) for packed in readings), numbers, pages, worker.images)
    areas = finders()
    analyses: dict[str, Any] = {}
    replies = []
    for question in asks:
        area = question.role.partition(".")[0]
        area = area if area in areas else GENERIC
        finder = cast(Finder, import_module(areas[area]))
        if area not in analyses:
            analyses[area] = finder.analyse(view)
        found = finder.find(question, view, analyses[area])
        nothing = Reply("", "unreadable") if partial else ABSENT
        replies.append(nothing if found is None else _reply(found, view))
    return replies


def _in_order(reading: Reading) -> Reading:
    """A text layer comes in the order in which its maker drew it; the rules want it as it is read."""
    return reading if reading.source == "ocr" else replace(reading, words=ordered(reading.words))


def finders() -> dict[str, str]:
    """Areas of questions and the modules that answer them: every `find_<area>` of this package."""
    package = import_module("docproc.engines.ocr")
    names = [module.name for module in iter_modules(package.__path__)]
    return {name.removeprefix("find_"): f"{package.__name__}.{name}" for name in names if name.startswith("find_")}


def _reply(found: Found, view: View) -> Reply:
    text = json.dumps({"value": found.value, "quote": found.quote}, ensure_ascii=False)
    boxes = tuple(PageBox(view.numbers[index], _fractions(view, index, box)) for index, box in found.at)
    return Reply(text, confidence=min(1.0, max(0.0, found.confidence)), boxes=boxes)


def _fractions(view: View, index: int, box: Box) -> Box:
    """A box of a reading's upright frame, in fractions of its page."""
    on_page, page = view.readings[index].to_page.box(box), view.pages[index]
    xs = [min(1.0, max(0.0, x / page.width)) for x in (on_page.x0, on_page.x1)]
    ys = [min(1.0, max(0.0, y / page.height)) for y in (on_page.y0, on_page.y1)]
    return Box(xs[0], ys[0], xs[1], ys[1])
