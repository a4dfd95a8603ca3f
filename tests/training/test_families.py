"""Every family of models that can be built small is trained: pages of two sizes in one batch, both stages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file

from docproc.core.prompts import SYSTEM
from docproc.core.questions import Question
from docproc.core.types import Page, Prompt
from docproc.engines.qwen import create
from docproc.imaging.store import ImageStore
from docproc.training.adapt import PROJECTOR
from docproc.training.recipe import Recipe
from docproc.training.run import Step, opened, train
from docproc.training.samples import samples
from docproc.training.trainer import recomputed, trainer_of
from tests.engines.qwen.test_families import LACKING
from tests.models.small import FAMILIES, build

SIZES = ((200, 120), (420, 600))
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # an image processor's


def silent(_: Step) -> None:
    """Tells nobody."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset folder of two pages of different size with two turns each."""
    made = tmp_path / "dataset"
    made.mkdir()
    store = ImageStore(made / "images")
    lines = []
    for number, size in enumerate(SIZES):
        image = Image.new("RGB", size, "white")
        ImageDraw.Draw(image).text((20, 20), f"Total {number}", fill="black")
        image.save(tmp_path / "page.png")
        name = store.put((tmp_path / "page.png").read_bytes(), ".png")
        shown = [{"type": "image", "image": f"images/{name}"}, {"type": "text", "text": "What is the total?"}]
        told = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": shown},
            {"role": "assistant", "content": f'{{"value":"{number}"}}'},
            {"role": "user", "content": "Is it signed?"},
            {"role": "assistant", "content": '{"value":null}'},
        ]
        lines.append(json.dumps({"messages": told, "docproc": {"independent": True}}))
    (made / "train.jsonl").write_text("\n".join(lines))
    return made


def small(model: Path, **changes: Any) -> Recipe:
    """A step of two pages on the CPU."""
    fixed: dict[str, Any] = {"device": "cpu", "threads": 1, "rate": 1e-2, "dropout": 0.0, "warmup": 0.0}
    shown = {"tiles": "overview", "overview_tokens": "64"}
    return Recipe(str(model), **{**fixed, "steps": 1, "batch": 2, "accumulation": 1, "tiles": shown, **changes})


def learnt(trainer: Any) -> dict[str, torch.Tensor]:
    """A copy of the weights that are trained."""
    return {name: value.detach().clone() for name, value in trainer.model.named_parameters() if value.requires_grad}


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(LACKING)))
def test_a_family_learns_with_its_language_half_and_with_its_projector(
    family: str, folder: Path, tmp_path: Path
) -> None:
    model = build(tmp_path / "model", family)
    for stage in ("instruct", "projector"):
        recipe = small(model, stage=stage, steps=2)
        loaded, collator = opened(recipe, folder)
        trainer = trainer_of(recipe, loaded, collator, (samples(folder, "train"), ()), tmp_path / stage)
        taught = {
            name: value.detach().clone() for name, value in trainer.model.named_parameters() if value.requires_grad
        }
        assert taught
        trainer.train()
        after = dict(trainer.model.named_parameters())
        changed = {name for name, value in taught.items() if not torch.equal(value, after[name])}
        # Of a LoRA pair, B alone moves in the first step; each of them moves in the second.
        assert changed == set(taught), sorted(set(taught) - changed)


def test_the_two_stages_of_llava_one_after_the_other(folder: Path, tmp_path: Path) -> None:
    model = build(tmp_path / "model", "llava")
    first = small(model, stage="projector", steps=4, checkpoint=2)
    train(first, folder, tmp_path / "first", silent)
    projector = load_file(tmp_path / "first" / PROJECTOR)
    assert {name.partition("multi_modal_projector.")[1] for name in projector} == {"multi_modal_projector."}
    train(small(model, projector=str(tmp_path / "first"), steps=4), folder, tmp_path / "second", silent)
    kept = load_file(tmp_path / "second" / "adapter_model.safetensors")
    assert any(".lora_" in name for name in kept)
    assert any("multi_modal_projector" in name for name in kept)
    asked = (Question("total", "What is the total?", "string"),)
    said = []
    for adapter in ({}, {"adapter": str(tmp_path / "second")}):
        settings = {"model": str(model), "device": "cpu", "threads": "1", "tiles": "overview", "constrain": "off"}
        engine = create({**settings, **adapter, "max_new_tokens": "8"}, ImageStore(folder / "images"))
        page = Page("d", 1, samples(folder, "train")[1].image, *SIZES[1], 72)
        (completion,) = engine.complete([Prompt((page,), asked)])
        engine.close()
        said.append(completion.replies[0].text)
    assert said[0] != said[1]


@pytest.mark.parametrize("stage", ["instruct", "projector"])
def test_a_model_of_16_bits_learns_in_32(stage: str, folder: Path, tmp_path: Path) -> None:
    model = build(tmp_path / "model", "qwen3_vl")
    recipe = small(model, stage=stage, dtype="bfloat16", steps=2)
    loaded, collator = opened(recipe, folder)
    trainer = trainer_of(recipe, loaded, collator, (samples(folder, "train"), ()), tmp_path / "out")
    kinds = {value.dtype for value in trainer.model.parameters() if value.requires_grad}
    assert kinds == {torch.float32}
    frozen = {value.dtype for value in trainer.model.parameters() if not value.requires_grad}
    assert torch.bfloat16 in frozen
    before = learnt(trainer)
    trainer.train()
    after = dict(trainer.model.named_parameters())
    assert all(not torch.equal(value, after[name]) for name, value in before.items())


def test_recomputed_activations_give_the_same_gradients(folder: Path, tmp_path: Path) -> None:
    model = build(tmp_path / "model", "qwen3_vl")
    recipe = small(model)
    found = []
    for again in (False, True):
        torch.manual_seed(0)
        loaded, collator = opened(recipe, folder)
        trainer = trainer_of(recipe, loaded, collator, (samples(folder, "train"), ()), tmp_path / f"out{again}")
        if again:
            (name, _), (_, how) = recomputed().items()
            getattr(trainer.model, f"{name}_enable")(how)
        trainer.model.train()
        trainer.model(**collator(samples(folder, "train"))).loss.backward()
        found.append({name: value.grad for name, value in trainer.model.named_parameters() if value.requires_grad})
    assert all(value is not None and torch.isfinite(value).all() for value in found[1].values())
    assert any(value.abs().max() > 0 for value in found[1].values())
    for name, value in found[0].items():
        torch.testing.assert_close(found[1][name], value)
