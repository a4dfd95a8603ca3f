from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.answers import read
from docproc.core.boxes import Box, PageBox
from docproc.core.kinds import kinds
from docproc.core.questions import Column, Question
from docproc.core.types import Reply


def question(kind: str, **more: Any) -> Question:
    if kind == "choice":
        more.setdefault("choices", ("bar", "line", "none"))
    if kind == "table":
        more.setdefault("columns", (Column("name", "string"), Column("amount", "money")))
    return Question("asked", "What?", kind, **more)


@pytest.mark.parametrize(
    "text",
    [
        '{"value": 12.5, "quote": "12,50"}',
        '```json\n{"value": 12.5, "quote": "12,50"}\n```',
        'The answer is:\n{"value": 12.5, "quote": "12,50"}\nI hope that this helps!',
        '{"asked": 12.5, "quote": "12,50"}',
        '{"answer": "12.50", "quote": "12,50"} and more',
    ],
)
def test_json_is_found_in_fences_and_chatter(text: str) -> None:
    answer = read(question("number"), Reply(text), 3)
    assert (answer.status, answer.value, answer.quote, answer.raw, answer.found_on) == ("ok", "12.5", "12,50", text, 3)


def test_a_bare_text_is_a_value() -> None:
    assert read(question("string"), Reply("  ACME\nLtd "), 1).value == "ACME Ltd"
    assert read(question("string"), Reply("[Draft] Report"), 1).value == "[Draft] Report"
    assert read(question("string"), Reply("[1] Report"), 1).value == "[1] Report"
    assert read(question("date"), Reply("31st October 2018."), 1).value == "2018-10-31"
    assert read(question("list"), Reply('Here they are: ["a", "b"]'), 1).value == '["a","b"]'


@pytest.mark.parametrize(
    "text", ["null", '{"value": null}', "N/A", "absent", '{"value": ""}', '{"value": []}', "Not found.", "-"]
)
@pytest.mark.parametrize("kind", ["string", "number", "list", "table", "boolean"])
def test_what_the_page_does_not_tell_is_absent(text: str, kind: str) -> None:
    answer = read(question(kind), Reply(text, confidence=0.8), 1)
    assert (answer.status, answer.value, answer.confidence) == ("absent", None, 0.8)


def test_a_choice_that_reads_like_absent_is_a_choice() -> None:
    assert read(question("choice"), Reply("None"), 1).value == "none"


@pytest.mark.parametrize(
    "text", ['{"value": "half a sen', "half a sentence that", '[{"name": "a"}, {"na', '```json\n{"value": 1']
)
@pytest.mark.parametrize("kind", sorted(kinds()))
def test_half_a_reply_is_no_answer(text: str, kind: str) -> None:
    answer = read(question(kind), Reply(text, finish="length"), 1)
    assert (answer.status, answer.value, answer.raw) == ("missing", None, text)


def test_a_whole_value_stands_even_where_the_chatter_after_it_was_cut() -> None:
    assert read(question("integer"), Reply('{"value": 7} As you can', finish="length"), 1).value == "7"


def test_json_that_an_engine_closed_where_it_was_cut_off_is_no_value() -> None:
    assert read(question("string"), Reply('{"value": "The first thousand wo"}', finish="length"), 1).status == "missing"
    assert read(question("list"), Reply('{"count": 9, "value": ["a", "b"]}', finish="length"), 1).status == "missing"
    assert read(question("list"), Reply('{"count": 2, "value": ["a", "b"]}\n\n', finish="length"), 1).status == "ok"


def test_a_reply_that_repeats_itself_without_end_is_unreadable() -> None:
    assert read(question("string"), Reply('{"value": "no no no"}', finish="loop"), 1).status == "unreadable"


def test_an_empty_reply_left_the_question_out() -> None:
    assert read(question("string"), Reply(" \n"), 1).status == "missing"


def test_an_unreadable_page_is_said_to_be_so() -> None:
    assert read(question("string"), Reply("", finish="unreadable"), 1).status == "unreadable"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "about a dozen"),
        ("integer", '{"value": 1.5}'),
        ("date", '{"value": "soon"}'),
        ("choice", '{"value": "pie"}'),
        ("boolean", '{"value": "perhaps"}'),
        ("table", '{"value": "a table"}'),
        ("number", '{"value": broken}'),
        ("number", '{"value": NaN}'),
        ("number", '{"value": 1e999}'),
        ("tables", '{"value": [{"page": 1}]}'),
    ],
)
def test_what_is_no_value_of_the_kind_is_invalid(kind: str, text: str) -> None:
    answer = read(question(kind), Reply(text, confidence=0.9), 1)
    assert (answer.status, answer.value, answer.confidence, answer.raw) == ("invalid", None, 0.0, text)


def test_the_pattern_is_held_against_the_whole_value() -> None:
    asked = question("string", pattern=r"[A-Z]{2}\d{4}")
    assert read(asked, Reply("AB1234"), 1).status == "ok"
    assert read(asked, Reply("AB12345"), 1).status == "invalid"


@pytest.mark.parametrize(
    ("engine", "named", "told"),
    [(0.9, 0.2, 0.9), (None, 0.2, 0.2), (None, None, 0.5), (7.0, None, 1.0), (None, 95, 0.5)],
)
def test_the_engines_confidence_comes_first(engine: float | None, named: float | None, told: float) -> None:
    reply = Reply(json.dumps({"value": "x", "confidence": named}), confidence=engine)
    assert read(question("string"), reply, 1).confidence == told


def test_the_engines_boxes_are_kept() -> None:
    boxes = (PageBox(4, Box(0.1, 0.1, 0.2, 0.2)),)
    answer = read(question("string"), Reply("x", boxes=boxes), 0)
    assert (answer.boxes, answer.evidence, answer.found_on) == (boxes, "model", 4)


anything = st.text(st.characters(exclude_categories=()), max_size=80)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | anything
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything, inner, max_size=4), max_leaves=12
)


@settings(deadline=None)
@given(
    anything | values.map(json.dumps) | values.map(lambda value: json.dumps({"value": value, "quote": value})),
    st.sampled_from(sorted(kinds())),
)
def test_no_reply_breaks_the_parser(text: str, kind: str) -> None:
    for finish in ("stop", "length"):
        answer = read(question(kind), Reply(text, finish=finish), 1)
        assert (answer.value is not None) == (answer.status == "ok")
        assert 0.0 <= answer.confidence <= 1.0
        (answer.raw + answer.quote + (answer.value or "")).encode()


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"value":' * 50_000, "9" * 100_000, '{"value": ' + "9" * 100_000 + "}"]
)
@pytest.mark.parametrize("kind", sorted(kinds()))
def test_deep_and_huge_replies_are_only_wrong(text: str, kind: str) -> None:
    assert read(question(kind), Reply(text), 1).status in ("invalid", "ok")
