"""What a model is told: the instructions, the questions, and the form of its reply. One wording for every engine.

The shared part of a prompt (instructions, then images) comes first and the question last, so that a page is computed
once for all its questions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from docproc.core.kinds import kind_of
from docproc.core.questions import Question

SYSTEM = (
    "You read pages of documents and answer questions about them in JSON. "
    "Say only what is printed on the page, never guess: null says that the page does not tell."
)
# Kinds whose value is what is printed; of the others the printed form is asked for as well, so that it can be found.
_AS_PRINTED = ("string", "text", "list", "table", "tables", "dates")
# Kinds that are counted before they are listed: a list that ends early shows.
COUNTED = ("list", "dates", "table", "tables")
MOST_QUOTE = 160  # characters of a value as printed
MOST_LABELS = 8  # labels of a question that are named
# Tokens of the longest sensible reply: a short value with its quote and its place (a digit can be a token of its own);
# a string; what is as long as a page or a table may be. A limit costs nothing to a reply that ends before it.
_SHORT, _STRING, _LONG = 256, 512, 4096


def question_text(question: Question, boxes: bool = False) -> str:
    """What is asked after the images: the question, the form of its value, the form of the reply."""
    lines = [question.ask]
    if question.labels and not question.role:  # a built-in question says it all; its labels are for rules
        lines.append(f"It may be labelled: {', '.join(question.labels[:MOST_LABELS])}.")
    lines.append(kind_of(question.kind).prompt(question))
    lines.append(f"Reply: {{{_form(question, boxes)}}}")
    return "\n".join(lines)


def reply_schema(question: Question, boxes: bool = False) -> dict[str, Any]:
    """The JSON schema of the reply: an object whose `value` is of the question's kind, or null where the page does not
    tell. Its root is an object with all properties required, which is what every server understands.
    """
    properties: dict[str, Any] = {}
    if question.kind in COUNTED:
        properties["count"] = _or_null({"type": "integer", "minimum": 1, "maximum": 9999})
    if question.kind not in _AS_PRINTED:
        properties["quote"] = _or_null({"type": "string", "minLength": 1, "maxLength": MOST_QUOTE})
    properties["value"] = _or_null(kind_of(question.kind).schema(question))
    if boxes:
        corner = {"type": "integer", "minimum": 0, "maximum": 99999}
        properties["image"] = _or_null({"type": "integer", "minimum": 1, "maximum": 999})
        properties["bbox_2d"] = _or_null({"type": "array", "items": corner, "minItems": 4, "maxItems": 4})
    return _object(properties)


def reply_tokens(question: Question) -> int:
    """How many tokens a reply may have before it counts as cut off."""
    if question.kind in ("text", *COUNTED):
        return _LONG
    return _STRING if question.kind == "string" else _SHORT


def page_text(asks: Sequence[Question], boxes: bool = False) -> str:
    """All questions of a page in one: for servers where one long reply costs less than many short ones."""
    parts = [f'"{ask.key}": {question_text(ask, boxes)}' for ask in asks]
    return "\n\n".join(["Answer these questions in one JSON object with these keys.", *parts])


def page_schema(asks: Sequence[Question], boxes: bool = False) -> dict[str, Any]:
    """The JSON schema of the reply to `page_text`: each question's reply under its key."""
    return _object({ask.key: reply_schema(ask, boxes) for ask in asks})


def split_page(text: str, asks: Sequence[Question]) -> list[str | None]:
    """The replies to the single questions, as JSON texts, out of the reply to `page_text`; None for one that is not
    there, and for all where the text is not a JSON object.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    return [json.dumps(said[ask.key], ensure_ascii=False) if ask.key in said else None for ask in asks]


def _form(question: Question, boxes: bool) -> str:
    names = list(reply_schema(question, boxes)["properties"])
    meanings = {
        "count": "how many there are",
        "quote": "as printed",
        "image": "number of the image that shows it",
        "bbox_2d": "[x1, y1, x2, y2]",
    }
    return ", ".join(f'"{name}": {meanings.get(name, "…")}' for name in names)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
