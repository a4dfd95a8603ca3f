"""Fine-tune a model on a dataset folder: an adapter, or the projector of LLaVA's first stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docproc.core.errors import MissingExtra, UsageError
from docproc.engines._looking import SETTINGS as TILE_SETTINGS
from docproc.engines.qwen.settings import read_settings
from docproc.service.plots import Words, line
from docproc.training.recipe import FILE, Recipe, check
from docproc.training.told import Step, Trained

__all__ = ["Recipe", "Step", "Trained", "read_recipe", "recipe_of", "switched_on", "train"]

LIBRARIES = ("torch", "transformers", "peft", "accelerate", "safetensors", "llguidance")
CURVE, WORD = "loss.svg", "README.md"


def recipe_of(own: Mapping[str, str], given: Mapping[str, Any], begun: Recipe | None = None) -> Recipe:
    """The recipe: what is `given` (None: not said), else that of `begun`, else the defaults.

    Model, device and how pages are shown are those of the qwen engine's settings, `own`, so that an adapter is
    trained on what the engine will show. Raises UsageError.
    """
    said = {name: value for name, value in given.items() if value is not None}
    if begun is not None:
        return check(replace(begun, **said))
    model = {"model": said["model"]} if "model" in said else {}
    settings = read_settings({**own, **model})
    made = Recipe(
        model=settings.model,
        revision="" if model else settings.revision,
        dtype=settings.dtype,
        device=settings.device,
        threads=settings.threads,
        tiles={name: own[name] for name in TILE_SETTINGS if own.get(name, "").strip()},
    )
    return check(replace(made, **said))


def read_recipe(path: Path) -> Recipe:
    """The recipe of an earlier run: its `recipe.json`, or its folder. Raises UsageError."""
    file = path / FILE if path.is_dir() else path
    try:
        told = json.loads(file.read_text("utf-8"))
        known = {one.name for one in fields(Recipe)}
        return Recipe(**{**{name: told[name] for name in told if name in known}, "targets": tuple(told["targets"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is no recipe ({type(error).__name__}: {error}); docproc train writes {FILE}"
        ) from error


def train(
    recipe: Recipe, dataset: Path, out: Path, tell: Callable[[Step], None], stop: Callable[[], bool] = lambda: False
) -> Trained:
    """Train, or go on with what was stopped; the folder gets the adapter, its recipe, its curve and how to use it.

    Raises MissingExtra, UsageError for a recipe that does not fit model or data, EngineUnavailable.
    """
    lacking = [library for library in LIBRARIES if find_spec(library) is None]
    if lacking:
        raise MissingExtra("lora", f"training ({', '.join(lacking)} missing)")
    from docproc.training.run import train as run  # noqa: PLC0415 - imports torch and transformers

    done = run(recipe, dataset, out, tell, stop)
    if done.whole:
        (out / CURVE).write_bytes(_curve(done))
        (out / WORD).write_text(_word(recipe, dataset, done), "utf-8")
    return done


def switched_on(recipe: Recipe, folder: Path) -> list[str]:
    """The lines of a shell that let the engine use an adapter as it was trained; none for a projector alone."""
    if recipe.stage == "projector":
        return []
    shown = {name: text for name, text in recipe.tiles.items() if text}
    told = {"model": recipe.model, "revision": recipe.revision, "adapter": str(folder.absolute()), **shown}
    # Training asks without boxes.
    return [f"export DOCPROC_QWEN_{name.upper()}={text}" for name, text in {**told, "boxes": "never"}.items() if text]


def _curve(done: Trained) -> bytes:
    names = {"loss": "training", "validation": "held out"}
    series = {words: [(row["step"], row[name]) for row in done.history if name in row] for name, words in names.items()}
    says = f"Loss over {done.steps} steps on {done.samples} pages"
    if done.validation is not None:
        says += f"; {done.validation:.4g} at the end on pages held out"
    return line(
        {name: points for name, points in series.items() if points}, Words("Loss", "step", "mean loss a token", says)
    )


def _word(recipe: Recipe, dataset: Path, done: Trained) -> str:
    loss = "" if done.validation is None else f", loss on held-out pages {done.validation:.4g}"
    lines = [
        f"# What was trained on {dataset.name}",
        "",
        f"From {recipe.model}: {done.samples} pages, {done.steps} steps, {done.seconds:.0f} s{loss}.",
        f"`{FILE}` is how, `{CURVE}` the curve of the loss.",
        "",
    ]
    if recipe.stage == "projector":
        lines += [
            "It is the projector alone. The next stage begins with it:",
            "",
            f"    docproc train DATASET --out ADAPTER --projector {done.folder.absolute()}",
        ]
    else:
        told = [f"    {text}" for text in switched_on(recipe, done.folder)]
        lines += ["To answer with it:", "", *told, "    docproc run … --engine qwen"]
    return "\n".join(lines) + "\n"
