"""What is sent: images first and once, the question last, and only what the settings want."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from docproc.core import prompts
from docproc.core.tiles import Tiling
from docproc.core.types import Manner, Page, Prompt, Reading
from docproc.engines._looking import look
from docproc.engines.openai.body import Request, data_url, opening_of, requests_of
from docproc.engines.openai.settings import ServerSettings, read_settings
from docproc.imaging.store import ImageStore
from tests.engines.openai.conftest import ITEMS, NUMBER, TEXT, TOTAL, drawn

MODEL = "Qwen3-VL-tiny"
TILING = Tiling(page_tokens=600, overview_tokens=200)


def settings(**given: str) -> ServerSettings:
    return read_settings({"base_url": "http://127.0.0.1/v1", **given})


def requests(store: ImageStore, prompt: Prompt, model: str = MODEL, **given: str) -> list[Request]:
    return requests_of(prompt, opening_of(look(prompt, TILING, store)), model, settings(**given))


def opened(url: str) -> Image.Image:
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def content(request: Request) -> list[dict[str, Any]]:
    system, user = request.body["messages"]
    assert system == {"role": "system", "content": prompts.SYSTEM}
    assert user["role"] == "user"
    parts: list[dict[str, Any]] = user["content"]
    return parts


def test_all_requests_of_a_page_are_the_same_up_to_the_question(store: ImageStore, page: Page) -> None:
    first, second = requests(store, Prompt((page,), (NUMBER, TOTAL)))
    assert content(first)[:-1] == content(second)[:-1]
    assert {part["type"] for part in content(first)[:-1]} == {"image_url"}
    assert content(first)[-1]["text"].startswith(NUMBER.ask)
    assert content(second)[-1]["text"].startswith(TOTAL.ask)


def test_an_image_is_encoded_once_for_all_questions(store: ImageStore, page: Page) -> None:
    first, second = requests(store, Prompt((page,), (NUMBER, TOTAL)))
    assert content(first)[0]["image_url"]["url"] is content(second)[0]["image_url"]["url"]


def test_the_images_are_those_that_were_cut_pixel_for_pixel(store: ImageStore, page: Page) -> None:
    prompt = Prompt((page,), (NUMBER,))
    (request,) = requests(store, prompt)
    seen = look(prompt, TILING, store)
    sent = [opened(part["image_url"]["url"]) for part in content(request)[:-1]]
    assert [image.convert("RGB").tobytes() for image in sent] == [one.image.tobytes() for one in seen]


def test_a_coloured_image_keeps_its_colours_and_a_grey_one_is_sent_in_one_channel() -> None:
    coloured = Image.new("RGB", (64, 32), (200, 100, 50))
    assert opened(data_url(coloured)).convert("RGB").getpixel((1, 1)) == (200, 100, 50)
    assert opened(data_url(Image.new("RGB", (64, 32), (90, 90, 90)))).mode == "L"


def test_several_pages_are_announced(store: ImageStore, page: Page) -> None:
    second = drawn(store, 2, "Page two")
    (request,) = requests(store, Prompt((page, second), (NUMBER,)))
    texts = [part["text"] for part in content(request) if part["type"] == "text"]
    assert texts[:2] == ["Page 1:", "Page 2:"]


def test_a_reply_is_held_to_its_schema_bounded_and_weighed(store: ImageStore, page: Page) -> None:
    (request,) = requests(store, Prompt((page,), (NUMBER,)), boxes="never")
    body = request.body
    assert body["response_format"]["json_schema"]["schema"] == prompts.reply_schema(NUMBER)
    assert body["max_tokens"] == prompts.reply_tokens(NUMBER)
    assert (body["logprobs"], body["temperature"], body["model"]) == (True, 0.0, MODEL)
    assert "seed" not in body


@pytest.mark.parametrize(
    ("given", "absent"), [({"response_format": "off"}, "response_format"), ({"logprobs": "off"}, "logprobs")]
)
def test_what_a_server_cannot_do_is_not_asked_for(
    store: ImageStore, page: Page, given: dict[str, str], absent: str
) -> None:
    (request,) = requests(store, Prompt((page,), (NUMBER,)), **given)
    assert absent not in request.body


def test_json_without_a_schema_can_be_asked_for(store: ImageStore, page: Page) -> None:
    (request,) = requests(store, Prompt((page,), (NUMBER,)), response_format="json_object")
    assert request.body["response_format"] == {"type": "json_object"}


def test_another_manner_draws_with_its_seed_and_turns_the_page(store: ImageStore, page: Page) -> None:
    prompt = Prompt((page,), (NUMBER,), Manner(temperature=0.5, seed=3, turn=90))
    (request,) = requests(store, prompt)
    assert (request.body["temperature"], request.body["seed"]) == (0.5, 3)
    image = opened(content(request)[0]["image_url"]["url"])
    assert image.width > image.height


def test_more_fields_are_merged_in_and_null_takes_one_out(store: ImageStore, page: Page) -> None:
    extra = '{"mm_processor_kwargs": {"max_pixels": 9}, "max_tokens": null, "max_completion_tokens": 7}'
    (request,) = requests(store, Prompt((page,), (NUMBER,)), extra=extra)
    assert request.body["mm_processor_kwargs"] == {"max_pixels": 9}
    assert "max_tokens" not in request.body
    assert request.body["max_completion_tokens"] == 7


@pytest.mark.parametrize(
    ("stream", "number", "items"), [("auto", False, True), ("on", True, True), ("off", False, False)]
)
def test_long_replies_are_streamed(store: ImageStore, page: Page, stream: str, number: bool, items: bool) -> None:
    requested = requests(store, Prompt((page,), (NUMBER, ITEMS)), stream=stream)
    assert [request.streamed for request in requested] == [number, items]


def test_all_questions_in_one_request_have_one_schema_and_the_sum_of_their_tokens(
    store: ImageStore, page: Page
) -> None:
    (request,) = requests(store, Prompt((page,), (NUMBER, TOTAL)), requests="page", boxes="never")
    assert request.together
    assert request.schema == prompts.page_schema((NUMBER, TOTAL))
    assert content(request)[-1]["text"] == prompts.page_text((NUMBER, TOTAL))
    assert request.body["max_tokens"] == prompts.reply_tokens(NUMBER) + prompts.reply_tokens(TOTAL)


def test_no_reply_may_be_longer_than_the_setting(store: ImageStore, page: Page) -> None:
    for form in ("ask", "page"):
        requested = requests(store, Prompt((page,), (NUMBER, TEXT)), requests=form, max_tokens="50")
        assert {request.body["max_tokens"] for request in requested} == {50}


def test_a_place_is_asked_for_where_the_words_are_not_known_and_the_model_can_tell(
    store: ImageStore, page: Page
) -> None:
    read = replace(page, ocr=Reading("ocr", (), 620, 877))
    asks = (NUMBER, ITEMS)

    def placed(shown: Page, model: str = MODEL, **given: str) -> list[bool]:
        return [request.boxes for request in requests(store, Prompt((shown,), asks), model, **given)]

    assert placed(page) == [True, False]
    assert placed(read) == [False, False]
    assert placed(page, "gpt-5") == [False, False]
    assert placed(page, "gpt-5", box_scale="relative") == [True, False]
    assert placed(read, boxes="always") == [True, True]
    assert placed(page, boxes="never") == [False, False]
    (request, _) = requests(store, Prompt((page,), asks))
    assert "bbox_2d" in request.schema["properties"]
