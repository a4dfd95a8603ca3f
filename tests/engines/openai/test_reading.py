"""The questions' shares of what a server says, and how sure the model was of them."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.boxes import Box
from docproc.core.questions import Question
from docproc.core.tiles import Tile
from docproc.engines.openai.reading import is_form, members, replies_of, reply_of
from docproc.engines.openai.said import Said, Token

TILES = (Tile(3, "page", 0, (1000, 2000), (0, 0, 1000, 2000), (100, 200), (0, 0, 100, 200)),)
ASKS = (Question("number", "Which?", "string"), Question("total", "How much?", "number"))


def tokens(*parts: tuple[str, float]) -> tuple[Token, ...]:
    return tuple(Token(text.encode(), logprob) for text, logprob in parts)


def test_only_the_tokens_of_the_value_and_the_quote_tell_how_sure_the_model_was() -> None:
    said = tokens(
        ('{"', -9), ("quote", -8), ('":"', -7), ("12", -0.1), (".", -6), ("50", -0.3), ('","', -5), ("value", -4),
        ('":', -3), ("12", -0.2), (".", -2), ("5", -0.6), ("}", -1),
    )  # fmt: skip
    reply = reply_of(Said('{"quote":"12.50","value":12.5}', "stop", said), TILES, None)
    assert reply.logprob == pytest.approx(-0.3)
    assert reply.least == -0.6
    assert reply.confidence == pytest.approx(math.exp(-0.3))


def test_of_a_bare_text_all_words_tell() -> None:
    reply = reply_of(Said("a b.", "stop", tokens(("a", -1), (" b", -3), (".", -9))), TILES, None)
    assert (reply.logprob, reply.least) == (-2, -3)


def test_letters_that_two_tokens_share_and_thoughts_before_the_reply_do_not_shift_the_count() -> None:
    whole = '{"value":"é"}'.encode()
    split = (Token(b"<think>hm</think>", -9), Token(whole[:11], -8), Token(whole[11:12], -1), Token(whole[12:], -2))
    assert whole[10:12] == "é".encode()
    reply = reply_of(Said('{"value":"é"}', "stop", split), TILES, None)
    assert reply.least == -8
    assert reply.logprob == pytest.approx((-8 - 1) / 2)


def test_without_log_probabilities_there_is_no_confidence() -> None:
    reply = reply_of(Said('{"value":1}', "stop"), TILES, None)
    assert (reply.confidence, reply.logprob, reply.least) == (None, None, None)


def test_boxes_are_read_where_they_were_wanted() -> None:
    said = Said('{"value":"x","image":1,"bbox_2d":[100,200,500,600]}', "stop")
    (found,) = reply_of(said, TILES, "relative").boxes
    assert (found.page, found.box) == (3, Box(0.1, 0.2, 0.5, 0.6))
    assert reply_of(said, TILES, None).boxes == ()


def test_questions_that_were_asked_together_get_their_own_shares_and_tokens() -> None:
    text = '{"number":{"value":"47"},"total":{"quote":"9","value":9}}'
    spelled = tokens(*((letter, -1.0 if letter in "47" else -2.0) for letter in text))
    number, total = replies_of(Said(text, "stop", spelled), ASKS, TILES, None)
    assert json.loads(number.text) == {"value": "47"}
    assert json.loads(total.text) == {"quote": "9", "value": 9}
    assert (number.logprob, total.logprob) == (-1.0, -2.0)


def test_of_a_cut_reply_what_was_said_in_full_stands_and_the_rest_is_cut() -> None:
    number, total = replies_of(Said('{"number":{"value":"47"},"total":{"quo', "length"), ASKS, TILES, None)
    assert (number.finish, json.loads(number.text)) == ("stop", {"value": "47"})
    assert (total.finish, total.text) == ("length", "")


def test_a_reply_in_a_fence_or_between_chatter_is_found() -> None:
    for text in ('```json\n{"number":{"value":"47"}}\n```', 'Here: {"number": {"value": "47"}} as you asked'):
        number, total = replies_of(Said(text, "stop"), ASKS, TILES, None)
        assert json.loads(number.text) == {"value": "47"}
        assert (total.finish, total.text) == ("stop", "")


def test_a_refusal_is_the_reply_to_each_question() -> None:
    replies = replies_of(Said("no", "unreadable"), ASKS, TILES, None)
    assert [(reply.finish, reply.text) for reply in replies] == [("unreadable", "no")] * 2


@pytest.mark.parametrize("text", ["", "no", "[]", '{"a":', '{"a"', "{1:2}", '{"a":12', "{" * 10_000])
def test_where_no_member_is_whole_there_is_none(text: str) -> None:
    assert members(text) == {}


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())), st.data())
def test_members_stand_where_they_say_and_a_cut_loses_only_what_it_cuts(
    said: dict[str, object], data: st.DataObject
) -> None:
    text = json.dumps(said, ensure_ascii=False)
    spans = members(text)
    assert {name: json.loads(text[a:b]) for name, (a, b) in spans.items()} == said
    cut = text[: data.draw(st.integers(0, len(text)))]
    for name, (a, b) in members(cut).items():
        assert json.loads(cut[a:b]) == said[name]


def test_a_reply_has_the_form_when_all_that_is_required_is_there() -> None:
    schema = {"type": "object", "required": ["quote", "value"]}
    assert is_form('{"quote":null,"value":null}', schema)
    assert not is_form('{"value":null}', schema)
    assert not is_form("the total is 5", schema)
