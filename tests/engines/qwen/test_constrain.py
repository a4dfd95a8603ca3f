"""Grammars, masks, and replies that were cut off."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docproc.core.errors import PageFailed, UsageError
from docproc.core.kinds import kinds
from docproc.core.prompts import page_schema, reply_schema
from docproc.core.questions import Column, Question
from docproc.engines.qwen.closing import places
from docproc.engines.qwen.constrain import Grammars, barred
from tests.models.words import END, tokenizer

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def words() -> Any:
    return tokenizer(400)


@pytest.fixture(scope="module")
def grammars(words: Any) -> Grammars:
    return Grammars(words, [words.convert_tokens_to_ids(END)], len(words) + 9)


def question(kind: str, pattern: str = "") -> Question:
    columns = (Column("name", "string"), Column("amount", "money"), Column("n", "integer")) if kind == "table" else ()
    choices = ("bar", 'a "stacked" bar') if kind == "choice" else ()
    return Question("k", "What?", kind, choices=choices, columns=columns, pattern=pattern)


def accepts(grammars: Grammars, words: Any, schema: dict[str, Any], text: str) -> bool:
    constraint = grammars.begin(schema)
    for token in words(text)["input_ids"]:
        if not constraint.has(token):
            return False
        constraint.take(token)
    return constraint.complete


WHOLE: dict[str, str] = {
    "string": '{"value":"ACME \\"Ltd\\" é\\n"}',
    "text": '{"value":"Two\\nlines"}',
    "integer": '{"quote":"1 200","value":1200}',
    "number": '{"quote":"1 200,5","value":"1200.5"}',
    "money": '{"quote":"£1,021.91","value":"1021.91 GBP"}',
    "date": '{"quote":"31 Oct 2018","value":"2018-10-31"}',
    "boolean": '{"quote":"yes","value":true}',
    "choice": '{"quote":null,"value":"a \\"stacked\\" bar"}',
    "list": '{"count":3,"value":["Pen","Cap","Ink"]}',
    "dates": '{"count":2,"value":["2018-10-31","2019"]}',
    "table": '{"count":3,"value":[{"name":"Pen","amount":"12.50 EUR","n":12},'
    '{"name":"Cap","amount":345.25,"n":7},{"name":null,"amount":5,"n":null}]}',
    "tables": '{"count":2,"value":[{"page":1,"box":[0.1,0.2,0.5,0.75],"caption":"x","grid":[["a","b"],["c","d"]]},'
    '{"page":1,"box":[0,0,1,1],"caption":"","grid":[["a","b"]]}]}',
}
CASES = sorted(WHOLE.items())


def test_every_kind_has_a_reply_here() -> None:
    assert set(WHOLE) == set(kinds())


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_a_reply_in_the_form_that_was_asked_for_can_be_said(
    kind: str, text: str, grammars: Grammars, words: Any
) -> None:
    assert accepts(grammars, words, reply_schema(question(kind)), text)
    Draft202012Validator(reply_schema(question(kind))).validate(json.loads(text))


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_absence_can_be_said_of_every_kind_with_and_without_boxes(kind: str, grammars: Grammars, words: Any) -> None:
    for boxes in (False, True):
        schema = reply_schema(question(kind), boxes)
        text = json.dumps(dict.fromkeys(schema["properties"]), separators=(",", ":"))
        assert accepts(grammars, words, schema, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("string", '{"value": "x"}'),  # white space can go on for ever
        ("string", '{"value":""}'),
        ("string", '{"value":"a\nb"}'),
        ("string", '{"value":"\\ud800"}'),
        ("string", '{"value":"\\u0041"}'),
        ("string", '{"other":"x"}'),
        ("number", '{"value":1,"quote":"1"}'),
        ("number", '{"quote":"1","value":1e300}'),
        ("date", '{"quote":"x","value":"2018-13-01"}'),
        ("choice", '{"quote":"x","value":"pie"}'),
        ("list", '{"count":0,"value":[]}'),
        ("table", '{"count":1,"value":[{"name":"Pen"}]}'),
    ],
)
def test_nothing_else_can_be_said(kind: str, text: str, grammars: Grammars, words: Any) -> None:
    assert not accepts(grammars, words, reply_schema(question(kind)), text)


def test_all_questions_of_a_page_can_be_one_schema(grammars: Grammars, words: Any) -> None:
    asks = [Question("number", "?", "string"), Question("total", "?", "money")]
    text = '{"number":{"value":"A-1"},"total":{"quote":"5","value":5}}'
    assert accepts(grammars, words, page_schema(asks), text)


def test_a_form_of_the_user_is_held_to(grammars: Grammars, words: Any) -> None:
    schema = reply_schema(question("string", r"INV-\d{4}"))
    assert accepts(grammars, words, schema, '{"value":"INV-1234"}')
    assert not accepts(grammars, words, schema, '{"value":"INV-12"}')


def test_a_form_that_cannot_be_held_to_is_left_out(grammars: Grammars, words: Any) -> None:
    odd = {"type": "string", "pattern": r"^(?=a)\w+$", "maxLength": 20}
    schema = {"type": "object", "properties": {"value": odd}, "required": ["value"], "additionalProperties": False}
    assert accepts(grammars, words, schema, '{"value":"other"}')


def test_a_schema_that_is_none_is_a_mistake_of_the_user(grammars: Grammars) -> None:
    with pytest.raises(UsageError, match="schema"):
        grammars.begin({"type": "no such type"})


def test_a_tokenizer_that_tells_too_little_is_named() -> None:
    with pytest.raises(UsageError, match=r"tokenizer\.json"):
        Grammars(object(), [0], 10)


def test_a_token_that_the_grammar_does_not_have_is_told(grammars: Grammars, words: Any) -> None:
    constraint = grammars.begin(reply_schema(question("string")))
    with pytest.raises(PageFailed, match="schema"):
        constraint.take(words("x")["input_ids"][0])
    assert not constraint.complete


def test_a_grammar_is_compiled_once_and_each_reply_has_its_own(grammars: Grammars, words: Any) -> None:
    schema = reply_schema(question("string"))
    first, second = grammars.begin(schema), grammars.begin(schema)
    first.take(words('{"')["input_ids"][0])
    assert first.forced() != second.forced()


@pytest.mark.parametrize("threads", [1, 3])
def test_a_mask_has_the_tokens_that_the_grammar_has(threads: int, words: Any) -> None:
    vocabulary = len(words) + 50  # more than a whole number of words of the mask
    grammars = Grammars(words, [words.convert_tokens_to_ids(END)], vocabulary, threads)
    constraints = [grammars.begin(reply_schema(question(kind))) for kind in ("string", "list", "date")]
    starts = ('{"value":"a', '{"count":2,"value":["a"', '{"quote":"x","value":"2018-1')
    for constraint, start in zip(constraints, starts, strict=True):
        for token in words(start)["input_ids"]:
            constraint.take(token)
        assert constraint.forced() == []
    bars = barred(grammars.masks(constraints), CPU, vocabulary)
    assert bars.shape == (3, vocabulary)
    assert set(bars.unique().tolist()) == {-np.inf, 0.0}
    for row, constraint in enumerate(constraints):
        allowed = {token for token in range(vocabulary) if constraint.has(token)}
        assert set(torch.nonzero(bars[row] == 0).flatten().tolist()) == allowed


def test_fewer_rows_after_many_have_their_own_masks(grammars: Grammars) -> None:
    schema = reply_schema(question("string"))
    many = barred(grammars.masks([grammars.begin(schema) for _ in range(5)]), CPU, 300)
    assert torch.equal(barred(grammars.masks([grammars.begin(schema)]), CPU, 300)[0], many[4])


@pytest.mark.parametrize("boxes", [False, True])
@pytest.mark.parametrize(("kind", "text"), CASES)
def test_a_reply_cut_off_anywhere_is_closed_without_anything_made_up(
    kind: str, text: str, boxes: bool, grammars: Grammars, words: Any
) -> None:
    schema = reply_schema(question(kind), boxes)
    whole = json.loads(text) | ({"image": 2, "bbox_2d": [12, 33, 445, 66]} if boxes else {})
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    tokens = words(text)["input_ids"]
    for count in range(len(tokens) + 1):
        closed = json.loads(words.decode(closing(grammars, schema, tokens[:count])))
        Draft202012Validator(schema).validate(closed)
        for name, said in closed.items():
            assert said is None or said == whole[name] or is_beginning(said, whole[name]), (count, name, said)


def closing(grammars: Grammars, schema: dict[str, Any], tokens: list[int]) -> list[int]:
    constraint = grammars.begin(schema)
    for token in tokens:
        constraint.take(token)
    return constraint.closed(tokens)


def is_beginning(said: object, whole: object) -> bool:
    """Whether a value is the beginning of another: a text of its characters, a list of its whole items."""
    if isinstance(said, str) and isinstance(whole, str):
        return whole.startswith(said)
    return isinstance(said, list) and isinstance(whole, list) and said == whole[: len(said)]


def test_a_value_in_a_fixed_form_is_whole_or_null(grammars: Grammars, words: Any) -> None:
    schema = reply_schema(question("date"))
    text = '{"quote":"31 Oct 2018","value":"2018-10'
    closed = closing(grammars, schema, words(text)["input_ids"])
    assert words.decode(closed) == '{"quote":"31 Oct 2018","value":null}'


def test_a_table_keeps_its_whole_rows(grammars: Grammars, words: Any) -> None:
    schema = reply_schema(question("table"))
    text = WHOLE["table"].partition(',"n":7')[0]
    closed = json.loads(words.decode(closing(grammars, schema, words(text)["input_ids"])))
    assert closed == {"count": 3, "value": [{"name": "Pen", "amount": "12.50 EUR", "n": 12}]}


def test_half_a_character_is_left_out(grammars: Grammars, words: Any) -> None:
    schema = reply_schema(question("text"))
    tokens = words('{"value":"a💡')["input_ids"]
    assert words.decode(closing(grammars, schema, tokens[:-1])) == '{"value":"a"}'


def test_where_null_may_not_stand_something_is_said_all_the_same(grammars: Grammars, words: Any) -> None:
    parts = {
        "n": {"type": "integer", "minimum": 0, "maximum": 9},
        "b": {"type": "boolean"},
        "s": {"type": "string", "minLength": 1, "maxLength": 9},
        "c": {"type": "string", "enum": ["red", "green"]},
    }
    schema = {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    Draft202012Validator(schema).validate(json.loads(words.decode(closing(grammars, schema, []))))


texts = st.text(st.sampled_from('"\\{}[],: aé1~'), max_size=12)
values = st.recursive(
    st.none() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(texts, values, max_size=4), st.data())
def test_a_cut_leaves_no_value_and_no_item_by_half(whole: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    cut = text[: data.draw(st.integers(0, len(text)))]
    for end in places(cut):
        assert 0 < end <= len(cut)
        head = cut[:end]
        opened = [mark for mark in closers(head) if mark != '"']
        assert opened in (["}"], ["}", "]"])
    assert places(cut) == sorted(places(cut), reverse=True)


def closers(text: str) -> list[str]:
    """What closes a JSON text that breaks off."""
    found: list[str] = []
    within = escaped = False
    for char in text:
        if within:
            within = char != '"' or escaped
            escaped = char == "\\" and not escaped
        elif char == '"':
            within = True
        elif char in "[{":
            found.append("]" if char == "[" else "}")
        elif char in "]}":
            found.pop()
    return found
