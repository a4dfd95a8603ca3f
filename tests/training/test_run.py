"""Runs: adapters that the engine loads, the projector alone, killed runs that go on to the same loss."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from docproc.core.errors import UsageError
from docproc.core.questions import Question
from docproc.core.types import Page, Prompt
from docproc.engines.qwen import create
from docproc.imaging.store import ImageStore
from docproc.training.adapt import PROJECTOR, joints
from docproc.training.recipe import Recipe
from docproc.training.run import Step, opened, train
from docproc.training.samples import samples
from tests.training.conftest import Made
from tests.truth import lessons
from tests.truth.asking import in_process


def silent(_: Step) -> None:
    """Tells nobody."""


def said(folder: Path, settings: dict[str, str]) -> list[str]:
    """The replies of the engine with these settings about the first page of a dataset."""
    engine = create(in_process({**lessons.SETTINGS["native"], **settings}), ImageStore(folder / "images"))
    page = Page("d", 1, samples(folder, "train")[0].image, 0, 0, 0)
    asked: tuple[Question, ...] = lessons.questions()
    (completion,) = engine.complete([Prompt((page,), asked)])
    engine.close()
    return [reply.text for reply in completion.replies]


def test_an_adapter_is_written_with_its_recipe_and_the_engine_says_with_it_what_was_learnt(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder = dataset(2, held=1)
    before = said(folder, {})
    # Something that it never says by itself, so that it shows.
    path = folder / "train.jsonl"
    path.write_text(path.read_text().replace('\\"value\\":\\"', '\\"value\\":\\"XX'))
    told: list[Step] = []
    made = replace(recipe, rate=5e-3, steps=40, dropout=0.0, rank=8, batch=2)
    done = train(made, folder, tmp_path / "adapter", told.append)
    assert [step.step for step in told if step.loss is not None] == list(range(1, 41))
    assert told[-1].left == 0
    assert done.history[0]["loss"] > 10 * done.history[-2]["loss"]
    assert done.validation is not None
    after = said(folder, {"adapter": str(tmp_path / "adapter")})
    assert not any('"value":"XX' in reply for reply in before)
    assert any('"value":"XX' in reply for reply in after)
    kept = json.loads((tmp_path / "adapter" / "recipe.json").read_text())
    assert kept["rate"] == 5e-3
    assert kept["steps_done"] == 40
    assert kept["base"]["mark"]
    assert len(kept["data"]) == 16
    assert (tmp_path / "adapter" / "adapter_model.safetensors").exists()


def test_the_vision_tower_and_the_language_model_stay_as_they_are(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    train(recipe, dataset(1), tmp_path / "adapter", silent)
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    from safetensors.torch import load_file

    names = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert names
    assert all(".lora_" in name and "language_model" in name and "visual" not in name for name in names)
    assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (16, 32, 0.05)


def test_the_first_stage_trains_the_projector_alone_and_the_second_begins_with_it(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder = dataset(1)
    first = replace(recipe, stage="projector")
    train(first, folder, tmp_path / "first", silent)
    loaded, _ = opened(recipe, folder)
    from safetensors.torch import load_file

    weights = load_file(tmp_path / "first" / PROJECTOR)
    before = loaded.net.model.state_dict()
    assert {name.rpartition(".")[0].split(".linear")[0] for name in weights}
    assert all(any(name.startswith(joint) for joint in joints(loaded.net.model)) for name in weights)
    assert any(not torch.equal(weights[name], before[name]) for name in weights)
    train(replace(recipe, projector=str(tmp_path / "first")), folder, tmp_path / "second", silent)
    names = load_file(tmp_path / "second" / "adapter_model.safetensors")
    assert any(".lora_" in name for name in names)
    assert any("merger" in name for name in names)
    assert said(folder, {"adapter": str(tmp_path / "second")})


def child(recipe: Recipe, folder: Path, out: Path, end: int | None = None) -> list[str]:
    """The lines of a run in a process of its own, killed as soon as it has told of step `end`."""
    command = [sys.executable, "-m", "tests.training.child", json.dumps(asdict(recipe)), str(folder), str(out)]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if end is not None and line.startswith(f"{end} "):
                process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == (0 if end is None else -signal.SIGKILL)
    return lines


def test_a_run_that_is_killed_goes_on_at_its_checkpoint_to_the_same_losses(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder = dataset(4)
    made = replace(recipe, steps=8, checkpoint=2)
    whole = child(made, folder, tmp_path / "whole")
    cut = child(made, folder, tmp_path / "cut", end=5)
    rest = child(made, folder, tmp_path / "cut")
    assert cut == whole[: len(cut)]
    first = int(rest[0].split()[0])
    assert 1 < first <= 6
    assert rest == whole[first - 1 :]
    ends = [json.loads((tmp_path / name / "history.json").read_text()) for name in ("whole", "cut")]
    assert ends[0] == ends[1]


def test_a_folder_of_another_run_is_not_written_over(dataset: Made, recipe: Recipe, tmp_path: Path) -> None:
    folder = dataset(1)
    train(recipe, folder, tmp_path / "adapter", silent)
    with pytest.raises(UsageError, match="another recipe or other data"):
        train(replace(recipe, rate=2e-3), folder, tmp_path / "adapter", silent)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="is not empty"):
        train(recipe, folder, tmp_path / "mine", silent)


def test_what_cannot_be_trained_is_said_before_anything_is_loaded(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rank and alpha"):
        train(replace(recipe, rank=0), tmp_path, tmp_path / "out", silent)
    with pytest.raises(UsageError, match=r"no train\.jsonl"):
        train(recipe, tmp_path, tmp_path / "out", silent)


def test_a_projection_that_the_model_has_not_is_named_with_those_it_has(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"is called w_q; there are: .*q_proj"):
        train(replace(recipe, targets=("w_q",)), dataset(1), tmp_path / "out", silent)
