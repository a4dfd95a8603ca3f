"""What a model should have said: a known value in the very form that the question asks for."""

from __future__ import annotations

import json
from typing import Any

from docproc.core.answers import read
from docproc.core.kinds import kind_of
from docproc.core.kinds.inputs import dumps
from docproc.core.printed import Printed
from docproc.core.prompts import COUNTED, MOST_QUOTE, reply_schema
from docproc.core.questions import Question
from docproc.core.seek import CONCLUDED, NUMERIC, Sought, closely, exactly
from docproc.core.text.dates import find_dates
from docproc.core.text.fold import one_line
from docproc.core.text.numbers import find_amounts
from docproc.core.types import Answer, Page, Reply

# A JSON number keeps so many digits; with more the value is said as a text.
_MOST_DIGITS = 15


def reply_for(question: Question, value: str | None, quote: str | None) -> str | None:
    """The reply (compact JSON, members in the order of the schema) that says a canonical value, None "absent".

    None where no reply is read back as this value: a value that the question's pattern or choices do not allow.
    """
    members: list[str] = []
    for name in reply_schema(question)["properties"]:
        if value is None:
            members.append(f'"{name}":null')
        elif name == "count":
            members.append(f'"count":{len(json.loads(value))}')
        elif name == "quote":
            members.append(f'"quote":{dumps(quote or None)}')
        else:
            members.append("")
    forms = [_bare(question, value), dumps(value)] if value is not None else [""]
    for form in filter(None, forms) if value is not None else forms:
        text = "{" + ",".join(part or f'"value":{form}' for part in members) + "}"
        if _says(question, text, value):
            return text
    return None


def _bare(question: Question, value: str) -> str:
    """A value as JSON: numbers with the digits that the canonical text has, lists and rows as such."""
    if question.kind == "boolean" or question.kind in COUNTED:
        return dumps(kind_of(question.kind).value(value))
    digits = sum(char.isdigit() for char in value)
    if question.kind in NUMERIC and digits <= _MOST_DIGITS and value.lstrip("-").replace(".", "", 1).isdigit():
        return value
    return ""


def _says(question: Question, text: str, value: str | None) -> bool:
    answer = read(question, Reply(text), 1)
    return answer.value == value and answer.status == ("absent" if value is None else "ok")


def quote_of(question: Question, value: str | None, answer: Answer | None, page: Page) -> str | None:
    """How a value is printed: as the engine quoted it, where it said the same; else as the page's words have it.

    Where neither tells, a number or a date is its own quote: people type what they see. What was concluded (yes, a
    choice) has none then. None also for questions whose value is the printed text itself.
    """
    if value is None or "quote" not in reply_schema(question)["properties"]:
        return None
    if answer is not None and answer.status == "ok" and answer.value == value and answer.quote:
        return one_line(answer.quote, MOST_QUOTE)
    found = None if question.kind in CONCLUDED or page.reading is None else _printed(question, value, page)
    if found:
        return one_line(found, MOST_QUOTE)
    return value.partition(" ")[0] if question.kind in (*NUMERIC, "date") else None


def _printed(question: Question, value: str, page: Page) -> str | None:
    if page.reading is None:
        return None
    printed = Printed(page, page.reading)
    sought = Sought(question.kind, value, labels=question.labels)
    hit = exactly(printed, sought) or exactly(printed, sought, anywhere=True) or closely(printed, sought)
    if hit is None:
        return None
    text = " ".join(printed.text(span) for span in hit.places[0])
    text = _without_label(text, question)
    answer = read(question, Reply(json.dumps({"value": text})), 1)
    same = answer.value is not None and answer.value.partition(" ")[0] == value.partition(" ")[0]
    return text if same else None


def _without_label(text: str, question: Question) -> str:
    """What follows a label in the same word: "812.50" of "Sum:812.50"."""
    matches: list[Any] = find_dates(text) if question.kind == "date" else find_amounts(text)
    if not matches:
        return text
    start = matches[0].start
    cut = max(text.rfind(mark, 0, start) for mark in ":=#")
    return text[cut + 1 :].strip(" ;,")
