"""What the pages add to an answer that they show."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from docproc.service.review_lists import Logged
from docproc.service.shown import ShownAnswer

EVIDENCE = {
    "exact": "stands on the page just so",
    "close": "stands on the page nearly so",
    "model": "where the model says that it stands",
    "none": "not found on the page",
}
_SENT = ("number", "set", "key", "kind", "choices", "columns", "status", "value", "text", "confidence", "boxes")
_SEEN = ("reviewed", "answer_id", "log_id")


def dressed(answer: ShownAnswer, document: str, history: list[Logged] | None = None) -> SimpleNamespace:
    """An answer for the templates: with `json`, what the scripts need of it, `rows`, a table's cells as canonical texts
    (an amount with its currency), and `history`, what was said of it.
    """
    fields: dict[str, Any] = asdict(answer)
    sent = {"document": document, **{name: fields[name] for name in (*_SENT, *_SEEN)}}
    own = [entry for entry in history or [] if (entry.set, entry.key, entry.number) == _place(answer)]
    rows = json.loads(answer.text) if answer.kind == "table" and answer.text else []
    return SimpleNamespace(**{**vars_of(answer), "json": json.dumps(sent), "rows": rows, "history": own})


def vars_of(answer: ShownAnswer) -> dict[str, Any]:
    """The fields as they are, parts of it as objects."""
    return {name: getattr(answer, name) for name in answer.__dataclass_fields__}


def _place(answer: ShownAnswer) -> tuple[str, str, int]:
    return answer.set, answer.key, answer.number
