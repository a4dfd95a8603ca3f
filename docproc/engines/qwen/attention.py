"""Attention for grouped heads under a mask, without copying keys and values for every query head.

The stock SDPA path repeats keys and values once per query head of a group as soon as there is a mask and more than one
query. With 64 pages of 3,000 tokens in flight that is gigabytes a layer and step. Here the query heads of a group stand
behind one another as further queries of their one key head, which is the same sum.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
from transformers.modeling_utils import AttentionInterface

GROUPED = "docproc_grouped"  # the name under which transformers finds it


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


def use_grouped(model: Any) -> None:
    """Let the language half of a model that runs SDPA use it; the vision half stays as it is."""
    text = model.config.get_text_config()
    if text is model.config or text._attn_implementation != "sdpa":
        return
    AttentionInterface.register(GROUPED, grouped_attention)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)
    text._attn_implementation = GROUPED
