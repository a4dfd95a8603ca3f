"""The engine against a server on a bad day: slow, cut off, malformed, overloaded, away, or of another mind."""

from __future__ import annotations

import itertools
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from docproc.core.errors import EngineUnavailable, PageFailed, UsageError
from docproc.core.types import Page, Prompt
from docproc.engines.openai.faults import Fault
from docproc.engines.openai.gate import Gate
from docproc.imaging.store import ImageStore
from tests.engines.openai.conftest import NUMBER, TEXT, TOTAL, MakeEngine, drawn
from tests.engines.openai.faulty import Answer, Body, always, completion, error, event, first, serving, streamed

GOOD = completion('{"value":"4711"}')


def shows_an_image(body: Body) -> bool:
    return "image_url" in json.dumps(body["messages"])


@pytest.mark.parametrize(
    "bad",
    [
        error(500, "CUDA error"),
        error(502, "Bad Gateway"),
        error(429, "slow down", ("Retry-After", "0.01")),
        error(429, "slow down"),
        error(503, "loading the model", ("Retry-After", "0")),
        error(408, "timeout"),
        Answer(body=b"this is no JSON"),
        Answer(body=b'{"choices": []}'),
        Answer(body=b'{"error": {"message": "worker died"}}'),
        replace(GOOD, cut=40),
        replace(GOOD, cut=0),
    ],
    ids=lambda bad: f"{bad.status}-{bad.body[:20].decode()}-{bad.cut}",
)
def test_a_bad_moment_passes(make: MakeEngine, page: Page, bad: Answer) -> None:
    with serving(first(bad)) as server:
        (completed,) = make(server.url).complete([Prompt((page,), (NUMBER,))])
    assert completed.replies[0].text == '{"value":"4711"}'
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "bad",
    [streamed(event('{"val')), streamed(event('{"val'), b"data: nonsense\n\n"), streamed(b'data: {"error": "x"}\n')],
)
def test_a_stream_that_breaks_off_is_asked_for_again(make: MakeEngine, page: Page, bad: Answer) -> None:
    with serving(first(bad, then=streamed(event('{"value":"all"}'), event(None, "stop")))) as server:
        (completed,) = make(server.url).complete([Prompt((page,), (TEXT,))])
    assert completed.replies[0].text == '{"value":"all"}'
    assert len(server.requests) == 2


def test_a_request_that_takes_too_long_is_given_up_and_sent_again(make: MakeEngine, page: Page) -> None:
    with serving(first(replace(GOOD, delay=1.0))) as server:
        (completed,) = make(server.url, timeout="0.2").complete([Prompt((page,), (NUMBER,))])
    assert completed.replies[0].text == '{"value":"4711"}'
    assert len(server.requests) == 2


def test_a_server_that_trickles_is_given_up_as_well(make: MakeEngine, page: Page) -> None:
    trickle = streamed(*[b": still here\n\n"] * 200, delay=0.02)
    with serving(first(trickle, then=streamed(event("done"), event(None, "stop")))) as server:
        (completed,) = make(server.url, timeout="0.2").complete([Prompt((page,), (TEXT,))])
    assert completed.replies[0].text == "done"
    assert server.sent < 100


def test_a_server_that_stays_away_is_unavailable(make: MakeEngine, page: Page) -> None:
    with serving(always(GOOD)) as server:
        engine = make(server.url, model="m", retries="2")
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        engine.complete([Prompt((page,), (NUMBER,))])


def test_a_server_that_is_overloaded_for_too_long_is_unavailable(make: MakeEngine, page: Page) -> None:
    with serving(always(error(503, "no capacity"))) as server:
        engine = make(server.url, patience="0.2")
        with pytest.raises(EngineUnavailable, match=r"503.*no capacity"):
            engine.complete([Prompt((page,), (NUMBER,))])
    assert len(server.requests) > 1


def test_a_server_that_asks_for_more_time_than_there_is_is_not_waited_for(make: MakeEngine, page: Page) -> None:
    tomorrow = always(error(429, "tomorrow", ("Retry-After", "86400")))
    with serving(tomorrow) as server, pytest.raises(EngineUnavailable, match="asks to wait for 86400 seconds"):
        make(server.url).complete([Prompt((page,), (NUMBER,))])
    assert len(server.requests) == 1


def test_a_pause_that_one_is_told_holds_for_all(
    make: MakeEngine, store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    told = threading.Event()
    overloaded = Gate.overloaded

    def noted(gate: Gate, seconds: float) -> None:
        overloaded(gate, seconds)
        pauses.append(seconds)
        told.set()

    monkeypatch.setattr(Gate, "overloaded", noted)
    pages = [drawn(store, number, f"Page {number}") for number in range(1, 9)]
    with serving(first(error(429, "slow down", ("Retry-After", "0.3")))) as server:
        engine = make(server.url)
        with ThreadPoolExecutor(8) as lanes:
            one = lanes.submit(engine.complete, [Prompt((pages[0],), (NUMBER,))])
            told.wait()
            rest = [lanes.submit(engine.complete, [Prompt((page,), (NUMBER,))]) for page in pages[1:]]
            for future in (one, *rest):
                future.result()
    assert pauses == [0.3]
    assert server.times[1] - server.times[0] >= 0.3  # nobody came in the meantime
    assert len(server.requests) == 9


def test_a_page_that_breaks_a_server_in_good_health_fails_alone(make: MakeEngine, store: ImageStore) -> None:
    def answer(body: Body, number: int) -> Answer:
        return error(500, "broken image") if shows_an_image(body) else GOOD

    page = drawn(store, 5, "poison")
    with serving(answer) as server, pytest.raises(PageFailed, match=r"page 5 of document aaaa.*broken image") as raised:
        make(server.url, retries="2").complete([Prompt((page,), (NUMBER,))])
    assert raised.value.code == "engine_error"
    assert [shows_an_image(body) for body in server.requests] == [True, True, True, False, True]


def test_a_server_that_breaks_at_everything_is_away_and_no_page_is_to_blame(make: MakeEngine, page: Page) -> None:
    with (
        serving(always(error(500, "CUDA error"))) as server,
        pytest.raises(EngineUnavailable, match="CUDA"),
    ):
        make(server.url, retries="2").complete([Prompt((page,), (NUMBER,))])


def test_a_server_that_comes_back_at_the_last_moment_is_asked_once_more(make: MakeEngine, page: Page) -> None:
    with serving(first(error(500, "restarting"), times=3)) as server:
        (completed,) = make(server.url, retries="2").complete([Prompt((page,), (NUMBER,))])
    assert completed.replies[0].text == '{"value":"4711"}'


@pytest.mark.parametrize(
    "refusal",
    [error(400, "cannot identify image file"), error(413, "request too large"), error(422, "context length exceeded")],
)
def test_a_request_that_is_refused_fails_its_page_and_is_not_repeated(
    make: MakeEngine, page: Page, refusal: Answer
) -> None:
    with serving(always(refusal)) as server, pytest.raises(PageFailed, match="page 1 of document"):
        make(server.url).complete([Prompt((page,), (NUMBER, TOTAL))])
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("refusal", "variable"),
    [
        (error(401, "bad key"), "DOCPROC_OPENAI_API_KEY"),
        (error(403, "not yours"), "DOCPROC_OPENAI_API_KEY"),
        (error(404, "The model `x` does not exist."), "DOCPROC_OPENAI_MODEL"),
        (error(404, "Not Found"), "DOCPROC_OPENAI_BASE_URL"),
        (Answer(307, headers=(("Location", "http://127.0.0.1:9/elsewhere"),)), "DOCPROC_OPENAI_BASE_URL"),
        (error(400, "response_format is not supported"), "DOCPROC_OPENAI_RESPONSE_FORMAT"),
        (error(422, "Unexpected fields: {'logprobs'}"), "DOCPROC_OPENAI_LOGPROBS"),
    ],
)
def test_what_a_setting_can_mend_names_it_and_is_not_repeated(
    make: MakeEngine, page: Page, refusal: Answer, variable: str
) -> None:
    with serving(always(refusal)) as server, pytest.raises(UsageError, match=variable):
        make(server.url).complete([Prompt((page,), (NUMBER,))])
    assert len(server.requests) == 1


def test_a_spent_quota_is_not_waited_for(make: MakeEngine, page: Page) -> None:
    quota = error(429, "You exceeded your current quota, please check your plan and billing details.")
    with serving(always(quota)) as server, pytest.raises(EngineUnavailable, match="quota"):
        make(server.url).complete([Prompt((page,), (NUMBER,))])
    assert len(server.requests) == 1


def test_what_the_server_says_at_last_counts(make: MakeEngine, page: Page) -> None:
    def answer(body: Body, number: int) -> Answer:
        if number <= 3:
            return error(500, "warming up")
        return error(400, "response_format is not supported") if shows_an_image(body) else GOOD

    with serving(answer) as server, pytest.raises(UsageError, match="DOCPROC_OPENAI_RESPONSE_FORMAT"):
        make(server.url, retries="2").complete([Prompt((page,), (NUMBER,))])


def test_one_question_that_fails_fails_the_page_and_the_others_are_not_sent(make: MakeEngine, page: Page) -> None:
    asks = tuple(replace(NUMBER, key=f"key{number}", ask=f"Number {number}?") for number in range(20))

    def answer(body: Body, number: int) -> Answer:
        return error(400, "no") if number == 2 else replace(GOOD, delay=0.01)

    with serving(answer) as server:
        engine = make(server.url, concurrency="1")
        with pytest.raises(PageFailed):
            engine.complete([Prompt((page,), asks)])
        engine.complete([Prompt((page,), (TOTAL,))])  # it would come after those of the page that was begun
    assert len(server.requests) < 6


def test_a_page_whose_image_is_gone_fails_before_the_server_is_asked(make: MakeEngine, page: Page) -> None:
    with serving(first(GOOD)) as server, pytest.raises(PageFailed, match="gone"):
        make(server.url).complete([Prompt((replace(page, image="aa/gone.png"),), (NUMBER,))])
    assert not server.requests


def test_neither_key_nor_pages_stand_in_errors_and_logs(
    make: MakeEngine, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    replies = itertools.chain([error(500, "key sk-secret")] * 2, itertools.repeat(error(401, "no such key: sk-secret")))
    caplog.set_level(logging.DEBUG)
    with serving(lambda *_: next(replies)) as server, pytest.raises(UsageError) as raised:
        make(server.url, api_key="sk-secret").complete([Prompt((page,), (NUMBER,))])
    assert server.headers[0]["authorization"] == "Bearer sk-secret"
    chain: BaseException | None = raised.value
    while chain is not None:
        assert "sk-secret" not in f"{chain!r} {chain}"
        chain = chain.__cause__ or chain.__context__
    assert "***" in str(raised.value)
    assert "sk-secret" not in caplog.text
    assert "base64" not in caplog.text
    assert NUMBER.ask not in caplog.text


def test_closing_wakes_who_waits_for_the_server(make: MakeEngine, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = threading.Event()

    def wait_for(*_: object) -> float:
        waits.set()
        return 3600.0

    monkeypatch.setattr("docproc.engines.openai.asking.Asker._wait_for", wait_for)
    with serving(always(error(503, "busy"))) as server, ThreadPoolExecutor(1) as lane:
        engine = make(server.url, patience="7200")
        future = lane.submit(engine.complete, [Prompt((page,), (NUMBER,))])
        waits.wait()
        engine.close()
        with pytest.raises(EngineUnavailable, match="closed"):
            future.result()


def test_closing_in_the_middle_of_many_prompts_ends_them_all(make: MakeEngine, store: ImageStore) -> None:
    prompts = [Prompt((drawn(store, number, f"Page {number}"),), (NUMBER, TOTAL, TEXT)) for number in range(1, 9)]
    asked = threading.Event()

    def answer(body: Body, number: int) -> Answer:
        if number == 5:
            asked.set()
        return replace(GOOD, delay=0.05)

    with serving(answer) as server, ThreadPoolExecutor(2) as lanes:
        engine = make(server.url, concurrency="3", stream="off", retries="0")
        calls = [lanes.submit(engine.complete, prompts), lanes.submit(engine.complete, prompts[:1])]
        asked.wait()
        engine.close()
        assert isinstance(calls[0].exception(), EngineUnavailable)
        with pytest.raises(EngineUnavailable, match="closed"):
            engine.complete(prompts)


def test_closing_twice_does_no_harm(make: MakeEngine) -> None:
    engine = make("http://127.0.0.1:9/v1", model="m")
    engine.close()
    engine.close()


def test_a_fault_without_a_wish_is_waited_for_longer_each_time(make: MakeEngine) -> None:
    asker = make("http://127.0.0.1:9/v1", model="m")._asker
    waits = [asker._wait_for(Fault("again", "is away"), rounds) for rounds in (1, 3, 5, 50)]
    assert waits == sorted(waits)
    assert waits[-1] <= 30
