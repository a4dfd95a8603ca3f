"""Attention by SDPA, without the detours of the stock path.

Language: under a mask, the stock path repeats keys and values once per query head of a group as soon as there is more
than one query. With 64 pages of 3,000 tokens in flight that is gigabytes a layer and step. Here the query heads of a
group stand behind one another as further queries of their one key head, which is the same sum.

Vision: the stock path runs image after image, window after window (117 windows for an A4 page at Qwen2.5-VL), and waits
for the GPU in each layer to learn where they end. Here those of one length run together, and it waits once.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
from transformers.modeling_utils import AttentionInterface

from docproc.engines.qwen.families import family_of

# The names under which transformers finds them. "flash" in a name makes a vision half give all chunks in one call.
GROUPED, CHUNKED = "docproc_grouped", "docproc_flash_like_chunks"
KEPT = "_docproc_chunks"


def grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of `query` (rows, query heads, n, d) to `key` and `value` (rows, key heads, m, d).

    `attention_mask` is (rows or 1, 1, n, m), bool (True: may see) or to be added. Returns (rows, n, query heads, d).
    Query head h belongs to key head h // group, as in `repeat_interleave`.
    """
    rows, heads, count, size = query.shape
    kinds = key.shape[1]
    group = heads // kinds
    odd = module.training or more.get("position_bias") is not None or more.get("softcap") is not None
    if odd or attention_mask is None or group == 1 or attention_mask.shape[1] != 1:
        out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **more)
        return out, None
    mask = attention_mask.repeat(1, 1, group, 1)  # the queries of the group's first head, then of its second, …
    folded = query.reshape(rows, kinds, group * count, size)
    out = scaled_dot_product_attention(folded, key, value, attn_mask=mask, scale=scaling)
    return out.reshape(rows, heads, count, -1).transpose(1, 2).contiguous(), None


def chunked_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Attention within chunks (images, windows) of one row: `query`, `key`, `value` (1, heads, n, d).

    `cu_seq_lens_q` says where the chunks begin and end, from 0 to n. Returns (1, n, heads, d).
    """
    bounds = more.get("cu_seq_lens_q")
    if bounds is None:
        out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, is_causal=False)
        return out, None
    heads, count, size = query.shape[1:]
    out = query.new_empty((count, heads, size))
    for places, (many, length) in _alike(bounds, query.device):
        shape = (heads, many, length, size)
        asks, keys, values = (states[0, :, places].reshape(shape).transpose(0, 1) for states in (query, key, value))
        told = scaled_dot_product_attention(asks, keys, values, scale=scaling)
        out[places] = told.transpose(1, 2).reshape(many * length, heads, size)
    return out[None], None


Chunks = list[tuple[slice | torch.Tensor, tuple[int, int]]]


def _alike(bounds: torch.Tensor, device: torch.device) -> Chunks:
    """The chunks of each length together: where their tokens stand, how many they are and how long.

    Kept with `bounds`, which is the same tensor in all layers of a page: to read it is to wait for the GPU.
    """
    kept: Chunks | None = getattr(bounds, KEPT, None)
    if kept is not None:
        return kept
    ends = bounds.tolist()
    starts: dict[int, list[int]] = {}
    for start, end in pairwise(ends):
        starts.setdefault(end - start, []).append(start)
    found: Chunks = []
    for length, begins in starts.items():
        many = len(begins)
        if begins == list(range(begins[0], begins[0] + many * length, length)):
            found.append((slice(begins[0], begins[0] + many * length), (many, length)))
        else:
            places = (torch.tensor(begins)[:, None] + torch.arange(length)).flatten()
            found.append((places.to(device), (many, length)))
    setattr(bounds, KEPT, found)
    return found


def use_grouped(model: Any) -> None:
    """Let a model that runs SDPA use these: the language half of any, the vision half of those that read images of all
    sizes in one row.
    """
    config = model.config
    text, vision = config.get_text_config(), getattr(config, "vision_config", None)
    if text is config or text._attn_implementation != "sdpa":
        return
    AttentionInterface.register(GROUPED, grouped_attention)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)
    text._attn_implementation = GROUPED
    if family_of({"model_type": config.model_type}).native and vision is not None:
        AttentionInterface.register(CHUNKED, chunked_attention)
        vision._attn_implementation = CHUNKED
