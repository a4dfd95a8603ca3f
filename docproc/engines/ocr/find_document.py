"""Answers about any document: what it is called, its main points, its dates, its tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from docproc.core.boxes import Box
from docproc.core.questions import Question
from docproc.core.text.dates import find_dates
from docproc.core.text.locale import locale_of
from docproc.core.types import Word
from docproc.engines.ocr.dates_ocr import mended
from docproc.engines.ocr.front import Front, front_of
from docproc.engines.ocr.lines import Line, rows, segments
from docproc.engines.ocr.running import running
from docproc.engines.ocr.summary import summary
from docproc.engines.ocr.tables import Spread, join, tables
from docproc.engines.ocr.titles import title
from docproc.engines.ocr.view import Found, View

# The pages of a form that its key facts are looked for on.
FACT_PAGES = 3
# A year and month by themselves on a line.
_MONTH = re.compile(r"^\W*((?:19|20)\d{2})-(0[1-9]|1[0-2])\W*$")


@dataclass(frozen=True)
class Analysis:
    """The view, and what several questions need of it, made when the first asks."""

    view: View

    @cached_property
    def front(self) -> Front:
        """The first pages."""
        return front_of(self.view)

    @cached_property
    def title(self) -> Found | None:
        """The title."""
        return title(self.front)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line of every page, in reading order."""
        return tuple(line for page, reading in enumerate(self.view.readings) for line in segments(reading, page))

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """The tables."""
        readings = self.view.readings
        return tuple(join(readings, [tables(reading) for reading in readings]))


def analyse(view: View) -> Analysis:
    """Nothing yet: each question makes what it needs, once."""
    return Analysis(view)


def find(question: Question, _view: View, analysis: Analysis) -> Found | None:
    """The answer to a question whose role is "document.<what>"; None where the pages do not tell."""
    finder = _FINDERS.get(question.role.partition(".")[2])
    return finder(analysis) if finder else None


def _summary(analysis: Analysis) -> Found | None:
    boxes: dict[int, list[Box]] = {}
    for page, box in (part for spread in analysis.spreads for part in spread.parts):
        boxes.setdefault(page, []).append(box)
    apart = running(analysis.lines, analysis.view.readings)
    prose = [
        line
        for line in analysis.lines
        if line not in apart
        and not any(line.box.intersection(box) > 0.5 * line.box.area for box in boxes.get(line.page, ()))
    ]
    named = analysis.title
    first = analysis.view.readings[:FACT_PAGES]
    facts = [row for page, reading in enumerate(first) for row in rows(reading, page)]
    heads = running(facts, first)
    facts = [row for row in facts if row not in heads or row.page == 0]
    return summary(prose, facts, analysis.front.body, str(named.value) if named else "")


def _dates(analysis: Analysis) -> Found | None:
    """Every date on the pages, once, in the order of their first appearance."""
    locale = locale_of("\n".join(line.text for line in analysis.lines[:600]))
    shown: dict[str, tuple[str, int, Box]] = {}
    for line in analysis.lines:
        for iso, text, box in dates_in(line, locale.day_first):
            shown.setdefault(iso, (text, line.page, box))
    if not shown:
        return None
    quote = "; ".join(text for text, _, _ in shown.values())
    return Found(list(shown), quote[:2000], 0.85, tuple((page, box) for _, page, box in shown.values()))


def dates_in(line: Line, day_first: bool) -> list[tuple[str, str, Box]]:
    """The dates on a line: ISO, as printed, and the box of its words."""
    if not any(char.isdigit() for char in line.text):
        return []
    alone = _MONTH.match(line.text)
    if alone:
        return [(f"{alone[1]}-{alone[2]}", line.text.strip(), line.box)]
    found = find_dates(line.text, day_first)
    if not found and any(word.confidence < 1 for word in line.words):
        text = mended(line.text)
        return [(match.iso, match.text.strip(), line.box) for match in find_dates(text, day_first)]
    return [(match.iso, match.text.strip(), _box(line.words, match.start, match.end)) for match in found]


def _box(words: Sequence[Word], start: int, end: int) -> Box:
    """The box around characters `start` to `end` of words joined by single spaces."""
    boxes, at = [], 0
    for word in words:
        if at < end and start < at + len(word.text):
            boxes.append(word.box)
        at += len(word.text) + 1
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    return box


def _tables(analysis: Analysis) -> Found | None:
    """Each table as {"page", "box" (fractions of the page), "caption", "grid"}; one over several pages stands once."""
    view = analysis.view
    values: list[dict[str, Any]] = []
    at: list[tuple[int, Box]] = []
    for spread in analysis.spreads:
        values.append(
            {
                "page": view.numbers[spread.page],
                "box": _fractions(view, spread.page, spread.grid.box),
                "caption": spread.grid.caption,
                "grid": spread.grid.texts,
            }
        )
        at += spread.parts
    captions = "; ".join(str(value["caption"]) for value in values if value["caption"])
    return Found(values, captions[:2000], 0.75, tuple(at)) if values else None


def _fractions(view: View, index: int, box: Box) -> list[float]:
    """A box of a reading's upright frame, in fractions of the page as displayed."""
    page, on_page = view.pages[index], view.readings[index].to_page.box(box)
    corners = (on_page.x0 / page.width, on_page.y0 / page.height, on_page.x1 / page.width, on_page.y1 / page.height)
    return [round(min(1.0, max(0.0, value)), 4) for value in corners]


_FINDERS: dict[str, Callable[[Analysis], Found | None]] = {
    "title": lambda analysis: analysis.title,
    "summary": _summary,
    "dates": _dates,
    "tables": _tables,
}
