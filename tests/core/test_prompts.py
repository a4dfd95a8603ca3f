"""What a model is told, and the form of its reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docproc.core.answers import read
from docproc.core.kinds import kind_of, kinds
from docproc.core.prompts import (
    COUNTED,
    MOST_LABELS,
    page_schema,
    page_text,
    question_text,
    reply_schema,
    reply_tokens,
    split_page,
)
from docproc.core.questions import Column, Question
from docproc.core.types import Reply

NAMES = sorted(kinds())


def question(kind: str, **more: Any) -> Question:
    columns = (Column("name", "string"), Column("amount", "money")) if kind == "table" else ()
    choices = ("bar", "line") if kind == "choice" else ()
    return Question(more.pop("key", "asked"), "What is it?", kind, choices=choices, columns=columns, **more)


SAID: dict[str, object] = {
    "string": "ACME",
    "text": "Two\nlines",
    "integer": 12,
    "number": 12.5,
    "money": "12.50 EUR",
    "date": "2018-10-31",
    "boolean": True,
    "choice": "bar",
    "list": ["a", "b"],
    "dates": ["2018"],
    "table": [{"name": "Pen", "amount": None}],
    "tables": [{"page": 1, "box": [0, 0, 1, 1], "caption": "", "grid": [["a"]]}],
}


def reply_to(kind: str, value: object, boxes: bool = False) -> dict[str, object]:
    """A reply with everything that its schema asks for."""
    beside: dict[str, object] = {"count": 2, "quote": "as it is", "image": 1, "bbox_2d": [0, 1, 20, 1000]}
    names = reply_schema(question(kind), boxes)["properties"]
    return {name: value if name == "value" else beside[name] for name in names}


@pytest.mark.parametrize("boxes", [False, True])
@pytest.mark.parametrize("kind", NAMES)
def test_a_reply_by_the_schema_is_read_as_what_it_says(kind: str, boxes: bool) -> None:
    said = reply_to(kind, SAID[kind], boxes)
    Draft202012Validator(reply_schema(question(kind), boxes)).validate(said)
    answer = read(question(kind), Reply(json.dumps(said)), 1)
    assert answer.status == "ok"
    assert answer.value == kind_of(kind).parse(SAID[kind], question(kind))


@pytest.mark.parametrize("kind", NAMES)
def test_null_everywhere_is_how_a_page_does_not_tell(kind: str) -> None:
    for boxes in (False, True):
        schema = reply_schema(question(kind), boxes)
        said = dict.fromkeys(schema["properties"])
        Draft202012Validator(schema).validate(said)
        assert read(question(kind), Reply(json.dumps(said)), 1).status == "absent"


@pytest.mark.parametrize("kind", NAMES)
def test_servers_get_an_object_with_all_its_properties_required(kind: str) -> None:
    schema = reply_schema(question(kind), boxes=True)
    assert schema["type"] == "object"
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", COUNTED)
def test_what_is_listed_is_counted_first(kind: str) -> None:
    assert next(iter(reply_schema(question(kind))["properties"])) == "count"


@pytest.mark.parametrize("kind", NAMES)
def test_the_value_comes_after_what_leads_to_it(kind: str) -> None:
    names = list(reply_schema(question(kind), boxes=True)["properties"])
    assert names[-3:] == ["value", "image", "bbox_2d"]
    assert set(names[:-3]) <= {"count", "quote"}


@pytest.mark.parametrize("kind", NAMES)
def test_the_question_shows_the_form_of_its_reply(kind: str) -> None:
    for boxes in (False, True):
        text = question_text(question(kind), boxes)
        assert text.startswith("What is it?\n")
        form = text.rpartition("\nReply: ")[2]
        assert [name for name in reply_schema(question(kind), boxes)["properties"] if f'"{name}": ' not in form] == []


def test_labels_are_told_unless_the_question_is_a_built_in_one() -> None:
    labels = tuple(f"label {number}" for number in range(20))
    text = question_text(question("string", labels=labels))
    assert f"label {MOST_LABELS - 1}." in text
    assert f"label {MOST_LABELS}" not in text
    assert "label" not in question_text(question("string", labels=labels, role="total"))


def test_the_wording_that_the_small_reader_was_taught_stands() -> None:
    """The fixture that reads was trained on these words: with others it has to be trained again."""
    assert question_text(question("string")) == (
        'What is it?\nAnswer with the text exactly as printed, on one line.\nReply: {"value": …}'
    )
    assert question_text(question("money")) == (
        "What is it?\n"
        'Answer with the amount in digits, a point before cents, and the ISO currency code: "1021.91 GBP".\n'
        'Reply: {"quote": as printed, "value": …}'
    )
    assert question_text(question("date")) == (
        "What is it?\nAnswer with the date as YYYY-MM-DD (YYYY-MM or YYYY where no more is printed).\n"
        'Reply: {"quote": as printed, "value": …}'
    )


@pytest.mark.parametrize("kind", [name for name in NAMES if kinds()[name].scalar and name not in ("string", "text")])
def test_a_short_reply_has_room_for_a_long_quote_and_a_place(kind: str) -> None:
    """Where every character is a token of its own, a quote of half a line still leaves room for the rest."""
    said = reply_to(kind, SAID[kind], boxes=True) | {"quote": "x" * 80}
    assert len(json.dumps(said, separators=(",", ":"))) < reply_tokens(question(kind))


def test_long_kinds_have_more_room_than_short_ones() -> None:
    assert reply_tokens(question("date")) < reply_tokens(question("string")) < reply_tokens(question("table"))


def test_all_questions_of_a_page_are_asked_and_answered_by_key() -> None:
    asks = [question("string", key="name"), question("date", key="day"), question("list", key="items")]
    text = page_text(asks)
    assert all(f'"{ask.key}": {question_text(ask)}' in text for ask in asks)
    said = {ask.key: reply_to(ask.kind, SAID[ask.kind]) for ask in asks}
    Draft202012Validator(page_schema(asks)).validate(said)
    split = split_page(json.dumps(said), asks)
    assert [read(ask, Reply(one or ""), 1).status for ask, one in zip(asks, split, strict=True)] == ["ok"] * 3


def test_a_question_that_was_left_out_has_no_reply() -> None:
    asks = [question("string", key="name"), question("date", key="day")]
    assert split_page('{"day": {"value": "2018"}}', asks) == [None, '{"value": "2018"}']


@given(st.text() | st.sampled_from(["[" * 100_000, '{"name": ' * 50_000, "[]", "null", '"x"', '{"name": 1', "NaN"]))
def test_what_is_no_object_has_no_replies(text: str) -> None:
    asks = [question("string", key="name")]
    split = split_page(text, asks)
    assert len(split) == 1
    if not text.lstrip().startswith("{"):
        assert split == [None]
