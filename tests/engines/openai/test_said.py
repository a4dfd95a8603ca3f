"""What servers answer, whole and in pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.engines.openai.said import Failed, Malformed, Said, Stream, Token, read_completion, spoken
from tests.engines.openai.faulty import completion, event


def data(*pieces: bytes) -> list[bytes]:
    return [piece[len(b"data: ") :].strip() for piece in pieces]


def said_in(*pieces: bytes, rows: bool = False) -> Said:
    stream = Stream(rows)
    for piece in data(*pieces):
        if not stream.push(piece):
            break
    return stream.said()


def test_a_whole_reply_has_its_text_its_end_and_its_tokens() -> None:
    assert read_completion(completion("yes").body) == Said("yes", "stop", (), 100, 7)
    assert read_completion(completion("ye", "length").body).finish == "length"


def test_a_reply_that_the_filter_took_or_the_model_refused_is_unreadable() -> None:
    assert read_completion(completion("", "content_filter").body).finish == "unreadable"
    refused = read_completion(completion(None, message={"refusal": "I will not"}).body)
    assert (refused.finish, refused.text) == ("unreadable", "I will not")


def test_a_reply_in_parts_is_put_together() -> None:
    parts = [{"type": "text", "text": "ye"}, {"type": "image"}, {"type": "text", "text": "s"}]
    assert read_completion(completion(message={"content": parts}).body).text == "yes"


def test_a_model_that_says_nothing_says_an_empty_text() -> None:
    assert read_completion(completion(None).body) == Said("", "stop", (), 100, 7)


def test_thoughts_before_the_reply_are_left_out() -> None:
    assert spoken('<think>hm {"value": 1}</think>\n{"value":2}') == '{"value":2}'
    assert spoken('well</think>{"value":2}') == '{"value":2}'
    assert spoken('{"value":"<b></think>"}') == '{"value":"<b></think>"}'


def test_a_model_that_thinks_aloud_is_known_by_its_thoughts_wherever_they_stand() -> None:
    assert read_completion(completion("<think>well, the").body).thought
    assert read_completion(completion('</think>{"value":1}').body).thought
    assert read_completion(completion("", message={"reasoning_content": "well"}).body).thought
    beside = b'data: {"choices": [{"delta": {"reasoning": "well"}, "finish_reason": null}]}'
    assert said_in(beside, event("yes"), event(None, "length")).thought
    assert not read_completion(completion('{"value":"<think>"}').body).thought


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"{}", b'{"choices": []}', b'{"choices": [7]}', b'{"choices": [{}]}', b"\xff\xfe",
     b'{"choices": [{"message": {"content": 7}}]}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_chat_completion_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_completion(body)


def test_a_reply_that_the_server_broke_off_is_malformed() -> None:
    with pytest.raises(Malformed, match="abort"):
        read_completion(completion("ye", "abort").body)


def test_an_error_with_status_200_is_a_failure() -> None:
    with pytest.raises(Failed) as raised:
        read_completion(b'{"error": {"message": "out of memory"}}')
    assert raised.value.body == {"error": {"message": "out of memory"}}


def test_log_probabilities_come_with_their_bytes_and_odd_ones_are_left_out() -> None:
    entries: list[Any] = [
        {"token": "é", "bytes": [195, 169], "logprob": -0.5},
        {"token": "a", "bytes": None, "logprob": 0.1},
        {"token": "b", "logprob": float("-inf")},
        {"token": "c", "logprob": "-1"},
        "d",
        {"token": None, "logprob": -1},
    ]
    said = read_completion(completion("éa", logprobs={"content": entries}).body)
    assert said.tokens == (Token("é".encode(), -0.5), Token(b"a", 0.0))


def test_a_long_reply_that_ends_at_the_limit_in_a_loop_is_a_loop() -> None:
    said = read_completion(completion("Sum: " + "to be or not " * 200, "length").body)
    assert said.finish == "loop"
    assert len(said.text) < 60


def test_a_stream_is_put_together_with_the_usage_of_its_last_piece() -> None:
    usage = {"usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    last = b"data: " + json.dumps({"choices": [], **usage}).encode()
    assert said_in(event("y"), event("es"), event(None, "stop"), last) == Said("yes", "stop", (), 9, 2)


def test_a_stream_that_ends_before_its_reply_is_malformed() -> None:
    with pytest.raises(Malformed, match="breaks off"):
        said_in(event("y"), event("es"))


def test_a_stream_with_an_error_in_it_is_a_failure() -> None:
    with pytest.raises(Failed):
        said_in(event("y"), b'data: {"error": "CUDA error"}')


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_loop_is_seen_however_the_server_cuts_its_pieces(size: int) -> None:
    text = "Total due: " + "the same line again, " * 400
    stream, pushed = Stream(rows=False), 0
    for at in range(0, len(text), size):
        pushed += 1
        if not stream.push(data(event(text[at : at + size]))[0]):
            break
    said = stream.said()
    assert said.finish == "loop"
    assert pushed * size < len(text) or size == 1000
    assert said.text.startswith("Total due: the same line again")
    assert len(said.text) < 100


def test_rows_of_a_table_that_differ_are_no_loop() -> None:
    rows = "".join(f'{{"amount":{number},"name":"x"}},' for number in range(400))
    assert said_in(event(rows), event(None, "stop"), rows=True).finish == "stop"


@given(st.lists(st.text(max_size=5), max_size=20))
def test_a_stream_says_what_its_pieces_say(texts: list[str]) -> None:
    assert said_in(*map(event, texts), event(None, "stop")).text == spoken("".join(texts))


NAMES = st.sampled_from(["choices", "message", "content", "usage", "logprobs", "token", "delta", "error"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner))


@given(ANYTHING)
def test_no_answer_breaks_the_reader(answer: Any) -> None:
    for read in (read_completion, Stream(rows=False).push):
        try:
            read(json.dumps(answer).encode())
        except (Malformed, Failed):
            continue
