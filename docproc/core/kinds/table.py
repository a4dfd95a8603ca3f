"""Rows with the question's columns: a JSON array of objects, column name to the canonical text of its kind, or null."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from docproc.core.kinds import kind_of
from docproc.core.kinds.inputs import MOST_ITEMS, NotOfKindError, dumps, items_of
from docproc.core.questions import Column, MergeRule, Question
from docproc.core.text.fold import fold, one_line
from docproc.core.text.similar import anls, f1

# Rows are aligned one by one up to this many; longer tables are compared as sets of rows.
MOST_ALIGNED = 200
_NOTHING = ("", "-", "–", "—", "n/a", "null", "none")


class Table:
    name = "table"
    sql = "json"
    merge: MergeRule = "concat"
    scalar = False

    def prompt(self, question: Question) -> str:
        columns = ", ".join(f'"{column.name}" ({column.kind})' for column in question.columns)
        return f"Answer with a JSON list of rows, each an object with the keys {columns}; null where a cell is empty."

    def schema(self, question: Question) -> dict[str, Any]:
        cells = {column.name: {"anyOf": [*_schemas(column), {"type": "null"}]} for column in question.columns}
        row = {"type": "object", "properties": cells, "required": list(cells), "additionalProperties": False}
        return {"type": "array", "items": row, "minItems": 1, "maxItems": MOST_ITEMS}

    def parse(self, raw: object, question: Question) -> str:
        """A cell that is no value of its column's kind is null; rows without any value are left out."""
        rows = [_row(item, question.columns) for item in items_of(raw)]
        kept = [row for row in rows if any(cell is not None for cell in row.values())]
        if not kept:
            raise NotOfKindError("a table without a row")
        return dumps(kept)

    def value(self, canonical: str) -> Any:
        """Rows of canonical texts."""
        return json.loads(canonical)

    def score(self, predicted: str, gold: str) -> float:
        """F1 of the lines, a line counting by the share of its cells that are right."""
        said, true = json.loads(predicted), json.loads(gold)
        if max(len(said), len(true)) > MOST_ALIGNED:
            same = Counter(map(dumps, said)) & Counter(map(dumps, true))
            return f1(sum(same.values()), len(said), len(true))
        left, right = list(said), 0.0
        for row in true:
            best = max(left, key=lambda other: _alike(other, row), default=None)
            if best is not None and _alike(best, row) > 0:
                right += _alike(best, row)
                left.remove(best)
        return f1(right, len(said), len(true))


def _schemas(column: Column) -> list[dict[str, Any]]:
    # Canonical cells are texts, so that a stored table is valid by its own schema. Of the kinds that a column can have
    # only the boolean one has no text among its values.
    schema = kind_of(column.kind).schema(Question(column.name, "", column.kind))
    either: list[dict[str, Any]] = schema.get("anyOf", [schema])
    return [*either, {"type": "string", "enum": ["true", "false"]}] if schema.get("type") == "boolean" else either


def _row(item: object, columns: tuple[Column, ...]) -> dict[str, str | None]:
    """One row by column, from an object (keys compared without case and marks) or a list in the columns' order."""
    if isinstance(item, dict):
        by_name = {_bare(str(key)): cell for key, cell in item.items()}
        return {column.name: _cell(by_name.get(_bare(column.name)), column) for column in columns}
    if isinstance(item, list) and len(item) == len(columns):
        return {column.name: _cell(cell, column) for column, cell in zip(columns, item, strict=True)}
    raise NotOfKindError(f"a row that is a {type(item).__name__}, not an object with the columns of the question")


def _bare(name: str) -> str:
    return "".join(char for char in fold(name) if char.isalnum())


def _cell(cell: object, column: Column) -> str | None:
    if cell is None or (isinstance(cell, str) and cell.strip().lower() in _NOTHING):
        return None
    try:
        return kind_of(column.kind).parse(cell, Question(column.name, "", column.kind))
    except ValueError:
        return None


def _alike(said: dict[str, str | None], true: dict[str, str | None]) -> float:
    """The share of a true row's cells that were said; texts count by their ANLS."""
    names = [name for name, cell in true.items() if cell is not None]
    hits = 0.0
    for name in names:
        hit = anls(one_line(said.get(name) or ""), one_line(true[name] or ""))
        # Of numbers, dates and codes nothing but the whole is right.
        hits += hit if not any(char.isdigit() for char in true[name] or "") else float(hit == 1.0)
    return hits / len(names) if names else 0.0


KIND = Table()
