"""LoRA steps of the product's Trainer with a clock: pages and tokens a second, the share of the chip's arithmetic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.limits import prefill_flops
from benchmarks.support.models import ASKS
from docproc.core.prompts import SYSTEM, question_text
from docproc.core.types import Page
from docproc.engines._looking import tiling_of
from docproc.engines.qwen.load import Loaded
from docproc.imaging.store import ImageStore
from docproc.training.collate import PAGE, Collator
from docproc.training.recipe import Recipe
from docproc.training.samples import Sample, samples
from docproc.training.told import Step
from docproc.training.trainer import Progress, trainer_of

WARM = 2  # steps before it counts: kernels are chosen, memory is taken
REPLY = '{"value":"Harbour & Sons Ltd"}'


def trained(
    loaded: Loaded, images: ImageStore, pages: list[Page], policy: str, steps: int, flops: float, folder: Path
) -> dict[str, Any]:
    """The figures of `steps` steps of one page with all its turns, after `WARM` others. The model keeps the adapter.

    A step needs the language half forward and back (to the activations alone: its weights are frozen) and the vision
    tower forward. On a GPU the forward half is computed twice; `share_of_arithmetic` counts it once,
    `share_with_recomputing` as it is done.
    """
    recipe = Recipe("random", steps=steps + WARM, accumulation=1, checkpoint=10**6, tiles={"tiles": policy})
    tiling = tiling_of(recipe.tiles, loaded.family.factor)
    collator = Collator(loaded, images, tiling, shared=True)
    taught = written(folder, pages)
    rows = [collator.row(sample) for sample in taught]
    tokens = sum(len(row.ids) for row in rows) / len(rows)
    need = [_flops(loaded, row) for row in rows]
    language, vision = (sum(part) / len(need) for part in zip(*need, strict=True))
    gpu = loaded.net.device.type == "cuda"
    if gpu:
        torch.cuda.reset_peak_memory_stats()
    told: list[Step] = []
    trainer = trainer_of(recipe, loaded, collator, (taught, ()), folder / "out")
    trainer.add_callback(Progress(told.append, lambda: False))
    trainer.train()
    counted = [step for step in told if step.loss is not None]
    seconds = (counted[-1].seconds - counted[WARM - 1].seconds) / steps
    return {
        "policy": policy,
        "turns": len(ASKS),
        "tokens_a_page": round(tokens),
        "pages_per_second": round(1 / seconds, 3),
        "tokens_per_second": round(tokens / seconds),
        "share_of_arithmetic": round((2 * language + vision) / seconds / flops, 3),
        "share_with_recomputing": round(((3 if gpu else 2) * language + vision) / seconds / flops, 3),
        "peak_gb": round(torch.cuda.max_memory_allocated() / 1e9, 2) if gpu else None,
    }


def written(folder: Path, pages: list[Page]) -> list[Sample]:
    """The pages as samples of a dataset folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "train.jsonl").open("w", encoding="utf-8") as file:
        for page in pages:
            told: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}]
            for number, ask in enumerate(ASKS):
                shown = [] if number else [{"type": "image", "image": f"images/{page.image}"}]
                told.append({"role": "user", "content": [*shown, {"type": "text", "text": question_text(ask)}]})
                told.append({"role": "assistant", "content": REPLY})
            file.write(json.dumps({"messages": told, "docproc": {"independent": True}}) + "\n")
    return samples(folder, "train")


def _flops(loaded: Loaded, row: Any) -> tuple[float, float]:
    """Operations of one pass through the language half, and through the vision half."""
    model, tokens = loaded.net.model, len(row.ids)
    patches = row.vision["image_grid_thw"].prod(-1).tolist()
    language = prefill_flops(model, tokens, [])
    taught = int((row.owners != PAGE).sum())  # about as many get logits
    output = 2 * model.get_output_embeddings().weight.numel() * taught
    return language + output, prefill_flops(model, tokens, patches) - language
