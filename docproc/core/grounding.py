"""The evidence of answers: where their values stand on the page.

The level says how sure the place is: `exact`, the page has the value in some printed form; `close`, save letters that
OCR or a model gets wrong, or it has what the answer was concluded from; `model`, the engine alone says where; `none`.

An engine's own boxes are kept where the value stands in them, and where it is not found: they may show what the words
lack. Where it is found exactly, but elsewhere, they are wrong, or show another thing that the page's words do not have;
either way the place that can be checked is the better evidence, so it replaces them: the one next to the engine's
boxes, since models miss by a little more often than by much. A value that is only alike, or has few letters, does not:
another field may well look like it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from docproc.core.boxes import Box, PageBox
from docproc.core.printed import Printed, letters
from docproc.core.seek import FEW_LETTERS, Hit, Sought, boxes_of, closely, exactly, sentences, tells
from docproc.core.types import Answer, EvidenceLevel, Page

# Items of a list, rows and cells of a table that are sought; more show nothing more.
MOST_ITEMS = 64
MOST_BOXES = 256
# Pages that are searched for what is only alike; all of them are searched for what is the same.
MOST_CLOSE = 8
# Boxes that take up no more than this share of a page point at a place, so that even one digit is told by them.
POINTED = 0.05
# Of a list's or table's parts so many must be on the page.
MOST_OF_THEM = 0.6


class Book:
    """The pages that an engine saw, each made findable when first asked for. Shared by all answers of a prompt."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = {page.number: page for page in pages}
        self._printed: dict[int, Printed | None] = {}

    def page(self, number: int) -> Printed | None:
        """A page's words; None for a page that is not in the book, or that nobody has read."""
        if number not in self._printed:
            page = self.pages.get(number)
            reading = page.reading if page else None
            self._printed[number] = Printed(page, reading) if page and reading else None
        return self._printed[number]

    @property
    def readable(self) -> bool:
        """Whether the words of all the pages are known, and there are any."""
        readings = [page.reading for page in self.pages.values()]
        return all(reading is not None for reading in readings) and any(r.words for r in readings if r is not None)

    def in_order(self, answer: Answer) -> Iterator[Printed]:
        """The pages that were read, the one that is said to tell first."""
        first = [box.page for box in answer.boxes] + [answer.found_on or 0]
        for number in dict.fromkeys([*first, *self.pages]):
            page = self.page(number)
            if page is not None:
                yield page


def ground(answer: Answer, book: Book) -> Answer:
    """The answer with its evidence: level, boxes in fractions of the page, and the page that told.

    `signals.looked` becomes true where the words of every page were there to be searched, so that the levels "none" and
    "model" mean that the value does not stand on them.
    """
    if answer.status != "ok" or answer.value is None:
        return answer
    if answer.question.kind == "tables":
        found = _grids(answer, book)
        looked = book.readable
    elif (parts := _in_parts(answer)) is not None:
        found = _parts(answer, book, parts)
        looked = book.readable and bool(parts)
    else:
        found = _whole(answer, book)
        missed = found.evidence in ("none", "model")
        looked = book.readable and not (
            missed and any(not tells(page, _sought(answer)) for page in book.in_order(answer))
        )
    return replace(found, signals=replace(found.signals, looked=looked))


def _in_parts(answer: Answer) -> list[list[Sought]] | None:
    """The items of a list, the cells of each row, the sentences of a text; None for what is sought in one piece."""
    value, kind = answer.value or "", answer.question.kind
    if kind in ("list", "dates", "table"):
        items = json.loads(value)[:MOST_ITEMS]
        return [parts for item in items if (parts := _sought_in(item, answer))]
    said = sentences(value) if kind == "text" else []
    return [[Sought("string", sentence)] for sentence in said] if len(said) > 1 else None


def _whole(answer: Answer, book: Book) -> Answer:
    if answer.boxes:
        level = _verified(answer, book)
        moved = _elsewhere(answer, book) if level == "model" else ()
        boxes = moved or answer.boxes
        there = boxes[0].page if moved else answer.found_on or boxes[0].page
        return replace(answer, evidence="exact" if moved else level, boxes=boxes, found_on=there)
    found = _find(_sought(answer), answer, book)
    if found is None:
        return replace(answer, evidence="none")
    page, hit = found
    boxes = tuple(boxes_of(page, hit.places[0])[:MOST_BOXES])
    return replace(answer, evidence=hit.level, boxes=boxes, found_on=page.page.number)


def _sought(answer: Answer) -> Sought:
    question = answer.question
    return Sought(question.kind, answer.value or "", answer.quote, question.labels)


def _find(sought: Sought, answer: Answer, book: Book) -> tuple[Printed, Hit] | None:
    """The first page that has the value, exactly before closely."""
    close: tuple[Printed, Hit] | None = None
    for page in book.in_order(answer):
        hit = exactly(page, sought)
        if hit is not None and hit.level == "exact":
            return page, hit
        if hit is not None and close is None:
            close = page, hit
    if close is not None:
        return close
    for _, page in zip(range(MOST_CLOSE), book.in_order(answer), strict=False):
        hit = closely(page, sought)
        if hit is not None:
            return page, hit
    return None


def _verified(answer: Answer, book: Book) -> EvidenceLevel:
    """Whether the value stands where the engine says: at a place that one of its boxes touches."""
    sought = _sought(answer)
    pages = [page for number in dict.fromkeys(box.page for box in answer.boxes) if (page := book.page(number))]
    pointed = sum(box.box.area for box in answer.boxes) < POINTED
    for seek in (partial(exactly, anywhere=pointed), closely):
        for page in pages:
            hit = seek(page, sought)
            if hit is not None and any(
                _touches(box, answer.boxes) for place in hit.places for box in boxes_of(page, place)
            ):
                return hit.level
    return "model"


def _elsewhere(answer: Answer, book: Book) -> tuple[PageBox, ...]:
    """The place at which a value of some length stands exactly, the nearest to the engine's boxes, on their page first;
    empty where there is none."""
    sought = _sought(answer)
    said = answer.boxes[0]
    for page in book.in_order(answer):
        hit = exactly(page, sought) if len(letters(sought.quote or sought.value)) >= FEW_LETTERS else None
        if hit is not None and hit.level == "exact":
            places = [boxes_of(page, place) for place in hit.places]
            if page.page.number == said.page:
                places.sort(key=lambda boxes: abs(boxes[0].box.cx - said.box.cx) + abs(boxes[0].box.cy - said.box.cy))
            return tuple(places[0][:MOST_BOXES])
    return ()


def _touches(box: PageBox, others: Sequence[PageBox]) -> bool:
    """Whether a box lies by a third or more within one of the others, or one of them within it."""
    for other in others:
        smaller = min(box.box.area, other.box.area)
        if other.page == box.page and box.box.intersection(other.box) > smaller / 3:
            return True
    return False


def _parts(answer: Answer, book: Book, wanted: Sequence[list[Sought]]) -> Answer:
    """Lists item by item, tables row by row, texts by the sentence: the level of all, the boxes of those found."""
    boxes: list[PageBox] = []
    exact = found = 0
    for row in wanted:
        place = _row(row, answer, book)
        if place is not None:
            level, row_boxes = place
            found += 1
            exact += level == "exact"
            boxes += row_boxes
    level = "none"
    if wanted and found >= MOST_OF_THEM * len(wanted):
        level = "exact" if exact == len(wanted) else "close"
    if answer.boxes and (level == "none" or any(_touches(box, answer.boxes) for box in boxes)):
        own: EvidenceLevel = "model" if level == "none" else level
        return replace(answer, evidence=own, found_on=answer.found_on or answer.boxes[0].page)
    if level == "none":
        return replace(answer, evidence="none")
    return replace(answer, evidence=level, boxes=tuple(boxes[:MOST_BOXES]), found_on=boxes[0].page)


def _sought_in(item: object, answer: Answer) -> list[Sought]:
    """The values of one item: itself, or a row's cells, the longest first, since it is the easiest to tell."""
    if isinstance(item, dict):
        kinds = {column.name: column.kind for column in answer.question.columns}
        cells = [
            Sought(kinds.get(name, "string"), cell) for name, cell in item.items() if isinstance(cell, str) and cell
        ]
        return sorted(cells, key=lambda cell: -len(cell.value))
    kind = "date" if answer.question.kind == "dates" else "string"
    return [Sought(kind, item)] if isinstance(item, str) else []


def _row(cells: list[Sought], answer: Answer, book: Book) -> tuple[EvidenceLevel, list[PageBox]] | None:
    """The place of a row: that of its longest cell, and of the other cells in the same band of the page."""
    found = _find(cells[0], answer, book)
    if found is None:
        return None
    page, hit = found
    boxes = boxes_of(page, hit.places[0])
    if len(cells) == 1:
        return hit.level, boxes
    union = _union(boxes)
    for cell in cells[1:]:
        beside = exactly(page, cell)
        for place in beside.places if beside else ():
            box = _union(boxes_of(page, place))
            if abs(box.cy - boxes[0].box.cy) <= max(box.height, boxes[0].box.height):
                union = union.union(box)
                break
    return hit.level, [PageBox(boxes[0].page, union)]


def _union(boxes: Sequence[PageBox]) -> Box:
    union = boxes[0].box
    for box in boxes[1:]:
        union = union.union(box.box)
    return union


def _grids(answer: Answer, book: Book) -> Answer:
    """Tables tell their own places; their cells are held against the words of their pages."""
    tables = json.loads(answer.value or "[]")
    boxes = answer.boxes or tuple(
        PageBox(table["page"], Box(*table["box"])) for table in tables[:MOST_BOXES] if table["page"] in book.pages
    )
    wanted = found = 0
    for table in tables[:MOST_ITEMS]:
        page = book.page(table["page"])
        cells = [cell for row in table["grid"] for cell in row if letters(cell)]
        for cell in cells[:: max(1, len(cells) // 16)]:
            wanted += 1
            found += page is not None and next(page.places(letters(cell), inside=True), None) is not None
    share = found / wanted if wanted else 0.0
    level: EvidenceLevel = "model" if boxes else "none"
    if boxes and share >= MOST_OF_THEM:
        level = "exact" if found == wanted else "close"
    return replace(answer, evidence=level, boxes=boxes, found_on=boxes[0].page if boxes else answer.found_on)
