"""The engine against a server that does what it should: who is asked what, in which order, and what comes of it."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from docproc.core.errors import EngineUnavailable, MissingExtra, UsageError
from docproc.core.types import Completion, Manner, Page, Prompt
from docproc.engines import create_engine
from docproc.imaging.store import ImageStore
from tests.engines.openai.conftest import ITEMS, NUMBER, TEXT, TOTAL, MakeEngine, drawn
from tests.engines.openai.faulty import Answer, Body, always, completion, event, serving, streamed

ASKS = (TEXT, NUMBER, ITEMS, TOTAL)


def question(body: Body) -> str:
    text: str = body["messages"][-1]["content"][-1]["text"]
    return text.splitlines()[0]


def echoing(body: Body, number: int) -> Answer:
    """The question back, as a value."""
    text = json.dumps({"value": question(body)})
    if body.get("stream"):
        return streamed(event(text), event(None, "stop"))
    return completion(text, logprobs={"content": [{"token": text, "logprob": -0.5}]})


def values(completed: Completion) -> list[Any]:
    return [json.loads(reply.text)["value"] for reply in completed.replies]


def test_each_question_gets_its_own_reply(make: MakeEngine, page: Page) -> None:
    with serving(echoing) as server:
        (completed,) = make(server.url).complete([Prompt((page,), ASKS)])
    assert values(completed) == [ask.ask for ask in ASKS]
    assert (completed.tokens_in, completed.tokens_out) == (200, 14)
    assert completed.replies[1].logprob == -0.5


def test_many_prompts_from_many_threads_are_not_mixed_up(make: MakeEngine, store: ImageStore) -> None:
    pages = [drawn(store, number, f"Page {number}") for number in range(1, 7)]
    asks = [(NUMBER,), (TOTAL, NUMBER), (ITEMS, TOTAL)] * 2
    prompts = [Prompt((page,), some) for page, some in zip(pages, asks, strict=True)]
    with serving(echoing) as server:
        engine = make(server.url, concurrency="4")
        with ThreadPoolExecutor(4) as lanes:
            calls = list(lanes.map(engine.complete, [prompts] * 4))
    for completed in calls:
        assert [values(one) for one in completed] == [[ask.ask for ask in some] for some in asks]


def test_the_shortest_question_opens_the_page_alone_and_the_longest_follow_first(make: MakeEngine, page: Page) -> None:
    opened = threading.Event()
    early = []

    def answer(body: Body, number: int) -> Answer:
        if number == 1:
            opened.wait(0.05)  # were the others not held back, they would be here now
            early.append(len(server.requests))
            opened.set()
        return echoing(body, number)

    with serving(answer) as server:
        make(server.url, concurrency="1", stream="off").complete([Prompt((page,), ASKS)])
    assert early == [1]
    order = [question(body) for body in server.requests]
    assert order[0] == TOTAL.ask
    assert order[-1] == NUMBER.ask


def test_never_more_requests_are_on_their_way_than_the_setting_says(make: MakeEngine, store: ImageStore) -> None:
    prompts = [Prompt((drawn(store, number, f"Page {number}"),), ASKS) for number in range(1, 5)]
    with serving(lambda body, number: Answer(body=echoing(body, number).body, delay=0.01)) as server:
        engine = make(server.url, concurrency="3", stream="off")
        with ThreadPoolExecutor(4) as lanes:
            list(lanes.map(lambda prompt: engine.complete([prompt]), prompts))
    assert server.most == 3
    assert len(server.requests) == 16


def test_all_questions_of_a_page_can_be_asked_at_once(make: MakeEngine, page: Page) -> None:
    text = '{"invoice_number":{"value":"47"},"total":{"quote":"9","value":9}}'
    with serving(always(completion(text))) as server:
        (completed,) = make(server.url, requests="page").complete([Prompt((page,), (NUMBER, TOTAL))])
    assert values(completed) == ["47", 9]
    assert len(server.requests) == 1


def test_a_box_is_mapped_to_the_page_in_the_scale_of_the_model(make: MakeEngine, page: Page) -> None:
    said = completion('{"value":"x","image":1,"bbox_2d":[0,0,100,100]}')
    found = []
    with serving(always(said)) as server:
        for model in ("Qwen3-VL-8B", "Qwen2.5-VL-7B"):
            engine = make(server.url, model=model, tiles="native")
            (completed,) = engine.complete([Prompt((page,), (NUMBER,))])
            found.append(completed.replies[0].boxes[0].box)
    assert found[0].x1 == pytest.approx(0.1, abs=0.02)
    assert found[1].x1 == pytest.approx(100 / 588, abs=0.03)


def test_nothing_asked_asks_the_server_nothing(make: MakeEngine, page: Page) -> None:
    with serving(echoing) as server:
        engine = make(server.url)
        assert engine.complete([]) == []
        assert engine.complete([Prompt((page,), ())]) == [Completion(())]
    assert not server.requests


def test_the_model_is_the_one_that_the_server_has(make: MakeEngine, page: Page) -> None:
    with serving(echoing, ("Qwen/Qwen2.5-VL-7B-Instruct",)) as server:
        engine = make(server.url)
        engine.complete([Prompt((page,), (NUMBER,))])
    assert server.requests[0]["model"] == "Qwen/Qwen2.5-VL-7B-Instruct"
    assert engine.fingerprint.startswith("openai:Qwen/Qwen2.5-VL-7B-Instruct;")


@pytest.mark.parametrize("models", [(), ("a", "b")])
def test_where_the_server_has_none_or_several_one_must_be_named(make: MakeEngine, models: tuple[str, ...]) -> None:
    with serving(echoing, models) as server, pytest.raises(UsageError, match=r"DOCPROC_OPENAI_MODEL") as raised:
        make(server.url)
    assert all(name in str(raised.value) for name in models)


def test_without_a_server_there_is_no_engine_for_now(make: MakeEngine) -> None:
    with serving(echoing) as server:
        gone = server.url
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        make(gone)


def test_the_fingerprint_knows_what_changes_answers_and_not_where_the_server_is(make: MakeEngine) -> None:
    def mark(url: str = "http://127.0.0.1:9/v1", **settings: str) -> str:
        engine = make(url, **{"model": "m", **settings})
        return str(engine.fingerprint)

    plain = mark()
    assert mark() == plain
    assert mark("http://10.0.0.1:8000/v1", api_key="sk-secret", concurrency="2", timeout="9", stream="off") == plain
    different = [
        mark(model="n"), mark(tiles="native"), mark(page_tokens="700"), mark(requests="page"), mark(boxes="never"),
        mark(response_format="off"), mark(max_tokens="9"), mark(extra='{"top_k": 1}'), mark(factor="28"),
    ]  # fmt: skip
    assert len({plain, *different}) == len(different) + 1
    assert len(mark(model="m" * 300)) <= 256


def test_it_keeps_as_many_lanes_as_requests_may_be_on_their_way(make: MakeEngine) -> None:
    engine = make("http://127.0.0.1:9/v1", model="m", concurrency="7", pages="3")
    assert (engine.lanes, engine.batch, engine.pages) == (7, 1, 3)
    assert engine.manners == {"temperature", "seed", "turn", "closer"}


def test_what_the_server_leaves_out_in_silence_is_said_once(
    make: MakeEngine, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(always(completion("The number is 4711."))) as server, caplog.at_level(logging.WARNING):
        engine = make(server.url)
        for _ in range(2):
            (completed,) = engine.complete([Prompt((page,), (NUMBER, TOTAL))])
    assert completed.replies[0].text == "The number is 4711."
    assert [word for word in ("response_format", "logprobs") if any(word in said for said in engine.notices)] == [
        "response_format",
        "logprobs",
    ]
    assert len(engine.notices) == len(caplog.records) == 2
    assert "4711" not in caplog.text


def test_a_model_that_thinks_aloud_is_noticed_with_what_tells_it_not_to(make: MakeEngine, page: Page) -> None:
    thinking = always(completion("", "length", message={"reasoning_content": "The page shows"}))
    with serving(thinking) as server:
        engine = make(server.url)
        engine.complete([Prompt((page,), (NUMBER,))])
    assert [notice for notice in engine.notices if "enable_thinking" in notice]


def test_a_server_that_does_what_it_is_asked_gives_no_notice(make: MakeEngine, page: Page) -> None:
    with serving(echoing) as server:
        engine = make(server.url, stream="off", boxes="never")
        engine.complete([Prompt((page,), (NUMBER, TEXT))])
    assert engine.notices == ()


def test_a_reply_that_loops_is_stopped_while_it_streams(make: MakeEngine, page: Page) -> None:
    pieces = [event("the same again and ") for _ in range(3000)]
    with serving(always(streamed(*pieces, delay=0.0002))) as server:
        (completed,) = make(server.url).complete([Prompt((page,), (TEXT,))])
    assert completed.replies[0].finish == "loop"
    assert server.sent < len(pieces)


def test_a_server_that_does_not_stream_is_understood_all_the_same(make: MakeEngine, page: Page) -> None:
    with serving(always(completion('{"value":"all"}'))) as server:
        (completed,) = make(server.url, stream="on").complete([Prompt((page,), (TEXT,))])
    assert values(completed) == ["all"]


def test_another_manner_reaches_the_server(make: MakeEngine, page: Page) -> None:
    with serving(echoing) as server:
        make(server.url).complete([Prompt((page,), (NUMBER,), Manner(0.8, 5))])
    assert (server.requests[0]["temperature"], server.requests[0]["seed"]) == (0.8, 5)


def test_the_key_is_sent_and_shown_nowhere(
    make: MakeEngine, page: Page, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-not-meant-for-this")
    with serving(echoing) as server, caplog.at_level(logging.DEBUG):
        engine = make(server.url, api_key="sk-secret")
        engine.complete([Prompt((page,), (NUMBER,))])
    assert server.headers[0]["authorization"] == "Bearer sk-secret"
    assert "openai-organization" not in server.headers[0]
    shown = [caplog.text, engine.fingerprint, repr(engine), *map(repr, vars(engine).values())]
    assert not [text for text in shown if "sk-secret" in text]


def test_without_a_key_none_is_sent(make: MakeEngine, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    with serving(echoing) as server:
        make(server.url).complete([Prompt((page,), (NUMBER,))])
    assert "authorization" not in server.headers[0]


def test_this_machine_is_not_looked_for_behind_a_proxy(
    make: MakeEngine, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(echoing) as server:
        (completed,) = make(server.url).complete([Prompt((page,), (NUMBER,))])
    assert values(completed) == [NUMBER.ask]


def test_without_the_extra_it_says_what_to_install(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docproc.engines.openai.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"docproc\[openai\]"):
        create_engine("openai", {"base_url": "http://127.0.0.1:9/v1", "model": "m"}, store)


def test_importing_the_engine_loads_no_client(run_python: Callable[[str], str]) -> None:
    code = "import docproc.engines.openai, sys; print(sorted({'openai', 'httpx2', 'PIL'} & set(sys.modules)))"
    assert run_python(code) == "[]"


@pytest.fixture
def run_python() -> Callable[[str], str]:
    import subprocess

    def run(code: str) -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    return run
