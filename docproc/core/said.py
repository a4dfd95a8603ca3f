"""What a reviewer typed, made canonical: strictly, since nobody looks at it after them."""

from __future__ import annotations

import json
from typing import Any

from docproc.core.boxes import Box, PageBox
from docproc.core.errors import UsageError
from docproc.core.kinds import kind_of
from docproc.core.kinds.inputs import items_of
from docproc.core.merge import MOST_BOXES
from docproc.core.questions import Column, Question
from docproc.core.text.fold import fold

_EMPTY = ("", "-", "–", "—", "n/a", "null", "none")


def canonical(value: object, question: Question) -> str:
    """The canonical text of a value of the question's kind, given as JSON or as typed text.

    Raises UsageError naming what is wrong, for a table by row and column.
    """
    what = f"{question.key!r} is a {question.kind}"
    if value is None:
        raise UsageError(f"{what}: null is no value; say absent where the page does not tell")
    try:
        if question.kind == "table":
            _check_rows(value, question)
        return kind_of(question.kind).parse(value, question)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what}: {_shown(value)} is none: {error}") from error


def boxes_of(given: list[list[float]] | None, page_count: int, number: int) -> tuple[PageBox, ...] | None:
    """Boxes as [page, x0, y0, x1, y1], in fractions of the page. Raises UsageError for what is none."""
    if given is None:
        return None
    if len(given) > MOST_BOXES:
        raise UsageError(f"{len(given)} boxes; {MOST_BOXES} at most")
    found = []
    for place, one in enumerate(given, 1):
        if len(one) != 5:
            raise UsageError(f"box {place} has {len(one)} numbers; it is [page, left, top, right, bottom]")
        page, (x0, y0, x1, y1) = one[0], one[1:]
        if page != int(page) or not 1 <= page <= max(1, page_count) or (number and page != number):
            raise UsageError(f"box {place} is on page {page:g}, which is not a page of what is reviewed")
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
            raise UsageError(f"box {place}: left, top, right, bottom are fractions of the page, from 0 to 1")
        found.append(PageBox(int(page), Box(x0, y0, x1, y1)))
    return tuple(found) or None


def _check_rows(value: object, question: Question) -> None:
    """Raises UsageError for a cell that is no value of its column, which reading a model's table would leave out."""
    columns = {_bare(column.name): column for column in question.columns}
    for number, row in enumerate(items_of(value), 1):
        if isinstance(row, list) and len(row) == len(question.columns):
            cells = list(zip(question.columns, row, strict=True))
        elif isinstance(row, dict):
            unknown = [name for name in row if _bare(str(name)) not in columns]
            if unknown:
                names = ", ".join(column.name for column in question.columns)
                raise UsageError(f"{question.key!r}, row {number}: no column {_shown(unknown[0])}; there are {names}")
            cells = [(columns[_bare(str(name))], cell) for name, cell in row.items()]
        else:
            raise UsageError(f"{question.key!r}, row {number} is no object with a value per column")
        for column, cell in cells:
            _check_cell(cell, column, f"{question.key!r}, row {number}, {column.name}")


def _check_cell(cell: Any, column: Column, where: str) -> None:
    if cell is None or (isinstance(cell, str) and cell.strip().lower() in _EMPTY):
        return
    try:
        kind_of(column.kind).parse(cell, Question(column.name, "", column.kind))
    except ValueError as error:
        raise UsageError(f"{where} is a {column.kind}: {_shown(cell)} is none: {error}") from error


def _bare(name: str) -> str:
    return "".join(char for char in fold(name) if char.isalnum())


def _shown(value: object) -> str:
    try:
        text = json.dumps(value, default=str)
    except RecursionError:
        text = f"a {type(value).__name__} of many levels"
    return text if len(text) <= 80 else text[:79] + "…"
