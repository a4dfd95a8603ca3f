"""`docproc train` as people run it: settings of the engine, Ctrl-C, the folder that it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from docproc.core.errors import MissingExtra, UsageError
from docproc.service import train as service
from docproc.service.train import Recipe, read_recipe, recipe_of, switched_on, train
from tests.training.conftest import write
from tests.truth.asking import READER, in_process, sheets
from tests.truth.lessons import SETTINGS

OWN = in_process(SETTINGS["native"])
WORDS = ["--accumulation", "1", "--rate", "1e-3", "--json"]


def started(*words: str, own: Mapping[str, str] = OWN) -> subprocess.Popen[str]:
    environment = {**os.environ, **{f"DOCPROC_QWEN_{name.upper()}": value for name, value in own.items()}}
    command = [sys.executable, "-m", "docproc", "train", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    write(tmp_path / "dataset", "train", sheets(2, "train"))
    write(tmp_path / "dataset", "validation", sheets(1, "validation"))
    return tmp_path / "dataset"


def test_a_run_that_is_interrupted_goes_on_and_its_folder_says_how_to_use_it(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "adapter"
    words = [str(dataset), "--out", str(out), "--steps", "30", *WORDS]
    with started(*words) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert first["steps"] == 30
    assert process.returncode == 130
    assert "which is kept; the same command goes on there" in told
    assert not (out / "recipe.json").exists()
    with started(*words) as process:
        said, told = process.communicate()
    assert process.returncode == 0, told
    steps = [json.loads(line) for line in said.splitlines()]
    assert steps[0]["step"] > 1
    assert steps[-1]["step"] == 30
    assert (out / "loss.svg").read_text().startswith("<?xml")
    assert f"DOCPROC_QWEN_ADAPTER={out}" in (out / "README.md").read_text()
    assert f"DOCPROC_QWEN_ADAPTER={out}" in told
    recipe = json.loads((out / "recipe.json").read_text())
    assert (recipe["model"], recipe["dtype"], recipe["tiles"]) == (str(READER), "float32", {"tiles": "native"})


def test_without_a_model_it_says_how_to_name_one(dataset: Path, tmp_path: Path) -> None:
    with started(str(dataset), "--out", str(tmp_path / "out"), own={}) as process:
        _, told = process.communicate()
    assert process.returncode == 1
    assert "set DOCPROC_QWEN_MODEL" in told


def test_what_is_given_wins_over_the_recipe_that_it_begins_with(tmp_path: Path) -> None:
    begun = recipe_of(OWN, {"rank": 4, "alpha": None})
    assert (begun.rank, begun.alpha, begun.model, begun.threads) == (4, 32, str(READER), 1)
    begun.write(tmp_path, {})
    assert read_recipe(tmp_path) == begun
    assert recipe_of({}, {"alpha": 8}, read_recipe(tmp_path / "recipe.json")).alpha == 8
    assert recipe_of(OWN, {"model": "owner/other"}).model == "owner/other"
    with pytest.raises(UsageError, match="learning rate"):
        recipe_of(OWN, {"rate": 7.0})
    (tmp_path / "recipe.json").write_text("{}")
    with pytest.raises(UsageError, match="is no recipe"):
        read_recipe(tmp_path)


def test_a_projector_alone_is_not_switched_on_but_begun_with(dataset: Path, tmp_path: Path) -> None:
    made = recipe_of(OWN, {"stage": "projector", "steps": 1})
    train(made, dataset, tmp_path / "first", print)
    assert "--projector" in (tmp_path / "first" / "README.md").read_text()
    assert switched_on(made, tmp_path / "first") == []


def test_a_stage_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="stage"):
        recipe_of(OWN, {"stage": "pretrain"})


def test_a_library_that_is_missing_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, dataset: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(service, "LIBRARIES", ("torch", "no_such_library"))
    with pytest.raises(MissingExtra, match="lora"):
        train(Recipe(str(READER)), dataset, tmp_path / "out", print)
