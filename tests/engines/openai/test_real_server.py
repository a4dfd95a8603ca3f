"""The engine against `transformers serve`, somebody else's server, with a small random Qwen3-VL behind it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from docproc.core.errors import PageFailed, UsageError
from docproc.core.types import Completion, Manner, Page, Prompt
from docproc.imaging.store import ImageStore
from tests.engines.openai.conftest import NUMBER, TEXT, TOTAL, MakeEngine, drawn
from tests.servers_model import NAME, ROOT, model_server

pytestmark = pytest.mark.xdist_group("model server")
ASKS = (NUMBER, TOTAL, TEXT)
SHORT = {"max_tokens": "12", "timeout": "120", "patience": "120"}


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with model_server(tmp_path_factory.mktemp("model-server")) as url:
        yield url


def texts(completed: Completion) -> list[str]:
    return [reply.text for reply in completed.replies]


def complete(engine: Any, *pages: Page, manner: Manner | None = None) -> Completion:
    (completed,) = engine.complete([Prompt(pages, ASKS, manner or Manner())])
    return completed  # type: ignore[no-any-return]  # the engine is made by a fixture for all of them


def test_every_question_is_answered_by_the_model_that_the_server_lists(make: MakeEngine, url: str, page: Page) -> None:
    engine = make(url, **SHORT)
    completed = complete(engine, page)
    assert engine.fingerprint.startswith(f"openai:{NAME};")
    assert len(set(texts(completed))) == len(ASKS)
    assert {reply.finish for reply in completed.replies} == {"length"}
    assert completed.tokens_out == 12 * len(ASKS)
    assert completed.tokens_in > 200 * len(ASKS)  # the overview alone


def test_the_same_page_gets_the_same_replies_streamed_or_not_and_another_page_others(
    make: MakeEngine, url: str, page: Page, store: ImageStore
) -> None:
    other = drawn(store, 1, "Something else\naltogether")
    streamed, whole = make(url, stream="on", **SHORT), make(url, stream="off", **SHORT)
    said = texts(complete(whole, page))
    # The server leaves half a character at the end out of a stream.
    assert [text.rstrip("\ufffd") for text in texts(complete(streamed, page))] == [
        text.rstrip("\ufffd") for text in said
    ]
    assert texts(complete(whole, other)) != said


def test_all_questions_can_be_asked_in_one_request(make: MakeEngine, url: str, page: Page) -> None:
    completed = complete(make(url, requests="page", **SHORT), page)
    assert [reply.finish for reply in completed.replies] == ["length"] * 3
    assert completed.tokens_out == 12


def test_several_pages_are_shown_in_one_prompt(make: MakeEngine, url: str, page: Page, store: ImageStore) -> None:
    engine = make(url, **SHORT)
    assert complete(engine, page, drawn(store, 2, "Page two")).tokens_in > complete(engine, page).tokens_in


def test_a_drawn_reply_is_repeated_by_its_seed(make: MakeEngine, url: str, page: Page) -> None:
    engine = make(url, concurrency="1", **SHORT)
    first, again, other = (texts(complete(engine, page, manner=Manner(1.0, seed))) for seed in (1, 1, 2))
    assert first == again != other


def test_many_threads_share_the_server(make: MakeEngine, url: str, store: ImageStore) -> None:
    pages = [drawn(store, number, f"Page number {number}") for number in range(1, 5)]
    engine = make(url, concurrency="8", **SHORT)
    with ThreadPoolExecutor(4) as lanes:
        together = [texts(completed) for completed in lanes.map(lambda page: complete(engine, page), pages)]
    assert together == [texts(complete(engine, page)) for page in pages]


def test_it_is_noticed_that_this_server_ignores_the_schema_and_the_log_probabilities(
    make: MakeEngine, url: str, page: Page
) -> None:
    asked, unasked = make(url, **SHORT), make(url, response_format="off", logprobs="off", **SHORT)
    for engine in (asked, unasked):
        assert all(reply.logprob is None for reply in complete(engine, page).replies)
    assert len(asked.notices) == 2
    assert unasked.notices == ()


def test_a_field_that_the_server_refuses_is_named_with_the_setting_that_added_it(
    make: MakeEngine, url: str, page: Page
) -> None:
    engine = make(url, extra='{"mm_processor_kwargs": {"max_pixels": 100352}}', **SHORT)
    with pytest.raises(UsageError, match=r"mm_processor_kwargs.*DOCPROC_OPENAI_EXTRA"):
        complete(engine, page)


def test_a_model_that_the_server_does_not_have_is_named_with_its_setting(
    make: MakeEngine, url: str, page: Page
) -> None:
    with pytest.raises(UsageError, match=r"DOCPROC_OPENAI_MODEL.*tiny"):
        complete(make(url, model="another", **SHORT), page)


def test_a_broken_image_fails_its_page_and_the_server_goes_on(
    make: MakeEngine, url: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(url, retries="1", **SHORT)
    with monkeypatch.context() as patch:
        patch.setattr("docproc.engines.openai.body.data_url", lambda _: "data:image/png;base64,AAAA")
        with pytest.raises(PageFailed, match="page 1 of document"):
            complete(engine, page)
    assert len(complete(engine, page).replies) == 3


def test_the_server_ends_when_nobody_holds_its_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.serve_model", str(tmp_path / "no-model"), "1"]
    ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert ended.returncode == 0
