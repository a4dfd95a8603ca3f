"""Runs that are stopped, and those that come again: nothing is lost, nothing done twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerState

from docproc.core.errors import UsageError
from docproc.training.adapt import PROJECTOR
from docproc.training.recipe import Recipe
from docproc.training.run import Step, train
from docproc.training.samples import samples
from docproc.training.trainer import CHECKPOINTS, Progress
from tests.training.conftest import Made


class Listener:
    """Keeps what it is told, and wants to end at a step."""

    def __init__(self, end: int = 0) -> None:
        self.steps: list[Step] = []
        self._end, self._asked = end, 0

    def stop(self) -> bool:
        self._asked += 1
        return self._asked == self._end


@pytest.mark.parametrize("stage", ["instruct", "projector"])
def test_a_run_that_is_asked_to_stop_keeps_its_step_and_goes_on_there_to_the_same_weights(
    stage: str, dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder = dataset(3)
    made = replace(recipe, stage=stage, steps=5)  # type: ignore[arg-type]  # a parameter
    whole, cut, rest = Listener(), Listener(end=2), Listener()
    train(made, folder, tmp_path / "whole", whole.steps.append)
    stopped = train(made, folder, tmp_path / "cut", cut.steps.append, cut.stop)
    assert (stopped.whole, stopped.steps) == (False, 2)
    (checkpoint,) = (tmp_path / "cut" / CHECKPOINTS).iterdir()
    assert not (checkpoint / "model.safetensors").exists()  # what is trained, and its moments
    assert train(made, folder, tmp_path / "cut", rest.steps.append).whole
    assert [step.loss for step in cut.steps + rest.steps] == [step.loss for step in whole.steps]
    name = PROJECTOR if stage == "projector" else "adapter_model.safetensors"
    one, other = (load_file(tmp_path / run / name) for run in ("whole", "cut"))
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_what_had_come_to_its_end_is_told_and_not_trained_again(dataset: Made, recipe: Recipe, tmp_path: Path) -> None:
    folder, again = dataset(1, held=1), Listener()
    first = train(recipe, folder, tmp_path / "adapter", Listener().steps.append)
    assert not (tmp_path / "adapter" / CHECKPOINTS).exists()
    second = train(recipe, folder, tmp_path / "adapter", again.steps.append)
    assert again.steps == []
    assert replace(second, seconds=first.seconds) == first


def test_a_checkpoint_that_was_torn_in_its_writing_is_passed_over(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder, rest = dataset(2), Listener()
    made = replace(recipe, steps=4, checkpoint=1)
    train(made, folder, tmp_path / "adapter", Listener().steps.append, Listener(end=3).stop)
    newest = tmp_path / "adapter" / CHECKPOINTS / "checkpoint-3"
    (newest / "trainer_state.json").write_text('{"global_step": 3, "log_his')
    train(made, folder, tmp_path / "adapter", rest.steps.append)
    assert [step.step for step in rest.steps] == [3, 4]


def test_pages_that_are_summed_up_over_steps_weigh_as_in_one_batch(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder = dataset(4)
    path = folder / "train.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["messages"] = lines[0]["messages"][:3]  # one with few tokens to be learnt
    # Something that it never says by itself, so that the losses are large.
    path.write_text("\n".join(map(json.dumps, lines)).replace('\\"value\\":\\"', '\\"value\\":\\"XX'))
    losses = []
    for batch in (4, 1):
        told = Listener()
        made = replace(recipe, batch=batch, accumulation=4 // batch, dropout=0.0, steps=3)
        train(made, folder, tmp_path / f"of-{batch}", told.steps.append)
        losses.append([step.loss for step in told.steps])
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)


def test_an_image_that_is_missing_is_named_before_anything_is_loaded(
    dataset: Made, recipe: Recipe, tmp_path: Path
) -> None:
    folder = dataset(2)
    gone = folder / "images" / samples(folder, "train")[1].image
    gone.unlink()
    with pytest.raises(UsageError, match=f"{gone.name} is missing, which train-1 is about"):
        train(replace(recipe, model="/nowhere"), folder, tmp_path / "out", Listener().steps.append)


def test_a_loss_that_is_no_number_ends_the_run_with_advice() -> None:
    told = Listener()
    progress = Progress(told.steps.append, told.stop)
    state = TrainerState(global_step=7, max_steps=9)
    progress.on_log(None, state, None, {"loss": 0.5})
    with pytest.raises(UsageError, match=r"is no number any more at step 7.*lower --rate"):
        progress.on_log(None, state, None, {"loss": float("nan")})
    assert len(told.steps) == 1


def test_what_cannot_be_trained_here_is_said(dataset: Made, recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="float16 can be trained on a CUDA device alone"):
        train(replace(recipe, dtype="float16"), dataset(1), tmp_path / "out", Listener().steps.append)
