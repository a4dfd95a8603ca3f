"""What can be set: each fault names its variable, and a key shows nowhere."""

from __future__ import annotations

import pytest

from docproc.core.errors import UsageError
from docproc.engines.openai.settings import factor_of, read_settings, scale_of

URL = {"base_url": "http://127.0.0.1:8000/v1/"}


def test_all_but_the_address_has_a_default() -> None:
    read = read_settings(URL)
    assert read.base_url == "http://127.0.0.1:8000/v1"
    assert (read.concurrency, read.requests, read.form, read.boxes, read.streaming) == (
        32, "ask", "json_schema", "auto", "auto",
    )  # fmt: skip
    assert read.logprobs
    assert (read.model, read.api_key, read.factor, read.scale, read.extra) == ("", "", None, None, {})


def test_without_an_address_it_says_how_one_looks() -> None:
    with pytest.raises(UsageError, match=r"DOCPROC_OPENAI_BASE_URL is not set.*http://127.0.0.1:8000/v1"):
        read_settings({})


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="DOCPROC_OPENAI_BASE_URL is not the address"):
        read_settings({"base_url": url})


@pytest.mark.parametrize(
    "url", ["http://me:sk-secret@host/v1", "http://host/v1?key=sk-secret", "http://h/v1#sk-secret"]
)
def test_an_address_with_a_key_in_it_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="DOCPROC_OPENAI_API_KEY") as raised:
        read_settings({"base_url": url})
    assert "sk-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("concurrency", "0"),
        ("concurrency", "many"),
        ("requests", "both"),
        ("timeout", "-1"),
        ("timeout", "nan"),
        ("patience", "soon"),
        ("retries", "-1"),
        ("response_format", "yaml"),
        ("logprobs", "maybe"),
        ("boxes", "yes"),
        ("factor", "30"),
        ("box_scale", "percent"),
        ("max_tokens", "0"),
        ("extra", "[1]"),
        ("extra", "{"),
        ("stream", "sometimes"),
        ("pages", "0"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_name_of_its_variable(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"DOCPROC_OPENAI_{name.upper()}"):
        read_settings({**URL, name: text})


def test_a_key_that_cannot_be_one_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="DOCPROC_OPENAI_API_KEY") as raised:
        read_settings({**URL, "api_key": "sk-secret\nsk-other"})
    assert "sk-" not in str(raised.value)


def test_a_key_is_not_shown_with_the_settings() -> None:
    assert "sk-secret" not in repr(read_settings({**URL, "api_key": "sk-secret"}))


@pytest.mark.parametrize(
    ("model", "factor", "scale"),
    [
        ("Qwen/Qwen2-VL-7B-Instruct", 28, "relative"),
        ("Qwen/Qwen2.5-VL-7B-Instruct-AWQ", 28, "absolute"),
        ("qwen2_5_vl", 28, "absolute"),
        ("Qwen/Qwen3-VL-8B-Instruct", 32, "relative"),
        ("Qwen3.5-4B", 32, "relative"),
        ("gpt-5", 32, None),
    ],
)
def test_the_name_of_a_model_tells_the_sides_of_its_images_and_the_scale_of_its_boxes(
    model: str, factor: int, scale: str | None
) -> None:
    assert (factor_of(model), scale_of(model)) == (factor, scale)
