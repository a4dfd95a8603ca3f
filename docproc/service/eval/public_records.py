"""How the sets of forms and receipts count: fields of a document, and documents as a whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from docproc.core.kinds import kind_of
from docproc.core.metrics.records import field_counts, tree_accuracy
from docproc.core.questions import Question
from docproc.service.eval.public_figures import Figure, Put, f1, share
from docproc.service.eval.scored import Scored
from docproc.sources.gold.cord import MENU, VOID, parse_of
from docproc.sources.gold.funsd import ENTITIES

_ENOUGH = 0.5  # ANLS from which a field counts as found
_TYPED = {"date": "date", "total": "money"}


def _fields(columns: list[str], right: str, name: str) -> Iterator[tuple[str, Figure]]:
    if "true:" in columns:
        yield f"{name}_precision", share(right, "said:")
        yield f"{name}_recall", share(right, "true:")
        yield f"{name}_f1", f1(right, "said:", "true:")


class Sroie:
    """Entities by their very text, as the challenge counts; fields by their value: dates and totals however written."""

    def add(self, row: Scored, put: Put) -> None:
        for part in ("", row.key):
            put(f"n:{part}", 1)
            put(f"said:{part}", row.said is not None)
            put(f"true:{part}", bool(row.gold))
            put(f"right:{part}", row.right and bool(row.gold))
            put(f"same:{part}", _same(row))

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        yield from _fields(columns, "right:", "entity")
        yield from _fields(columns, "same:", "field")
        for name in columns:
            part = name.removeprefix("true:")
            if name.startswith("true:") and part:
                yield f"{part}.entity_f1", f1(f"right:{part}", f"said:{part}", f"true:{part}")
                yield f"{part}.field_f1", f1(f"same:{part}", f"said:{part}", f"true:{part}")


class Funsd:
    """Fields by their text without case and punctuation, and by ANLS; the texts of all elements, without case."""

    def add(self, row: Scored, put: Put) -> None:
        if row.key == ENTITIES:
            said = Counter(_texts(row.said))
            true = Counter(_texts(row.gold[0] if row.gold else None))
            for name, number in (("said", said), ("true", true), ("right", said & true)):
                put(f"{name}:{ENTITIES}", number.total())
            return
        put("said:", row.said is not None)
        put("true:", bool(row.gold))
        put("right:", bool(row.gold) and row.right)
        put("alike:", bool(row.gold) and row.scores.get("anls", 0.0) >= _ENOUGH)

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        yield from _fields(columns, "right:", "field")
        yield from _fields(columns, "alike:", "field_anls")
        if f"true:{ENTITIES}" in columns:
            yield "entity_f1", f1(f"right:{ENTITIES}", f"said:{ENTITIES}", f"true:{ENTITIES}")


class Cord:
    """F1 of all fields of the nested receipts by their path and very text, and the mean accuracy of their trees."""

    def __init__(self) -> None:
        self._document = ""
        self._said: dict[str, Any] = {}
        self._true: dict[str, Any] = {}
        self._put: Put | None = None

    def add(self, row: Scored, put: Put) -> None:
        if row.document != self._document:
            self.end()
            self._document, self._put = row.document, put
        field = row.id.rpartition("/")[2]
        for record, value in ((self._said, row.said), (self._true, row.gold[0] if row.gold else None)):
            if value is not None:
                record[field] = json.loads(value) if field in (MENU, VOID) else value

    def end(self) -> None:
        """Count the receipt that is complete."""
        if self._put is None:
            return
        said, true = parse_of(self._said), parse_of(self._true)
        right, amiss = field_counts(said, true)
        for name, number in (("n", 1.0), ("right", right), ("amiss", amiss), ("tree", tree_accuracy(said, true))):
            self._put(f"{name}:", number)
        self._said, self._true, self._put = {}, {}, None

    def figures(self, columns: list[str]) -> Iterator[tuple[str, Figure]]:
        if columns:
            yield "field_f1", lambda sums: 2 * sums("right:") / (2 * sums("right:") + sums("amiss:")).clip(1)
            yield "tree_accuracy", share("tree:", "n:")


def _same(row: Scored) -> bool:
    """Whether the same value was said."""
    if row.said is None or not row.gold:
        return False
    kind = kind_of(_TYPED.get(row.key, "string"))
    question = Question(row.key, "", kind.name)
    try:
        return kind.score(kind.parse(row.said, question), kind.parse(row.gold[0], question)) >= (
            0.9 if kind.name == "string" else 1.0
        )
    except ValueError:
        return False


def _texts(told: str | None) -> list[str]:
    return [" ".join(str(one).lower().split()) for one in json.loads(told)] if told else []
