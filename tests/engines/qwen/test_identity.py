"""Which model answered is known by content, and recorded."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForImageTextToText

from docproc.core.errors import EngineUnavailable, UsageError
from docproc.engines.qwen.identity import find
from docproc.imaging.store import ImageStore
from tests.engines.qwen.shown import engine, mixed, said, texts


@pytest.fixture
def model(model_of: Callable[[str], Path]) -> Path:
    return model_of("qwen3_vl")


def fingerprint(model: Path, images: ImageStore, **settings: str) -> str:
    made = engine(model, images, **settings)
    made.close()
    return made.fingerprint


def test_the_same_model_has_the_same_fingerprint_wherever_it_lies(
    model: Path, images: ImageStore, tmp_path: Path
) -> None:
    first = fingerprint(model, images)
    assert first.startswith("qwen:qwen3_vl@")
    assert len(first) <= 256
    copy = shutil.copytree(model, tmp_path / "far" / "away" / model.name)
    assert fingerprint(copy, images) == first


def test_the_way_and_the_batch_change_no_answer_and_no_fingerprint(model: Path, images: ImageStore) -> None:
    assert fingerprint(model, images, way="plain", batch="2", memory="0.5") == fingerprint(model, images)


@pytest.mark.parametrize(
    "settings",
    [
        {"tiles": "overview"},
        {"page_tokens": "700"},
        {"boxes": "never"},
        {"constrain": "off"},
        {"dtype": "bfloat16"},
        {"max_new_tokens": "21"},
    ],
    ids=str,
)
def test_a_setting_that_changes_answers_changes_the_fingerprint(
    settings: dict[str, str], model: Path, images: ImageStore
) -> None:
    assert fingerprint(model, images, **settings) != fingerprint(model, images)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json", "generation_config.json"])
def test_a_changed_file_changes_the_fingerprint(file: str, model: Path, images: ImageStore, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / model.name)
    data = bytearray((copy / file).read_bytes())
    data[-2:] = b" }" if file.endswith(".json") else b"xx"
    (copy / file).write_bytes(bytes(data) + b" " * file.endswith(".json"))
    assert fingerprint(copy, images) != fingerprint(model, images)


@pytest.fixture(scope="module")
def adapter(model_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that changes what the model says."""
    model = AutoModelForImageTextToText.from_pretrained(model_of("qwen3_vl"))
    target = r".*language_model.*\.(q_proj|v_proj|gate_proj|up_proj|down_proj)"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        with warnings.catch_warnings():  # of peft and transformers among themselves
            warnings.simplefilter("ignore", FutureWarning)
            wrapped = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=target))
        for name, weight in wrapped.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.5)
    folder = tmp_path_factory.mktemp("adapter")
    wrapped.save_pretrained(folder)
    return folder


def test_an_adapter_changes_answers_and_fingerprint(model: Path, adapter: Path, images: ImageStore) -> None:
    prompts = mixed(images)[:2]
    plain, adapted = (said(model, images, prompts, **more) for more in ({}, {"adapter": str(adapter)}))
    assert texts(adapted) != texts(plain)
    assert texts(said(model, images, prompts, adapter=str(adapter), way="plain")) == texts(adapted)
    marked = fingerprint(model, images, adapter=str(adapter))
    assert marked != fingerprint(model, images)
    assert "+" in marked


def test_a_folder_that_is_no_adapter_is_refused(model: Path, images: ImageStore) -> None:
    with pytest.raises(UsageError, match=r"has no adapter_config\.json"):
        engine(model, images, adapter=str(model))


@pytest.mark.parametrize("place", ["/no/such/folder", "./nowhere", "~/nowhere", "justaname", "a/b/c"])
def test_what_is_neither_a_folder_nor_a_name_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        find(place, "")


def test_a_model_of_the_hub_that_is_not_kept_here_says_what_to_do_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="go online once"):
        find("somebody/no-such-model", "")


def test_a_damaged_configuration_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{", "utf-8")
    with pytest.raises(UsageError, match="is damaged"):
        find(str(tmp_path), "")
