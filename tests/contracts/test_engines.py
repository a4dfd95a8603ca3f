"""What every engine promises, run over every engine that can be made here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from docproc.core.boxes import Box
from docproc.core.errors import MissingExtra, UsageError
from docproc.core.questions import Question
from docproc.core.types import Page, Prompt, Reading, Word
from docproc.engines import Engine, create_engine, engine_names
from docproc.imaging.store import ImageStore

ASKS = (
    Question("text", "What does the page say?", "text", role="ocr.text"),
    Question("customer_number", "What is the customer number?", "string", labels=("customer number",)),
)


def page(number: int) -> Page:
    """A page that needs no look at its pixels."""
    words = [
        Word(text, Box(100 + 110 * i, 100, 200 + 110 * i, 120), 1.0, 20.0)
        for i, text in enumerate(("Customer", "number:", f"K-{number:04}"))
    ]
    layer = Reading("layer", tuple(words), 1240, 1754)
    return Page("a" * 64, number, "aa/none.png", 1240, 1754, 150, layer=layer, layer_trusted=True)


@pytest.fixture(params=engine_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(name: str, tmp_path: Path) -> Iterator[Engine]:
    try:
        made = create_engine(name, {}, ImageStore(tmp_path))
    except (MissingExtra, UsageError) as error:
        pytest.skip(str(error))
    yield made
    made.close()


def test_it_is_called_what_it_is_asked_for_by(engine: Engine, name: str) -> None:
    assert engine.name == name
    assert engine.fingerprint.startswith(f"{name}:")


def test_its_fingerprint_is_the_same_the_next_time(engine: Engine, name: str, tmp_path: Path) -> None:
    again = create_engine(name, {}, ImageStore(tmp_path))
    again.close()
    assert again.fingerprint == engine.fingerprint


def test_it_has_a_lane_and_takes_a_prompt(engine: Engine) -> None:
    assert engine.lanes >= 1
    assert engine.batch >= 1


def test_it_answers_each_prompt_in_its_place_and_each_ask_of_it(engine: Engine) -> None:
    prompts = [Prompt((page(number),), ASKS[: 1 + number % 2]) for number in range(1, 6)]
    completions = engine.complete(prompts)
    assert [len(completion.replies) for completion in completions] == [2, 1, 2, 1, 2]
    values = [json.loads(completion.replies[0].text)["value"] for completion in completions]
    assert all(str(number) in value for number, value in zip(range(1, 6), values, strict=True))


def test_its_confidence_is_a_probability_and_its_boxes_lie_on_the_page(engine: Engine) -> None:
    for reply in engine.complete([Prompt((page(7),), ASKS)])[0].replies:
        assert reply.confidence is None or 0 <= reply.confidence <= 1
        for found in reply.boxes:
            assert found.page == 7
            assert 0 <= found.box.x0 <= found.box.x1 <= 1
            assert 0 <= found.box.y0 <= found.box.y1 <= 1


def test_it_looks_at_several_pages_of_a_document_at_once(engine: Engine) -> None:
    (completion,) = engine.complete([Prompt((page(1), page(2)), ASKS)])
    assert len(completion.replies) == 2
    assert len(completion.readings) in (0, 2)


def test_it_says_the_same_twice(engine: Engine) -> None:
    prompt = Prompt((page(3),), ASKS)
    assert engine.complete([prompt]) == engine.complete([prompt])


def test_its_lanes_do_not_mix_up_their_pages(engine: Engine) -> None:
    def ask(number: int) -> str:
        return str(json.loads(engine.complete([Prompt((page(number),), ASKS)])[0].replies[0].text)["value"])

    with ThreadPoolExecutor(engine.lanes) as lanes:
        values = list(lanes.map(ask, range(1, 31)))
    assert all(str(number) in value for number, value in enumerate(values, 1))


def test_nothing_asked_is_nothing_said(engine: Engine) -> None:
    assert engine.complete([]) == []
    assert engine.complete([Prompt((page(1),), ())])[0].replies == ()


def test_it_can_be_closed_twice(engine: Engine) -> None:
    engine.close()
    engine.close()


def test_an_unknown_engine_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ocr, openai, qwen, scripted"):
        create_engine("oracle", {}, ImageStore(tmp_path))
