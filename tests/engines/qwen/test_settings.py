"""Settings are checked before anything is loaded, and a fault names its variable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from docproc.core.errors import MissingExtra, UsageError
from docproc.engines.qwen import create
from docproc.engines.qwen.settings import read_settings
from docproc.imaging.store import ImageStore
from tests.engines.qwen.shown import engine

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_without_a_model_it_says_what_to_set_with_an_example(images: ImageStore) -> None:
    with pytest.raises(UsageError, match=r"set DOCPROC_QWEN_MODEL .*DOCPROC_QWEN_MODEL=Qwen/Qwen3-VL"):
        create({}, images)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dtype", "int8"),
        ("device", "tpu"),
        ("device", "cuda:x"),
        ("attention", "fast"),
        ("way", "quick"),
        ("batch", "0"),
        ("batch", "-1"),
        ("batch", "many"),
        ("pages", "1.5"),
        ("threads", "0"),
        ("memory", "0"),
        ("memory", "1.5"),
        ("memory", "85%"),
        ("memory", "nan"),
        ("max_new_tokens", "0"),
        ("boxes", "yes"),
        ("constrain", "maybe"),
        ("trust_remote_code", "true"),
        ("tiles", "mosaic"),
        ("page_tokens", "few"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(
    name: str, text: str, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    with pytest.raises(UsageError, match=f"DOCPROC_QWEN_{name.upper()}={text}"):
        engine(model_of("qwen3_vl"), images, **{name: text})


def test_code_of_a_model_runs_from_a_pinned_revision_only() -> None:
    for revision in ("", "main", COMMIT[:12]):
        with pytest.raises(UsageError, match="pinned revision"):
            read_settings({"model": "a/b", "trust_remote_code": "on", "revision": revision})
    assert read_settings({"model": "a/b", "trust_remote_code": "on", "revision": COMMIT}).trust_remote_code
    assert not read_settings({"model": "a/b"}).trust_remote_code


def test_auto_is_what_it_is_without_a_setting() -> None:
    names = ("dtype", "device", "attention", "way", "batch", "pages", "threads")
    assert read_settings({"model": "a/b"} | dict.fromkeys(names, "auto")) == read_settings({"model": "a/b"})


def test_a_family_that_writes_no_boxes_is_not_asked_for_them(
    model_of: Callable[[str], Path], images: ImageStore
) -> None:
    with pytest.raises(UsageError, match="DOCPROC_QWEN_BOXES=always: llava"):
        engine(model_of("llava"), images, boxes="always")


def test_how_many_pages_a_prompt_shows_follows_from_the_overview(
    model_of: Callable[[str], Path], images: ImageStore
) -> None:
    model = model_of("qwen3_vl")
    assert engine(model, images, overview_tokens="4096", page_tokens="8192").pages == 4
    assert engine(model, images, overview_tokens="64").pages == 32
    assert engine(model, images, pages="7").pages == 7


@pytest.mark.parametrize(("lacking", "extra"), [("torch", "qwen"), ("llguidance", "qwen"), ("peft", "lora")])
def test_a_missing_library_names_the_extra(
    lacking: str, extra: str, images: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docproc.engines.qwen.find_spec", lambda name: None if name == lacking else object())
    with pytest.raises(MissingExtra) as missing:
        create({"model": "a/b", "adapter": "c/d"}, images)
    assert missing.value.extra == extra


def test_the_cpu_batch_is_small(model_of: Callable[[str], Path], images: ImageStore) -> None:
    model = model_of("qwen3_vl")
    assert engine(model, images).batch == 4
    assert engine(model, images, batch="9").batch == 9
