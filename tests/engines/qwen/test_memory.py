"""How many pages are in flight follows from the memory that is free."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from docproc.engines.qwen.memory import MOST_PAGES, ON_CPU, page_bytes, pages_in_flight, slot_bytes

GIB = 1 << 30
# Qwen3-VL-8B: 36 layers, 32 query and 8 key heads of 128.
TEXT = SimpleNamespace(
    num_key_value_heads=8,
    num_attention_heads=32,
    head_dim=128,
    hidden_size=4096,
    intermediate_size=12288,
    vocab_size=151_936,
)


def net(device: str) -> Any:
    return SimpleNamespace(text=TEXT, layers=36, most_together=8192, dtype=torch.bfloat16, device=torch.device(device))


def prompt(tokens: int = 2400, asked: int = 250, limits: tuple[int, ...] = (96,) * 8) -> Any:
    return SimpleNamespace(tokens=tokens, sight=SimpleNamespace(length=tokens - asked), limits=limits)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Bytes that are free on the GPU."""
    have = {"free": 60 * GIB}
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (have["free"], 80 * GIB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 18 * GIB)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 17 * GIB)
    return have


def test_a_token_of_qwen3_vl_8b_takes_144_kib() -> None:
    assert slot_bytes(net("cuda")) == 144 * 1024


def test_a_page_of_eight_short_asks_takes_less_than_a_gigabyte() -> None:
    assert 0.4 * GIB < page_bytes(net("cuda"), prompt()) < GIB


def test_more_memory_takes_more_pages_up_to_a_limit(free: dict[str, int]) -> None:
    counts = []
    for size in (1, 10, 30, 60, 200):
        free["free"] = size * GIB
        counts.append(pages_in_flight(net("cuda"), [prompt()], 0.85, 0))
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert counts[-1] == MOST_PAGES
    free["free"] = 60 * GIB
    assert pages_in_flight(net("cuda"), [prompt()], 0.4, 0) < pages_in_flight(net("cuda"), [prompt()], 0.85, 0)


def test_the_largest_page_decides(free: dict[str, int]) -> None:
    both = pages_in_flight(net("cuda"), [prompt(), prompt(tokens=16_000)], 0.85, 0)
    assert both == pages_in_flight(net("cuda"), [prompt(tokens=16_000)], 0.85, 0)


def test_a_setting_is_a_ceiling_on_a_gpu_and_the_number_on_a_cpu(free: dict[str, int]) -> None:
    assert pages_in_flight(net("cuda"), [prompt()], 0.85, 3) == 3
    free["free"] = GIB
    assert pages_in_flight(net("cuda"), [prompt()], 0.85, 3) == 1
    assert pages_in_flight(net("cpu"), [prompt()], 0.85, 0) == ON_CPU
    assert pages_in_flight(net("cpu"), [prompt()], 0.85, 9) == 9


def test_a_page_that_is_repeated_for_each_ask_takes_its_memory_as_often(free: dict[str, int]) -> None:
    once, each = page_bytes(net("cuda"), prompt()), page_bytes(net("cuda"), prompt(), repeated=True)
    assert each - once == 7 * (2400 - 250) * slot_bytes(net("cuda")) + 7 * 250 * (2400 - 250) * 4 * 4
    free["free"] = 30 * GIB
    assert pages_in_flight(net("cuda"), [prompt()], 0.85, 0, True) < pages_in_flight(net("cuda"), [prompt()], 0.85, 0)
