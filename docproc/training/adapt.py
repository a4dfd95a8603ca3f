"""What of a model is trained: a LoRA adapter on its language half, or the projector alone; the vision tower never."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers.utils import logging

from docproc.core.errors import UsageError
from docproc.training.recipe import Recipe

PROJECTOR = "projector.safetensors"
# What joins the vision tower and the language model, by the names that transformers gives it.
_JOINTS = re.compile(
    r"(?:.*\.)?(?:multi_modal_projector|mm_projector|connector|projector|vision_projection|visual\.merger"
    r"|visual\.deepstack_merger_list\.\d+)"
)
_TOWER = r"(?:vision|visual|image)"


def joints(model: Any) -> list[str]:
    """The names of the projector's modules."""
    return [name for name, _ in model.named_modules() if _JOINTS.fullmatch(name)]


def adapted(model: Any, recipe: Recipe) -> Any:
    """The model with what is to be trained switched on. Raises UsageError where the recipe does not fit it."""
    model.requires_grad_(False)
    if recipe.projector:
        load_projector(model, Path(recipe.projector))
    if recipe.stage == "projector":
        return _projector_only(model)
    return _with_lora(model, recipe)


def _projector_only(model: Any) -> Any:
    names = joints(model)
    if not names:
        raise UsageError(
            f"{model.config.model_type} has no projector that could be trained alone; leave out --stage projector"
        )
    for name in names:
        module = model.get_submodule(name)
        module.requires_grad_(True)
        module.float()  # small, and steps of 16 bits would be lost in it
    return model


def _with_lora(model: Any, recipe: Recipe) -> Any:
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - of another extra than the engine

    kept = joints(model) if recipe.projector else None
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        # The language half alone: vision towers have projections of the same names.
        target_modules=rf"^(?!.*{_TOWER}).*\.(?:{'|'.join(recipe.targets)})$",
        modules_to_save=kept,  # an adapter is whole: it carries the projector that it was trained with
        task_type="CAUSAL_LM",
    )
    try:
        with quiet():
            found = get_peft_model(model, config)
    except ValueError as error:
        names = sorted({name.rpartition(".")[2] for name, one in model.named_modules() if isinstance(one, _Linear)})
        raise UsageError(
            f"no layer of the language model is called {', '.join(recipe.targets)}; there are: {', '.join(names)}"
        ) from error
    for parameter in found.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()  # updates of 16 bits would be lost
    return found


_Linear = torch.nn.Linear


def save(model: Any, recipe: Recipe, folder: Path) -> None:
    """Write the adapter, or the projector, into the folder."""
    if recipe.stage == "projector":
        found = {
            f"{name}.{key}": value.detach().cpu().contiguous()
            for name in joints(model)
            for key, value in model.get_submodule(name).state_dict().items()
        }
        save_file(found, folder / PROJECTOR)
        return
    with quiet():
        model.save_pretrained(folder)


def load_projector(model: Any, folder: Path) -> None:
    """Put a trained projector into the model. Raises UsageError where there is none, or not of this model."""
    path = folder / PROJECTOR
    if not path.is_file():
        raise UsageError(f"{folder} has no {PROJECTOR}; make it with `docproc train --stage projector`")
    names = set(model.state_dict())
    weights = load_file(path)
    if odd := sorted(set(weights) - names):
        raise UsageError(f"{path} is of another model: this one has no {odd[0]}")
    model.load_state_dict(weights, strict=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' notes on their own future, and their progress bars."""
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)
            warnings.filterwarnings("ignore", "Could not find a config file")
            yield
    finally:
        if bars:
            logging.enable_progress_bar()
