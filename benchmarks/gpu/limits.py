"""What the device can do at most, measured in the same run, and what the work needs, counted from the model.

Taking a page in is bound by arithmetic: 2 operations for each weight and token, and attention. Saying a token is bound
by memory: all weights of the language model and all keys and values are read for each step of the batch.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch


def wait(device: str) -> None:
    """Until the device has done all that it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def matmul_flops(device: str, dtype: torch.dtype) -> float:
    """Operations a second of a large matrix product, the best of a few."""
    side, rounds = (8192, 20) if device == "cuda" else (768, 6)
    one, other = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / _best(device, rounds, lambda: one @ other)


def bandwidth(device: str) -> float:
    """Bytes a second of a large copy, read and written, the best of a few."""
    size = 1 << 31 if device == "cuda" else 1 << 27
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * size / _best(device, 10, lambda: target.copy_(source))


def prefill_flops(model: Any, tokens: int, patches: Sequence[int]) -> float:
    """Operations to take in a page of `tokens` tokens whose images have `patches` patches each, without output."""
    text, seen = model.config.get_text_config(), sum(patches)
    heads = text.num_attention_heads
    width = heads * (getattr(text, "head_dim", None) or text.hidden_size // heads)
    language = 2 * _weights(model.model.language_model.layers) * tokens
    language += text.num_hidden_layers * 4 * width * tokens**2 / 2  # a token sees those before it
    visual, vision = model.model.visual, model.config.vision_config
    hidden = getattr(vision, "embed_dim", None) or vision.hidden_size
    blocks = 2 * _weights(visual.blocks) * seen
    full = getattr(vision, "fullatt_block_indexes", None)
    wide = len(full) if full else vision.depth
    window = (getattr(vision, "window_size", 112) // vision.patch_size) ** 2
    attention = 4 * hidden * (wide * sum(count**2 for count in patches) + (vision.depth - wide) * window * seen)
    merged = seen // vision.spatial_merge_size**2
    rest = 2 * _weights(visual.patch_embed) * seen + 2 * _weights(visual.merger) * merged
    deep = getattr(visual, "deepstack_merger_list", None)
    rest += 2 * _weights(deep) * merged if deep is not None else 0
    return float(language + blocks + attention + rest)


def weight_bytes(model: Any) -> int:
    """Bytes that are read for every step: the language model's layers and the output layer."""
    layers = sum(weight.nbytes for weight in model.model.language_model.layers.parameters())
    return int(layers + model.get_output_embeddings().weight.nbytes)


def slot_bytes(model: Any) -> int:
    """Bytes of the keys and values of one token."""
    text = model.config.get_text_config()
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * text.num_key_value_heads * size * model.dtype.itemsize)


def _weights(module: Any) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.ndim > 1)


def _best(device: str, rounds: int, work: Any) -> float:
    best = float("inf")
    for _ in range(rounds):
        wait(device)
        began = time.perf_counter()
        work()
        wait(device)
        best = min(best, time.perf_counter() - began)
    return best
