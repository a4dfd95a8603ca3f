"""Replies that broke off: what they hold, and how they are put together again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.drift import drifted
from docproc.core.partial import count_in, falls_short, items_in, joined, rest_of, text_in
from docproc.core.questions import Question
from docproc.core.types import Reply

ITEMS = Question("names", "Which names?", "list")
TEXT = Question("text", "What does the page say?", "text")
VALUES = st.lists(st.one_of(st.text(), st.dictionaries(st.text(max_size=3), st.integers()), st.integers()), max_size=6)


@given(VALUES, st.data())
def test_of_a_reply_cut_anywhere_whole_items_are_kept(values: list[object], data: st.DataObject) -> None:
    whole = json.dumps({"count": len(values), "value": values}, ensure_ascii=False)
    kept = items_in(whole[: data.draw(st.integers(0, len(whole)))])
    assert kept == values[: len(kept)]
    assert items_in(whole) == values


@given(st.text(), st.data(), st.booleans())
def test_of_a_text_cut_anywhere_the_beginning_is_kept(value: str, data: st.DataObject, ascii_only: bool) -> None:
    whole = json.dumps({"value": value}, ensure_ascii=ascii_only)
    begin = whole.index('"value": ') + 9
    said = text_in(whole[: data.draw(st.integers(begin, len(whole)))])
    assert value.startswith(said)
    assert text_in(whole) == value


def test_a_number_at_the_cut_may_lack_its_last_digits_and_is_not_kept() -> None:
    assert items_in('{"count": 3, "value": [10, 12') == [10]


def test_the_count_is_read_before_the_list_ends() -> None:
    assert count_in('{"count":37,"value":[{"a') == 37
    assert count_in('{"count":null,"value":null}') is None
    assert count_in("37 rows") is None


@pytest.mark.parametrize(("count", "short"), [(3, True), (2, False), (1, False), (None, False)])
def test_a_list_falls_short_of_a_higher_count_alone(count: int | None, short: bool) -> None:
    reply = Reply(json.dumps({"count": count, "value": ["a", "b"]}))
    assert falls_short(ITEMS, reply) is short
    assert not falls_short(TEXT, reply)


def test_nothing_said_cannot_be_continued() -> None:
    assert rest_of(ITEMS, '{"count": 3, "value": [') is None
    assert rest_of(TEXT, "{") is None


def test_the_question_for_the_rest_shows_where_the_reply_ended() -> None:
    rest = rest_of(ITEMS, '{"count": 3, "value": ["Anna", "Bo')
    assert rest is not None
    assert rest.ask == 'Which names?\n1 have been listed, the last of them "Anna". List only those that follow it.'


def test_what_both_sides_of_a_seam_say_is_kept_once() -> None:
    first = Reply('{"count": 4, "value": ["a", "b"', finish="length", logprob=-0.5, least=-1.0)
    more = Reply('{"count": 3, "value": ["b", "c", "d"]}', logprob=-0.1, least=-3.0)
    reply = joined(ITEMS, first, more)
    assert json.loads(reply.text) == {"count": 4, "value": ["a", "b", "c", "d"]}
    assert (reply.finish, reply.logprob, reply.least) == ("stop", -0.5, -3.0)
    sewn = joined(TEXT, Reply('{"value": "one two three fo', finish="length"), Reply('{"value": "three four"}'))
    assert json.loads(sewn.text)["value"] == "one two three four"
    sewn = joined(TEXT, Reply('{"value": "one two thre'), Reply('{"value": "three four"}'))
    assert json.loads(sewn.text)["value"] == "one two threthree four"  # too short a seam to be sure of
    sewn = joined(TEXT, Reply('{"value": "one two three four "'), Reply('{"value": "three four five"}'))
    assert json.loads(sewn.text)["value"] == "one two three four five"


@pytest.mark.parametrize(
    ("said", "known", "strange"),
    [
        ("安娜公司", "Anna GmbH", True),
        ("安娜公司", "Anna GmbH 安", False),
        ("Müller Straße", "Muller", False),
        ("安", "Anna", False),
        ("カタカナ", "漢字", False),
        ("Общество", "Company", True),
        ("Anna", "安娜公司", False),
        ("1234 €", "安娜", False),
    ],
)
def test_letters_of_a_script_that_the_page_does_not_have_are_drift(said: str, known: str, strange: bool) -> None:
    assert drifted(said, known) is strange
