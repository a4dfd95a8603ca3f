"""A training run: the Trainer of transformers over our batches, with checkpoints, and an adapter at its end."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

from docproc.core.errors import UsageError
from docproc.engines._looking import tiling_of
from docproc.engines.qwen.families import family_of
from docproc.engines.qwen.identity import find
from docproc.engines.qwen.load import Loaded, load
from docproc.engines.qwen.settings import QwenSettings
from docproc.imaging.store import ImageStore
from docproc.training.adapt import adapted, quiet, save
from docproc.training.collate import Collator
from docproc.training.recipe import Recipe, check
from docproc.training.samples import IMAGES, Sample, samples

HISTORY = "history.json"
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is. `seconds` since its start here; `left`: estimated, None at first. Losses are means a token."""

    step: int
    steps: int
    epoch: float
    loss: float | None
    validation: float | None
    rate: float | None
    seconds: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it. `history`: step, loss, validation and rate of each report, those before a resume included."""

    folder: Path
    steps: int
    seconds: float
    samples: int
    loss: float | None
    validation: float | None
    history: tuple[dict[str, float], ...]


def train(recipe: Recipe, dataset: Path, out: Path, tell: Callable[[Step], None]) -> Trained:
    """Train, or go on with what was stopped: the same recipe over the same data goes on at its last checkpoint.

    `out` gets the adapter (or the projector), `recipe.json` and `history.json`. Raises UsageError for a recipe that
    does not fit model or data, or a folder that holds another run; EngineUnavailable where the model cannot be had.
    """
    check(recipe)
    taught, held = samples(dataset, "train"), samples(dataset, "validation")
    if not taught:
        raise UsageError(f"{dataset} has no train.jsonl with samples; make it with `docproc dataset`")
    mark = data_hash(dataset)
    _claim(out, recipe, mark)
    began = time.monotonic()
    set_seed(recipe.seed)
    loaded, collator = opened(recipe, dataset)
    trainer = trainer_of(recipe, loaded, collator, (taught, held), out)
    trainer.add_callback(_Progress(tell))
    with quiet():
        result = trainer.train(resume_from_checkpoint=get_last_checkpoint(str(out / CHECKPOINTS)))
    history = _history(trainer.state.log_history)
    save(trainer.model, recipe, out)
    (out / HISTORY).write_text(json.dumps(history, indent=1) + "\n", "utf-8")
    done = Trained(
        out,
        int(trainer.state.global_step),
        time.monotonic() - began,
        len(taught),
        float(result.training_loss),
        next((row["validation"] for row in reversed(history) if "validation" in row), None),
        tuple(history),
    )
    recipe.write(out, _came_of_it(recipe, loaded, mark, done, len(held)))
    return done


def opened(recipe: Recipe, dataset: Path) -> tuple[Loaded, Collator]:
    """The model, loaded as the engine loads it, with what is trained switched on; and what makes its batches."""
    source = find(recipe.model, recipe.revision)
    family = family_of(source.config)
    own = QwenSettings(recipe.model, recipe.revision, dtype=recipe.dtype, device=recipe.device, threads=recipe.threads)
    loaded = load(own, source, None, family)
    tiling = tiling_of(recipe.tiles, family.factor, "qwen")
    shared = recipe.shared and "packed" in family.ways and loaded.net.takes("packed")
    return loaded, Collator(loaded, ImageStore(dataset / IMAGES), tiling, shared)


def trainer_of(
    recipe: Recipe,
    loaded: Loaded,
    collator: Collator,
    splits: tuple[Sequence[Sample], Sequence[Sample]],
    out: Path,
) -> Trainer:
    """The Trainer, ready to go."""
    model = adapted(loaded.net.model, recipe)
    gpu = loaded.net.device.type == "cuda"
    taught, held = (collator.units(split) for split in splits)
    arguments = TrainingArguments(
        output_dir=str(out / CHECKPOINTS),
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=recipe.batch,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.rate,
        lr_scheduler_type="cosine",
        warmup_steps=recipe.warmup,
        num_train_epochs=recipe.epochs,
        max_steps=recipe.steps or -1,
        max_grad_norm=recipe.clip,
        bf16=gpu and loaded.net.dtype == torch.bfloat16,
        use_cpu=not gpu,
        **(_recomputed() if gpu else {}),
        logging_steps=1,
        save_steps=recipe.checkpoint,
        save_total_limit=2,
        eval_strategy="epoch" if held else "no",
        seed=recipe.seed,
        data_seed=recipe.seed,
        dataloader_num_workers=min(4, os.cpu_count() or 1) if gpu else 0,
        remove_unused_columns=False,
        label_names=["labels"],
        prediction_loss_only=True,
        report_to=[],
        disable_tqdm=True,
        log_level="error",
    )
    trainer = Trainer(
        model=model, args=arguments, data_collator=collator, train_dataset=list(taught), eval_dataset=list(held) or None
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


class _Progress(TrainerCallback):  # type: ignore[misc]  # the library has no types
    """Tells of each report; time left by the steps done here, not by those before a resume."""

    def __init__(self, tell: Callable[[Step], None]) -> None:
        self._tell, self._began, self._first = tell, time.monotonic(), 0

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        self._began, self._first = time.monotonic(), int(state.global_step)

    def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        told = logs or {}
        if not {"loss", "eval_loss"} & told.keys():
            return
        seconds = time.monotonic() - self._began
        done = state.global_step - self._first
        left = seconds / done * (state.max_steps - state.global_step) if done else None
        rate = told.get("learning_rate")
        self._tell(
            Step(
                int(state.global_step),
                int(state.max_steps),
                float(state.epoch or 0),
                told.get("loss"),
                told.get("eval_loss"),
                rate,
                seconds,
                left,
            )
        )


def _recomputed() -> dict[str, Any]:
    """Activations are computed again on the way back, which lets pages of thousands of tokens fit; by the name that
    this version of transformers has for it.
    """
    new = "activation_checkpointing" in TrainingArguments.__dataclass_fields__
    name = "activation_checkpointing" if new else "gradient_checkpointing"
    return {name: True, f"{name}_kwargs": {"use_reentrant": False}}


def data_hash(dataset: Path) -> str:
    """A hash over what is learnt: the lines of the splits. Images are named in them by their content."""
    digest = hashlib.sha256()
    for name in ("train.jsonl", "validation.jsonl"):
        path = dataset / name
        digest.update(path.read_bytes() if path.exists() else b"")
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _claim(out: Path, recipe: Recipe, mark: str) -> None:
    """Make the folder this run's own. Raises UsageError where another run's, or something else, is in it."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "run.json"
    mine = {"recipe": json.loads(json.dumps(_plain(recipe))), "data": mark}
    if path.exists():
        if json.loads(path.read_text("utf-8")) != mine:
            raise UsageError(f"{out} holds a run of another recipe or other data; name another folder with --out")
    elif any(out.iterdir()):
        raise UsageError(f"{out} is not empty, and no run of this recipe; name another folder with --out")
    else:
        path.write_text(json.dumps(mine, indent=1) + "\n", "utf-8")


def _plain(recipe: Recipe) -> dict[str, Any]:
    return {name: getattr(recipe, name) for name in Recipe.__slots__}


def _history(log: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    names = {"step": "step", "epoch": "epoch", "loss": "loss", "eval_loss": "validation", "learning_rate": "rate"}
    rows = [{names[name]: value for name, value in row.items() if name in names} for row in log]
    return [row for row in rows if row.keys() & {"loss", "validation"}]


def _came_of_it(recipe: Recipe, loaded: Loaded, mark: str, done: Trained, held: int) -> dict[str, Any]:
    base = find(recipe.model, recipe.revision)
    return {
        "base": {"name": base.name, "revision": base.revision, "mark": base.mark},
        "data": mark,
        "samples": done.samples,
        "held_out": held,
        "steps_done": done.steps,
        "seconds": round(done.seconds, 1),
        "loss": done.loss,
        "validation_loss": done.validation,
        "device": str(loaded.net.device),
        "trained_dtype": str(loaded.net.dtype).removeprefix("torch."),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft")},
    }
