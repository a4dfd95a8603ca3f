"""Small models with random weights, real in everything else: architecture, tokenizer, processor files, chat template.

`build` writes a folder as it would be downloaded, so that what opens it opens the published models as well.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.models.families import FAMILIES, QWEN, UNBUILT, known
from tests.models.sizes import MILLIONS_38, MILLIONS_137, Size
from tests.models.words import PAD, tokenizer

__all__ = ["FAMILIES", "MILLIONS_38", "MILLIONS_137", "QWEN", "UNBUILT", "Size", "build", "known", "spread"]


def build(
    folder: Path, family: str, *, seed: int = 0, gain: float = 2.5, base: Size | None = None, **size: Any
) -> Path:
    """Write a small model of the family into the folder and return it.

    `size` names fields of `Size` that differ from `base`. Weights are drawn from `seed` with a spread of `gain` over
    the root of the fan-in: at 2.5 the greedy reply depends on the image as well as on the question; at 0.02 (what the
    libraries draw) it depends on neither.
    """
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText, GenerationConfig

    shape = replace(base or Size(), **size)
    made = FAMILIES[family]
    words = tokenizer(shape.vocabulary, special=made.special, named=made.named, template=made.template)
    config = AutoConfig.for_model(family, **made.configure(shape, words))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForImageTextToText.from_config(config, dtype=torch.float32).eval()
        spread(model, gain)
    ends, pad = [words.convert_tokens_to_ids(token) for token in (made.end, PAD)], words.convert_tokens_to_ids(PAD)
    model.generation_config = GenerationConfig(do_sample=False, eos_token_id=ends, pad_token_id=pad)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    for name, content in made.files(shape).items():
        (folder / name).write_text(json.dumps(content, indent=2), "utf-8")
    return folder


def spread(model: Any, gain: float) -> None:
    """Draw the weights anew, in place: embeddings of spread 1, matrices of `gain` over the root of their fan-in.

    Linear attention is made to forget a hundredth of its state per token; as drawn it would forget the page at once.
    """
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("A_log"):
                weight.uniform_(-8, -4)
            if weight.ndim < 2:
                continue
            fan_in = weight.shape[-1] if "experts" in name else weight[0].numel()
            weight.normal_(0, 1.0 if "embed_tokens" in name else gain / fan_in**0.5)
