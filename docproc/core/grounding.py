"""The evidence of answers: where their values stand on the page.

The level says how sure the place is: `exact`, the page has the value in some printed form; `close`, save letters that
OCR or a model gets wrong, or it has what the answer was concluded from; `model`, the engine alone says where; `none`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from docproc.core.boxes import Box, PageBox
from docproc.core.printed import Printed, letters
from docproc.core.seek import Hit, Sought, boxes_of, closely, exactly, sentences
from docproc.core.types import Answer, EvidenceLevel, Page

# Items of a list, rows and cells of a table that are sought; more show nothing more.
MOST_ITEMS = 64
MOST_BOXES = 256
# Pages that are searched for what is only alike; all of them are searched for what is the same.
MOST_CLOSE = 8
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

    def in_order(self, answer: Answer) -> Iterator[Printed]:
        """The pages that were read, the one that is said to tell first."""
        first = [box.page for box in answer.boxes] + [answer.found_on or 0]
        for number in dict.fromkeys([*first, *self.pages]):
            page = self.page(number)
            if page is not None:
                yield page


def ground(answer: Answer, book: Book) -> Answer:
    """The answer with its evidence: level, boxes in fractions of the page, and the page that told.

    The engine's own boxes are kept; the level then says whether the value stands in them.
    """
    if answer.status != "ok" or answer.value is None:
        return answer
    if answer.question.kind == "tables":
        return _grids(answer, book)
    parts = _in_parts(answer)
    return _whole(answer, book) if parts is None else _parts(answer, book, parts)


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
        return replace(answer, evidence=_verified(answer, book), found_on=answer.found_on or answer.boxes[0].page)
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
    for seek in (exactly, closely):
        for page in pages:
            hit = seek(page, sought)
            if hit is not None and any(
                _touches(box, answer.boxes) for place in hit.places for box in boxes_of(page, place)
            ):
                return hit.level
    return "model"


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
    if answer.boxes:
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
