"""One pure parser for everything that an engine says to a question.

A reply is read in this order: JSON `{"value": …, "quote": …}`, also inside a Markdown fence or between chatter; any
other JSON value; a bare text. What becomes of it:

* `ok`: a value of the question's kind, in its form (`pattern`) and among its `choices`;
* `absent`: null, an empty text or list, or a word for "not there";
* `invalid`: something was said that is not a value of the kind;
* `unreadable`: the engine says that it cannot read the page, or repeats itself without end;
* `missing`: the reply is empty, or was cut off before its value was complete. Half a value is no value.

The confidence is the engine's own; else the one that the reply names; else 0.5 for `ok` and `absent`. It is 0 for the
others: there is nothing to be confident of.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Literal, NamedTuple

from docproc.core.kinds import kind_of
from docproc.core.questions import Question
from docproc.core.text.fold import clean, fold, one_line
from docproc.core.types import Answer, AnswerStatus, Reply

# What is kept of a reply, in characters; the text of the densest page in JSON is shorter.
MOST_RAW = 2_000_000
MOST_QUOTE = 2_000
UNTOLD_CONFIDENCE = 0.5

# Kinds whose bare text may begin like JSON ("[Draft] Report"), and kinds whose value is a JSON list.
_TEXTUAL = ("string", "text")
_LISTED = ("list", "dates", "table", "tables")
_VALUE_KEYS = ("value", "answer", "result", "response")
# Folded. A choice of the question that reads like one of them is a choice.
_ABSENT = frozenset(
    (
        "null", "none", "nil", "n/a", "na", "absent", "missing", "unknown", "unspecified", "not available",
        "not found", "not present", "not given", "not specified", "not stated", "not mentioned", "not shown",
        "not visible", "not applicable", "not provided", "no answer", "nicht vorhanden", "nicht angegeben",
        "keine angabe", "k.a", "n.a", "non disponible", "non indique", "no disponible", "no indicado", "non presente",
        "non disponibile", "niet aanwezig", "onbekend", "nao disponivel", "brak", "-", "--", "",
    )
)  # fmt: skip
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_DECODER = json.JSONDecoder()


class _Said(NamedTuple):
    """What stands in a reply: the value, the quote and the confidence beside it.

    `form`: the value came as whole JSON, as a bare text, or as JSON that breaks off or does not parse.
    """

    value: object
    form: Literal["json", "bare", "broken"]
    quote: str = ""
    confidence: float | None = None


def read(question: Question, reply: Reply, page_number: int) -> Answer:
    """The typed answer in a reply, asked of page `page_number` (0: of the document). Never raises, whatever it says."""
    raw = clean(reply.text, MOST_RAW)
    if reply.finish in ("unreadable", "loop"):
        return Answer(page_number, question, "unreadable", raw=raw)
    said = _said(reply.text[:MOST_RAW], question)
    # JSON that ends where the reply was cut off was closed by the engine; what goes on after its JSON is whole.
    cut = reply.finish == "length" and (said.form != "json" or reply.text.endswith(("}", "]", '"')))
    if cut or said.form == "broken" or not raw.strip():
        status: AnswerStatus = "missing" if cut or not raw.strip() else "invalid"
        return Answer(page_number, question, status, raw=raw)
    confidence = _confidence(reply.confidence, said.confidence)
    if _is_absent(said.value, question):
        return Answer(page_number, question, "absent", raw=raw, confidence=confidence)
    try:
        value = kind_of(question.kind).parse(said.value, question)
    except (ValueError, RecursionError):
        return Answer(page_number, question, "invalid", raw=raw, quote=said.quote)
    answer = Answer(page_number, question, "ok", value=value, raw=raw, quote=said.quote, confidence=confidence)
    if reply.boxes:
        return replace(answer, evidence="model", boxes=reply.boxes, found_on=reply.boxes[0].page)
    return replace(answer, found_on=page_number or None)


def _said(text: str, question: Question) -> _Said:
    """What a reply says, taken out of fences, envelopes and chatter."""
    stripped = text.strip().lstrip("\ufeff")
    fenced = _FENCE.search(stripped)
    inner = fenced[1].strip() if fenced else ""
    for candidate in (stripped, inner):
        if not candidate.startswith(("{", "[", '"')) and candidate != "null":
            continue
        found = _json_in(candidate, 0)
        if found is not None and not (candidate[0] == "[" and question.kind in _TEXTUAL and found.end < len(candidate)):
            return _opened(found.value, question)
        if candidate[0] == "{" or (candidate[0] == "[" and question.kind not in _TEXTUAL):
            return _Said(None, "broken")
    starts = ("{", "[") if question.kind in _LISTED else ("{",)
    for at in sorted(stripped.find(start) for start in starts):  # chatter before the JSON
        found = _json_in(stripped, at) if at >= 0 else None
        opened = _opened(found.value, question) if found is not None else None
        # An object that is no envelope says nothing but to a kind whose values are made of objects.
        if found and opened and (opened.value is not found.value or question.kind in (*_LISTED, "money")):
            return opened
    return _Said(inner if inner and question.kind not in _TEXTUAL else text, "bare")


class _Json(NamedTuple):
    value: object
    end: int


def _json_in(text: str, at: int) -> _Json | None:
    """The JSON value that begins at a place, whatever follows it; None where there is none."""
    try:
        return _Json(*_DECODER.raw_decode(text, at))
    except (ValueError, RecursionError):
        return None


def _opened(found: object, question: Question) -> _Said:
    """The value inside the envelope that an object is; any other JSON is itself the value."""
    if not isinstance(found, dict):
        return _Said(found, "json")
    keys = {str(key).strip().lower(): key for key in found}
    for name in (*_VALUE_KEYS, question.key):
        if name in keys and not _is_value(found, name, question):
            quote, confidence = found.get(keys.get("quote", "")), found.get(keys.get("confidence", ""))
            return _Said(
                found[keys[name]],
                "json",
                one_line(quote, MOST_QUOTE) if isinstance(quote, str) else "",
                confidence if isinstance(confidence, float | int) and not isinstance(confidence, bool) else None,
            )
    return _Said(found, "json")


def _is_value(found: dict[str, object], name: str, question: Question) -> bool:
    """Whether an object is itself the value: a sum of money, or a row with a column of that name."""
    if question.kind == "money":
        return "currency" in found
    return question.kind == "table" and any(column.name == name for column in question.columns) and name != "value"


def _is_absent(value: object, question: Question) -> bool:
    if value is None or value in ([], {}):
        return True
    if not isinstance(value, str) or len(value) > 60:
        return False
    said = fold(one_line(value)).strip(" .\"'()[]<>")
    if said in {fold(choice) for choice in question.choices}:
        return False
    return said in _ABSENT


def _confidence(engine: float | None, named: float | None) -> float:
    for confidence in (engine, named):
        if confidence is None:
            continue
        try:
            number = float(confidence)
        except OverflowError:
            continue
        if math.isfinite(number) and (0.0 <= number <= 1.0 or confidence is engine):
            return min(1.0, max(0.0, number))
    return UNTOLD_CONFIDENCE
