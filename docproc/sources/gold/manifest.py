"""Labelled documents of one `manifest.json`: {"items": [{"file", "category", "expected": {field: …}, …}, …]}.

An item's `expected` maps a key to {"value", "type", "match", "scored"}: type amount, date, int, id, code, string, set
or table. It can have `tables` ([{"page", "grid"}]), `ocr_text`, `statements` ([{"statement", "label", "task"}]),
`expected_outcome` ({"accept": […]}) and `forbidden_values`. The question set is called like the category.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docproc.core.errors import NotFound, UsageError
from docproc.sources.gold import GoldAnswer, Labelled, Statement

MANIFEST = "manifest.json"
# A category whose set has another name; documents without fields of their own are asked what any document is.
_SETS = {"table": "document", "hostile": "document"}
_WORDS = "words:0.9"  # a transcript: nine words of ten
_FUZZY = 0.9  # strings, where the item says nothing else


def listed(manifest: Path) -> Iterator[Labelled]:
    """The items, in order. Raises UsageError, NotFound for a file that is not there."""
    try:
        items = json.loads(manifest.read_text("utf-8"))["items"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{manifest} is no list of labelled documents ({error!r}); it holds {{'items': […]}}"
        ) from error
    for item in items:
        try:
            found = _labelled(item, manifest.parent)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = item.get("file", item) if isinstance(item, dict) else item
            raise UsageError(f"{manifest}: the item {str(name)[:80]!r} lacks something: {error!r}") from error
        if not found.path.is_file():
            raise NotFound(f"{manifest} lists {item['file']}, which is not there")
        yield found


def _labelled(item: dict[str, Any], folder: Path) -> Labelled:
    category = str(item.get("category", "document"))
    set_name = _SETS.get(category, category)
    statements = [
        Statement(one["statement"], bool(one["label"]), str(one.get("task", "")))
        for one in item.get("statements") or ()
    ]
    return Labelled(
        path=folder / item["file"],
        name=str(item["file"]),
        answers=tuple(_answers(item, set_name)),
        kind=category,
        outcomes=tuple((item.get("expected_outcome") or {}).get("accept", ())),
        statements=tuple(statements),
        forbidden=tuple(str(value) for value in item.get("forbidden_values") or ()),
    )


def _answers(item: dict[str, Any], set_name: str) -> Iterator[GoldAnswer]:
    for key, field in (item.get("expected") or {}).items():
        if field.get("scored", True):
            yield GoldAnswer(set_name, key, (field["value"],), match=_match(field))
    if item.get("tables"):
        grids = [{"page": table["page"], "grid": table["grid"]} for table in item["tables"]]
        yield GoldAnswer(set_name, "tables", (grids,))
    if item.get("ocr_text"):
        yield GoldAnswer("ocr", "text", (item["ocr_text"],), match=_WORDS)


def _match(field: dict[str, Any]) -> str:
    """How the field is compared; "" leaves it to the question's kind."""
    if field["type"] in ("id", "code"):
        return "code"
    if field["type"] == "table":
        return f"amounts:{field['key']}"
    if field["type"] != "string":
        return ""
    wanted = str(field.get("match", ""))
    if wanted.startswith("fuzzy>="):
        return f"fuzzy:{float(wanted.removeprefix('fuzzy>=').split()[0])}"
    return "contains" if wanted == "contains" else f"fuzzy:{_FUZZY}"
