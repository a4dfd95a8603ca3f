"""What every engine promises, run over every engine that can be made here."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docproc import questionsets
from docproc.core.boxes import Box
from docproc.core.errors import UsageError
from docproc.core.questions import Question
from docproc.core.types import Page, Prompt, Reading, Word
from docproc.engines import Engine, create_engine, engine_names
from docproc.imaging.store import ImageStore
from tests.engines.openai.faulty import Answer, completion, event, serving, streamed
from tests.truth.asking import SETS, in_process
from tests.truth.lessons import SETTINGS
from tests.truth.page import SIZE, Item, Sheet, draw

NUMBERS = range(1, 31)
Pages = Callable[[int], Page]
Asks = tuple[Question, ...]
Stage = tuple[
    dict[str, str], Callable[[int], Page], tuple[Question, ...]
]  # settings, pages that tell their number, asks


@pytest.fixture(params=engine_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stage(name: str, images: ImageStore) -> Iterator[Stage]:
    """What an engine needs to be asked: an engine without a stage of its own is asked about words."""
    if name == "qwen":
        yield (
            in_process(SETTINGS["native"]),
            partial(printed, images),
            questionsets.load("truth", (SETS,)).questions[::3],
        )
    elif name == "openai":
        with serving(seen) as server:
            small = {"page_tokens": "64", "overview_tokens": "16", "response_format": "off", "logprobs": "off"}
            yield {"base_url": server.url, **small}, partial(shaded, images), WORDED
    else:
        yield {}, worded, WORDED


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path)


@pytest.fixture
def asks(stage: Stage) -> tuple[Question, ...]:
    return stage[2]


@pytest.fixture
def page(stage: Stage) -> Callable[[int], Page]:
    return stage[1]


@pytest.fixture
def engine(name: str, stage: Stage, images: ImageStore) -> Iterator[Engine]:
    made = create_engine(name, stage[0], images)
    yield made
    made.close()


WORDED = (
    Question("text", "What does the page say?", "text", role="ocr.text"),
    Question("customer_number", "What is the customer number?", "string", labels=("customer number",)),
)


def worded(number: int) -> Page:
    """A page whose words are known; nobody needs to look at its pixels."""
    words = [
        Word(text, Box(100 + 110 * i, 100, 200 + 110 * i, 120), 1.0, 20.0)
        for i, text in enumerate(("Customer", "number:", f"K-{number:04}"))
    ]
    layer = Reading("layer", tuple(words), 1240, 1754)
    return Page("a" * 64, number, "aa/none.png", 1240, 1754, 150, layer=layer, layer_trusted=True)


def printed(images: ImageStore, number: int) -> Page:
    """A page that the truth fixture can read."""
    items = (Item("number", "No: ", f"{4700 + number}", 1, 2), Item("customer", "For:", "KARELU", 4, 12))
    return stored(images, number, draw(Sheet(items)))


def shaded(images: ImageStore, number: int) -> Page:
    """A page whose paper is as dark as its number is high."""
    return stored(images, number, Image.new("RGB", SIZE, (255 - number, 255, 255)))


def stored(images: ImageStore, number: int, image: Image.Image) -> Page:
    data = io.BytesIO()
    image.save(data, "PNG")
    return Page("a" * 64, number, images.put(data.getvalue(), ".png"), *image.size, 150)


def seen(body: dict[str, Any], _: int) -> Answer:
    """What a server says that looks at the paper of the first image."""
    url = next(part for part in body["messages"][-1]["content"] if part["type"] == "image_url")["image_url"]["url"]
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    red = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(red, tuple)
    text = json.dumps({"value": f"K-{255 - red[0]:04}"})
    return streamed(event(text), event(finish="stop")) if body.get("stream") else completion(text)


def test_it_is_called_what_it_is_asked_for_by(engine: Engine, name: str) -> None:
    assert engine.name == name
    assert engine.fingerprint.startswith(f"{name}:")


def test_its_fingerprint_is_the_same_the_next_time(engine: Engine, name: str, stage: Stage, images: ImageStore) -> None:
    again = create_engine(name, stage[0], images)
    again.close()
    assert again.fingerprint == engine.fingerprint


def test_it_has_a_lane_and_takes_a_prompt(engine: Engine) -> None:
    assert engine.lanes >= 1
    assert engine.batch >= 1
    assert engine.pages >= 1
    assert engine.manners <= {"temperature", "seed", "turn", "closer"}
    assert isinstance(engine.glances, bool)


def test_it_answers_each_prompt_in_its_place_and_each_ask_of_it(engine: Engine, page: Pages, asks: Asks) -> None:
    prompts = [Prompt((page(number),), asks[: 1 + number % 2]) for number in range(1, 6)]
    completions = engine.complete(prompts)
    assert [len(completion.replies) for completion in completions] == [2, 1, 2, 1, 2]
    values = [json.loads(completion.replies[0].text)["value"] for completion in completions]
    assert all(str(number) in value for number, value in zip(range(1, 6), values, strict=True))


def test_its_confidence_is_a_probability_and_its_boxes_lie_on_the_page(engine: Engine, page: Pages, asks: Asks) -> None:
    for reply in engine.complete([Prompt((page(7),), asks)])[0].replies:
        assert reply.confidence is None or 0 <= reply.confidence <= 1
        for found in reply.boxes:
            assert found.page == 7
            assert 0 <= found.box.x0 <= found.box.x1 <= 1
            assert 0 <= found.box.y0 <= found.box.y1 <= 1


def test_it_looks_at_several_pages_of_a_document_at_once(engine: Engine, page: Pages, asks: Asks) -> None:
    (completion,) = engine.complete([Prompt((page(1), page(2)), asks)])
    assert len(completion.replies) == 2
    assert len(completion.readings) in (0, 2)


def test_it_says_the_same_twice(engine: Engine, page: Pages, asks: Asks) -> None:
    prompt = Prompt((page(3),), asks)
    assert engine.complete([prompt]) == engine.complete([prompt])


def test_its_lanes_do_not_mix_up_their_pages(engine: Engine, page: Pages, asks: Asks) -> None:
    def ask(number: int) -> str:
        return str(json.loads(engine.complete([Prompt((page(number),), asks)])[0].replies[0].text)["value"])

    with ThreadPoolExecutor(engine.lanes) as lanes:
        values = list(lanes.map(ask, NUMBERS))
    assert all(str(number) in value for number, value in enumerate(values, 1))


def test_nothing_asked_is_nothing_said(engine: Engine, page: Pages) -> None:
    assert engine.complete([]) == []
    assert engine.complete([Prompt((page(1),), ())])[0].replies == ()


def test_it_can_be_closed_twice(engine: Engine) -> None:
    engine.close()
    engine.close()


def test_an_unknown_engine_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ocr, openai, qwen, scripted"):
        create_engine("oracle", {}, ImageStore(tmp_path))
