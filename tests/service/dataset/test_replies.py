"""Replies: whatever kind a value is of, what is taught is read back as that value."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from docproc.core.answers import read
from docproc.core.boxes import Box
from docproc.core.kinds import kind_of, kinds
from docproc.core.prompts import reply_schema
from docproc.core.questions import Column, Question
from docproc.core.types import Answer, Page, Reading, Reply, Word
from docproc.service.dataset.replies import quote_of, reply_for

COLUMNS = (Column("what", "string"), Column("amount", "money"), Column("paid", "boolean"))
PRINTED: dict[str, list[Any]] = {
    "string": ["Anna Example", 'A "quoted" \\ name', "4711", "null value", "Zürich ½ €"],
    "text": ["Two\nlines", "{not json}"],
    "integer": [0, -3, 4711, 9_007_199_254_740_993],
    "number": ["0.10", "-12.5", "123456789012345678.25", 1e3, 7],
    "money": ["812.50", "1021.91 GBP", "-3 EUR", "99999999999999.99", "1000"],
    "date": ["2024-03-01", "2024-03", "2024"],
    "boolean": [True, False],
    "choice": ["paid", "not paid"],
    "list": [["one", "two, three"], ["1."]],
    "dates": [["2024-03-01", "2023"]],
    "table": [[{"what": "Nails", "amount": "1.50 EUR", "paid": True}, {"what": None, "amount": 2, "paid": False}]],
    "tables": [[{"page": 1, "box": [0, 0.1, 1, 0.5], "caption": "", "grid": [["a", "b"], ["1", ""]]}]],
}
CASES = [(kind, raw) for kind, values in PRINTED.items() for raw in values]


def question(kind: str, **more: Any) -> Question:
    choices = ("paid", "not paid") if kind == "choice" else ()
    return Question("key", "What is it?", kind, choices=choices, columns=COLUMNS if kind == "table" else (), **more)


def page(*lines: str) -> Page:
    """A page with these words, each of its own line."""
    words = tuple(
        Word(text, Box(10 + 100 * at, 20 * number, 100 + 100 * at, 20 * number + 15), line=number)
        for number, line in enumerate(lines)
        for at, text in enumerate(line.split())
    )
    reading = Reading("ocr", words, 1000, 1000)
    return Page("a" * 64, 1, "aa/a.jpg", 1000, 1000, 100, ocr=reading if lines else None)


def test_every_kind_has_its_cases() -> None:
    assert set(PRINTED) == set(kinds())


@pytest.mark.parametrize(("kind", "raw"), CASES, ids=str)
def test_a_value_is_read_back_from_its_reply_which_fits_the_schema(kind: str, raw: Any) -> None:
    asked = question(kind)
    value = kind_of(kind).parse(raw, asked)
    quote = quote_of(asked, value, None, page())
    reply = reply_for(asked, value, quote)
    assert reply is not None
    answer = read(asked, Reply(reply), 1)
    assert (answer.status, answer.value) == ("ok", value)
    said = json.loads(reply)
    assert list(said) == list(reply_schema(asked)["properties"])
    jsonschema.validate(said, reply_schema(asked))
    assert said.get("count", len(said["value"]) if isinstance(said["value"], list) else 0) == (
        len(json.loads(value)) if "count" in said or isinstance(said["value"], list) else 0
    )


@pytest.mark.parametrize("kind", PRINTED)
def test_absent_is_null_in_every_member(kind: str) -> None:
    asked = question(kind)
    reply = reply_for(asked, None, None)
    assert reply is not None
    assert set(json.loads(reply).values()) == {None}
    assert read(asked, Reply(reply), 1).status == "absent"
    jsonschema.validate(json.loads(reply), reply_schema(asked))


def test_a_value_that_the_question_does_not_allow_any_more_has_no_reply() -> None:
    assert reply_for(question("string", pattern="[0-9]+"), "Anna", None) is None
    assert reply_for(question("choice"), "maybe", None) is None


def test_money_keeps_the_digits_that_it_was_taught_with() -> None:
    assert reply_for(question("money"), "812.50", "812.50") == '{"quote":"812.50","value":812.50}'


@pytest.mark.parametrize(
    ("kind", "value", "lines", "quote"),
    [
        ("money", "812.50 EUR", ["Sum:812,50 EUR", "Paid 100,00"], "812,50"),
        ("money", "1200.00", ["Total 1 200,00"], "1 200,00"),
        ("date", "2024-03-01", ["Date:01.03.2024"], "01.03.2024"),
        ("date", "2024-03-01", ["Issued March 1, 2024 in Rome"], "March 1, 2024"),
        ("integer", "42", ["Answers 42"], "42"),
        ("number", "3.50", ["nothing of it"], "3.5"),
        ("boolean", "true", ["Yes 42"], None),
        ("string", "Anna", ["Anna"], None),
    ],
)
def test_the_quote_is_what_the_page_has(kind: str, value: str, lines: list[str], quote: str | None) -> None:
    asked = question(kind)
    assert quote_of(asked, kind_of(kind).parse(value, asked), None, page(*lines)) == quote


def test_the_engines_quote_counts_where_it_had_the_value_right_only() -> None:
    asked = question("boolean")
    right = Answer(1, asked, "ok", value="true", quote="is signed")
    assert quote_of(asked, "true", right, page("Yes")) == "is signed"
    assert quote_of(asked, "false", right, page("Yes")) is None
