"""What is trained, and how: written beside the adapter, so that it can be made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from docproc.core.errors import UsageError

FILE = "recipe.json"
Stage = Literal["instruct", "projector"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The defaults are those of LLaVA's LoRA and Qwen's own fine-tuning, in effect 8 pages a step.

    `rank`, `alpha`, `dropout` and `targets` are LoRA's (Hu et al., ICLR 2022): an update is scaled by alpha / rank.
    `rate` is the highest learning rate, reached after `warmup` (a share of the steps), then a cosine down to 0.
    `stage`: "projector" trains nothing but what joins vision tower and language model (LLaVA's first stage),
    "instruct" a LoRA adapter with everything else frozen. `projector`: a folder of such a first stage, to begin with.
    `shared`: all turns of a page behind one copy of it, in one row. `steps`: 0 for all of `epochs`. `tiles` are the
    engine's settings of how a page is shown. `dtype`: "auto" is bfloat16 on a GPU that has it, float32 on a CPU.
    """

    model: str
    revision: str = ""
    stage: Stage = "instruct"
    projector: str = ""
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")
    rate: float = 2e-5
    warmup: float = 0.03
    epochs: float = 3.0
    steps: int = 0
    batch: int = 1
    accumulation: int = 8
    clip: float = 1.0
    seed: int = 1
    shared: bool = True
    dtype: str = "auto"
    device: str = "auto"
    threads: int = 0
    checkpoint: int = 50
    tiles: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path, more: Mapping[str, Any]) -> None:
        """Write `recipe.json`; `more` is what came of it: data hash, losses, versions."""
        text = json.dumps({**asdict(self), **more}, indent=2, ensure_ascii=False, default=list)
        partial = folder / f".{FILE}.part"
        partial.write_text(text + "\n", "utf-8")
        partial.replace(folder / FILE)


def check(recipe: Recipe) -> Recipe:
    """The recipe. Raises UsageError for a value outside of what makes sense."""
    faults = [
        (recipe.stage not in get_args(Stage), f"stage {recipe.stage!r}; there are {', '.join(get_args(Stage))}"),
        (recipe.rank < 1 or recipe.alpha < 1, "rank and alpha are whole numbers from 1"),
        (not 0 <= recipe.dropout < 1, "dropout is a share from 0 to below 1"),
        (not 0 < recipe.rate < 1, "the learning rate is above 0 and below 1"),
        (not 0 <= recipe.warmup < 1, "warm-up is a share of the steps from 0 to below 1"),
        (recipe.epochs <= 0 or recipe.steps < 0, "epochs are above 0, steps from 0 (0: as many as the epochs take)"),
        (recipe.batch < 1 or recipe.accumulation < 1, "batch and accumulation are whole numbers from 1"),
        (recipe.checkpoint < 1, "checkpoints are so many steps apart: a whole number from 1"),
        (not recipe.targets, "at least one projection is a target"),
    ]
    for wrong, said in faults:
        if wrong:
            raise UsageError(f"this cannot be trained: {said}")
    return recipe
