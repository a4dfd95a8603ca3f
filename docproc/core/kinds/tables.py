"""The tables of a page as they stand: a JSON array of {"page", "box", "caption", "grid"}, grids rows of cell texts."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from math import isfinite
from typing import Any

from docproc.core.kinds.inputs import NotOfKindError, as_json, dumps, items_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import fold, one_line
from docproc.core.text.similar import f1

MOST_TABLES = 500
MOST_CELLS = 50_000
MOST_CELL = 2_000
MOST_PAGE = 10_000_000
_WHOLE_PAGE = [0.0, 0.0, 1.0, 1.0]


class Tables:
    name = "tables"
    sql = "json"
    merge: MergeRule = "concat"
    scalar = False

    def prompt(self, question: Question) -> str:
        return (
            'Answer with a JSON list of tables: {"page": page number, "box": [left, top, right, bottom] in fractions '
            'of the page, "caption": its caption or "", "grid": a list of rows, each a list of cell texts}.'
        )

    def schema(self, question: Question) -> dict[str, Any]:
        row = {"type": "array", "items": {"type": "string", "maxLength": MOST_CELL}, **_size(1, MOST_CELLS)}
        fields = {
            "page": {"type": "integer", "minimum": 0, "maximum": MOST_PAGE},
            "box": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}, **_size(4, 4)},
            "caption": {"type": "string", "maxLength": MOST_CELL},
            "grid": {"type": "array", "items": row, **_size(1, MOST_CELLS)},
        }
        table = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
        return {"type": "array", "items": table, **_size(1, MOST_TABLES)}

    def parse(self, raw: object, question: Question) -> str:
        """Page 0 and the whole page's box stand for what was not said."""
        found = as_json(raw)
        items = [found] if isinstance(found, dict) and "grid" in found else items_of(found)
        if not 0 < len(items) <= MOST_TABLES:
            raise NotOfKindError(f"{len(items)} tables")
        return dumps([_table(item) for item in items])

    def value(self, canonical: str) -> Any:
        return json.loads(canonical)

    def score(self, predicted: str, gold: str) -> float:
        """F1 of neighbouring cells, across and down: the measure of the ICDAR 2013 table competition."""
        said, true = _neighbours(json.loads(predicted)), _neighbours(json.loads(gold))
        return f1(sum((said & true).values()), sum(said.values()), sum(true.values()))


def _size(least: int, most: int) -> dict[str, int]:
    return {"minItems": least, "maxItems": most}


def _table(item: object) -> dict[str, object]:
    if isinstance(item, list):
        item = {"grid": item}
    if not isinstance(item, dict) or not isinstance(item.get("grid"), list):
        raise NotOfKindError("a table without a grid")
    page, caption = item.get("page", 0), item.get("caption") or ""
    if isinstance(page, bool) or not isinstance(page, int) or not 0 <= page <= MOST_PAGE:
        raise NotOfKindError(f"{str(page)[:40]!r} is no page number")
    return {
        "page": page,
        "box": _box(item.get("box")),
        "caption": one_line(str(caption)[: MOST_CELL * 2], MOST_CELL),
        "grid": _grid(item["grid"]),
    }


def _grid(rows: list[object]) -> list[list[str]]:
    """Rows of cell texts, all of one length; empty rows are left out."""
    grid: list[list[str]] = []
    cells = 0
    for row in rows:
        if not isinstance(row, list):
            raise NotOfKindError("a row that is not a list")
        cells += len(row)
        if cells > MOST_CELLS:
            raise NotOfKindError(f"a table of more than {MOST_CELLS} cells")
        grid.append([_text(cell) for cell in row])
    grid = [row for row in grid if any(row)]
    width = max((len(row) for row in grid), default=0)
    if width == 0 or width * len(grid) > MOST_CELLS:
        raise NotOfKindError("a table without a cell, or with rows of very different lengths")
    return [row + [""] * (width - len(row)) for row in grid]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dict | list):
        raise NotOfKindError("a cell that is not a text")
    return one_line(str(cell)[: MOST_CELL * 2], MOST_CELL) if not isinstance(cell, int) or abs(cell) < 10**30 else ""


def _box(box: object) -> list[float]:
    """Fractions of the page, clamped to it; the whole page where none were said."""
    if box is None:
        return list(_WHOLE_PAGE)
    if not isinstance(box, list) or len(box) != 4:
        raise NotOfKindError("a box that is not four numbers")
    sides: list[float] = []
    for side in box:
        if isinstance(side, bool) or not isinstance(side, int | float) or not isfinite(side):
            raise NotOfKindError("a box that is not four numbers")
        sides.append(round(min(1.0, max(0.0, side)), 5))
    x0, y0, x1, y1 = sides
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def _neighbours(tables: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """Pairs of a cell and the next one that is not empty, to its right and below it, of all tables."""
    found: Counter[tuple[str, str, str]] = Counter()
    for table in tables:
        grid = [["".join(char for char in fold(cell) if char.isalnum()) for cell in row] for row in table["grid"]]
        for direction, lines in (("right", grid), ("down", [list(column) for column in zip(*grid, strict=True)])):
            for line in lines:
                filled = [cell for cell in line if cell]
                found.update((cell, after, direction) for cell, after in pairwise(filled))
    return found


KIND = Tables()
