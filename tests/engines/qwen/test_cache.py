"""Keys and values in their slots, and attention to them, are what the stock cache and attention give."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import LlamaConfig
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from docproc.engines.qwen.attention import chunked_attention, grouped_attention
from docproc.engines.qwen.cache import SlotCache

HEADS, SIZE = 2, 4


def states(rows: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(rows, HEADS, count, SIZE), torch.randn(rows, HEADS, count, SIZE)


@pytest.fixture
def cache() -> SlotCache:
    torch.manual_seed(0)
    config = LlamaConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=HEADS)
    return SlotCache(config, rows=3, room=4)


def test_rows_are_written_by_themselves_and_go_on_together(cache: SlotCache) -> None:
    long, short, step = states(1, 6), states(1, 3), states(3, 2)
    cache.into(0)
    assert cache.get_seq_length() == 0
    assert cache.update(*long, 0)[0].shape[-2] == 6
    assert cache.get_seq_length() == 6
    cache.into(1)
    for layer in (0, 1):
        cache.update(*short, layer)
    cache.copy_row(1, [2])
    cache.join(6)
    keys, values = cache.update(*step, 0)
    assert keys.shape == values.shape == (3, HEADS, 8, SIZE)
    assert torch.equal(keys[0, :, :6], long[0][0])
    for row in (1, 2):
        assert torch.equal(values[row, :, :3], short[1][0])
        assert not values[row, :, 3:6].any()
    assert torch.equal(keys[:, :, 6:], step[0])


def test_it_grows_where_its_room_ends_and_keeps_what_it_has(cache: SlotCache) -> None:
    cache.join(0)
    told = [states(3, 1) for _ in range(100)]
    for step in told:
        keys, values = cache.update(*step, 1)
    assert torch.equal(keys, torch.cat([key for key, _ in told], 2))
    assert torch.equal(values, torch.cat([value for _, value in told], 2))


def test_a_row_goes_on_behind_its_own_beginning(cache: SlotCache) -> None:
    cache.into(1)
    first, more = states(1, 5), states(1, 3)
    cache.update(*first, 0)
    keys, _ = cache.update(*more, 0)
    assert torch.equal(keys, torch.cat([first[0], more[0]], 2))
    assert cache.get_seq_length() == 8


def test_rows_that_are_not_kept_are_gone(cache: SlotCache) -> None:
    cache.join(0)
    step = states(3, 2)
    for layer in (0, 1):
        cache.update(*step, layer)
    cache.keep(torch.tensor([2, 0]))
    keys, _ = cache.update(*states(2, 1), 0)
    assert torch.equal(keys[:, :, :2], step[0][[2, 0]])


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("kind", ["bool", "added", "none"])
def test_grouped_heads_see_what_repeated_keys_would_show(kind: str, count: int) -> None:
    torch.manual_seed(1)
    query = torch.randn(3, 8, count, 16)
    key, value = torch.randn(3, 2, 9, 16), torch.randn(3, 2, 9, 16)
    may = torch.rand(3, 1, count, 9) > 0.3
    may[..., 0] = True
    mask = {"bool": may, "added": torch.zeros(may.shape).masked_fill(~may, -1e9), "none": None}[kind]
    module: Any = SimpleNamespace(num_key_value_groups=4, is_causal=False, training=False)
    ours, _ = grouped_attention(module, query, key, value, mask, scaling=0.3)
    theirs, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=0.3)
    assert ours.shape == (3, count, 8, 16)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("lengths", [[7], [6, 6, 6], [6, 4, 4, 6, 5, 4], [1, 1, 8]], ids=str)
def test_chunks_see_themselves_alone(lengths: list[int]) -> None:
    torch.manual_seed(2)
    query, key, value = (torch.randn(1, 4, sum(lengths), 8) for _ in range(3))
    module: Any = SimpleNamespace(num_key_value_groups=1, is_causal=False, training=False)
    bounds = torch.tensor([0, *lengths], dtype=torch.int32).cumsum(0)
    parts = zip(*(states.split(lengths, 2) for states in (query, key, value)), strict=True)
    theirs = [sdpa_attention_forward(module, *part, None, scaling=0.5)[0] for part in parts]
    for _ in range(2):  # the second time from what is kept
        ours, _ = chunked_attention(module, query, key, value, None, scaling=0.5, cu_seq_lens_q=bounds)
        torch.testing.assert_close(ours, torch.cat(theirs, 1))
