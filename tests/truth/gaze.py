"""Where two heads of the language model look while a value is said: taught to be the token that shows it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb

from tests.truth.packing import PAGE, Batch


class Gaze:
    """Watches the attention of one layer; `heads` are those that are taught, each with its own keys."""

    def __init__(self, attention: Any, heads: tuple[int, ...]) -> None:
        self._attention, self._heads = attention, heads
        self._seen: dict[str, Any] = {}
        attention.register_forward_pre_hook(lambda _, __, given: self._seen.update(given), with_kwargs=True)

    def loss(self, batch: Batch) -> Tensor:
        """The mean negative log of the attention that falls on the tokens that show what is said next."""
        queries, keys = self._projected()
        tags, allowed = batch.tags, batch.mask[:, 0]
        rows, at = ((tags > 0) & (batch.owners >= 0)).nonzero(as_tuple=True)
        shown = (tags[rows] == tags[rows, at][:, None]) & (batch.owners[rows] == PAGE)
        there = shown.any(1)
        rows, at, shown = rows[there], at[there], shown[there]
        losses = []
        for head in self._heads:
            of_group = keys[:, head * keys.shape[1] // queries.shape[1]]
            scores = torch.einsum("nd,ntd->nt", queries[:, head][rows, at], of_group[rows]) * self._attention.scaling
            scores = scores.masked_fill(~allowed[rows, at], float("-inf"))
            right = scores.masked_fill(~shown, float("-inf")).logsumexp(1)
            losses.append((scores.logsumexp(1) - right).mean())
        return torch.stack(losses).mean() if len(rows) else queries.sum() * 0

    def _projected(self) -> tuple[Tensor, Tensor]:
        """Queries and keys, (rows, heads, length, width), as the layer computes them."""
        attention, states = self._attention, self._seen["hidden_states"]
        shape = (*states.shape[:-1], -1, attention.head_dim)
        queries = attention.q_norm(attention.q_proj(states).view(shape)).transpose(1, 2)
        keys = attention.k_norm(attention.k_proj(states).view(shape)).transpose(1, 2)
        turned: tuple[Tensor, Tensor] = apply_rotary_pos_emb(queries, keys, *self._seen.pop("position_embeddings"))
        return turned
