"""A training run: the Trainer of transformers over our batches, with checkpoints, and an adapter at its end."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from transformers import set_seed

from docproc.core.errors import UsageError
from docproc.engines._looking import tiling_of
from docproc.engines.qwen.families import family_of
from docproc.engines.qwen.identity import find
from docproc.engines.qwen.load import Loaded, device_of, load
from docproc.engines.qwen.settings import QwenSettings
from docproc.imaging.store import ImageStore
from docproc.training.adapt import quiet, save
from docproc.training.collate import Collator
from docproc.training.recipe import FILE, Recipe, check
from docproc.training.samples import IMAGES, Sample, samples
from docproc.training.told import Step, Trained
from docproc.training.trainer import CHECKPOINTS, Progress, trainer_of

__all__ = ["HISTORY", "Step", "Trained", "data_hash", "opened", "train"]

HISTORY = "history.json"
RUN = "run.json"
STATE = "trainer_state.json"


def train(
    recipe: Recipe, dataset: Path, out: Path, tell: Callable[[Step], None], stop: Callable[[], bool] = lambda: False
) -> Trained:
    """Train, or go on with what was stopped: the same recipe over the same data goes on at its last checkpoint, and
    what had come to its end is not done again.

    `out` gets the adapter (or the projector), `recipe.json` and `history.json`. After each step `stop` is asked whether
    to end there with a checkpoint. Raises UsageError for a recipe that does not fit model or data, or a folder that
    holds another run; EngineUnavailable where the model cannot be had.
    """
    check(recipe)
    taught, held = samples(dataset, "train"), samples(dataset, "validation")
    if not taught:
        raise UsageError(f"{dataset} has no train.jsonl with samples; make it with `docproc dataset`")
    _all_there(dataset, [*taught, *held])
    mark = data_hash(dataset)
    _claim(out, recipe, mark)
    if (out / FILE).exists():
        return _done(out)
    began = time.monotonic()
    set_seed(recipe.seed)
    loaded, collator = opened(recipe, dataset)
    trainer = trainer_of(recipe, loaded, collator, (taught, held), out)
    trainer.add_callback(Progress(tell, stop))
    with quiet():
        result = trainer.train(resume_from_checkpoint=_checkpoint(out))
    history = _history(trainer.state.log_history)
    whole = trainer.state.global_step >= trainer.state.max_steps
    done = Trained(
        out,
        int(trainer.state.global_step),
        time.monotonic() - began,
        len(taught),
        float(result.training_loss),
        next((row["validation"] for row in reversed(history) if "validation" in row), None),
        tuple(history),
        whole,
    )
    if whole:
        save(trainer.model, recipe, out)
        (out / HISTORY).write_text(json.dumps(history, indent=1) + "\n", "utf-8")
        recipe.write(out, _came_of_it(recipe, loaded, mark, done, len(held)))  # says that all else is there
        shutil.rmtree(out / CHECKPOINTS)
    return done


def opened(recipe: Recipe, dataset: Path) -> tuple[Loaded, Collator]:
    """The model, loaded as the engine loads it, with what is trained switched on; and what makes its batches."""
    source = find(recipe.model, recipe.revision)
    family = family_of(source.config)
    own = QwenSettings(
        recipe.model, recipe.revision, dtype=_dtype(recipe), device=recipe.device, threads=recipe.threads
    )
    loaded = load(own, source, None, family)
    tiling = tiling_of(recipe.tiles, family.factor, "qwen")
    shared = recipe.shared and "packed" in family.ways and loaded.net.takes("packed")
    return loaded, Collator(loaded, ImageStore(dataset / IMAGES), tiling, shared)


def data_hash(dataset: Path) -> str:
    """A hash over what is learnt: the lines of the splits. Images are named in them by their content."""
    digest = hashlib.sha256()
    for name in ("train.jsonl", "validation.jsonl"):
        path = dataset / name
        digest.update(path.read_bytes() if path.exists() else b"")
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _dtype(recipe: Recipe) -> str:
    """The number format that the model is loaded in. Raises UsageError for what cannot be trained."""
    device = device_of(recipe.device)
    if device.type == "cuda" and device.index:
        raise UsageError(
            f"training takes the first GPU that it sees: set CUDA_VISIBLE_DEVICES={device.index} and "
            "DOCPROC_QWEN_DEVICE=cuda"
        )
    if device.type == "cuda":
        return recipe.dtype
    if recipe.dtype == "float16":
        raise UsageError("float16 can be trained on a CUDA device alone: --dtype float32 works here")
    return "float32" if recipe.dtype == "auto" else recipe.dtype


def _all_there(dataset: Path, taught: Sequence[Sample]) -> None:
    """Raises UsageError where an image is missing: better now than in an hour."""
    images = ImageStore(dataset / IMAGES)
    for sample in taught:
        if not images.has(sample.image):
            raise UsageError(
                f"{dataset / IMAGES / sample.image} is missing, which {sample.id} is about: copy the whole folder, or "
                "make it again with `docproc dataset`"
            )


def _claim(out: Path, recipe: Recipe, mark: str) -> None:
    """Make the folder this run's own. Raises UsageError where another run's, or something else, is in it."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / RUN
    mine = {"recipe": json.loads(json.dumps(_plain(recipe))), "data": mark}
    if path.exists():
        if json.loads(path.read_text("utf-8")) != mine:
            raise UsageError(f"{out} holds a run of another recipe or other data; name another folder with --out")
    elif any(out.iterdir()):
        raise UsageError(f"{out} is not empty, and no run of this recipe; name another folder with --out")
    else:
        partial = out.with_name(f".{out.name}.{RUN}")
        partial.write_text(json.dumps(mine, indent=1) + "\n", "utf-8")
        partial.replace(path)


def _checkpoint(out: Path) -> str | None:
    """The newest whole checkpoint; what was torn in its writing is removed. Its state is what is written last."""
    found = sorted((out / CHECKPOINTS).glob("checkpoint-*"), key=lambda path: -int(path.name.rpartition("-")[2]))
    for path in found:
        try:
            json.loads((path / STATE).read_text("utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(path)
        else:
            return str(path)
    return None


def _done(out: Path) -> Trained:
    """What came of a run that had come to its end."""
    said = json.loads((out / FILE).read_text("utf-8"))
    history = tuple(json.loads((out / HISTORY).read_text("utf-8")))
    steps, seconds, count = said["steps_done"], said["seconds"], said["samples"]
    return Trained(out, steps, seconds, count, said["loss"], said["validation_loss"], history)


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
