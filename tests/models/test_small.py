"""The small models are what they say: folders as published, weights by seed, replies that depend on what is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.models.small import FAMILIES, QWEN, UNBUILT, build, known


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    torch.set_num_threads(1)


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def first_logits(folder: Path, question: str, shade: float) -> Any:
    """What a Qwen says after a picture of one shade and a question, without the processor."""
    from transformers import AutoModelForImageTextToText, AutoTokenizer

    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    vision = model.config.vision_config
    pad = "<|image_pad|>" * 4
    ids = words(f"<|im_start|>user\n<|vision_start|>{pad}<|vision_end|>{question}", return_tensors="pt")["input_ids"]
    grid = torch.tensor([[1, 4, 4]])
    width = 3 * 2 * vision.patch_size**2
    wave = torch.linspace(-1, 1, 16 * width).reshape(16, width)
    given = {"pixel_values": wave * shade, "image_grid_thw": grid}
    kinds = (ids == model.config.image_token_id).long()
    with torch.inference_mode():
        return model(input_ids=ids, mm_token_type_ids=kinds, use_cache=False, **given).logits[0, -1]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_folder_has_the_files_of_a_download_and_opens_through_the_auto_classes(family: str, tmp_path: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoTokenizer
    from transformers.models.auto.image_processing_auto import AutoImageProcessor  # elsewhere 5.17 asks for torchvision

    if not known(family):
        pytest.skip(f"the installed transformers has no {family}")
    folder = build(tmp_path / family, family)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["model_type"] == family
    model = AutoModelForImageTextToText.from_pretrained(folder)
    words = AutoTokenizer.from_pretrained(folder)
    AutoImageProcessor.from_pretrained(folder, backend="pil")
    assert model.generation_config.eos_token_id[0] == words.convert_tokens_to_ids(FAMILIES[family].end)
    assert len(words) <= model.get_input_embeddings().num_embeddings
    said = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]}]
    text = words.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
    assert text.index("What is it?") > 0


@pytest.mark.parametrize("family", QWEN)
def test_what_a_qwen_says_depends_on_the_image_and_on_the_question(family: str, tmp_path: Path) -> None:
    folder = build(tmp_path / "model", family, layers=4)
    plain = first_logits(folder, "What is the total?", 1.0)
    other_question = first_logits(folder, "What is the date?", 1.0)
    other_image = first_logits(folder, "What is the total?", -1.0)
    assert (plain - other_question).abs().max() > 0.1
    assert (plain - other_image).abs().max() > 0.1


def test_a_seed_names_the_weights(tmp_path: Path) -> None:
    one = build(tmp_path / "one", "qwen3_vl", seed=3)
    same = build(tmp_path / "same", "qwen3_vl", seed=3)
    other = build(tmp_path / "other", "qwen3_vl", seed=4)
    assert weights(one) == weights(same) != weights(other)


def test_a_size_can_be_given(tmp_path: Path) -> None:
    folder = build(tmp_path / "model", "qwen2_5_vl", layers=3, vocabulary=300)
    config = json.loads((folder / "config.json").read_text("utf-8"))["text_config"]
    assert config["num_hidden_layers"] == 3
    assert config["vocab_size"] == 320


def test_a_family_that_cannot_be_built_says_why() -> None:
    assert not set(UNBUILT) & set(FAMILIES)
    assert all(UNBUILT.values())
