"""What only a CUDA device shows: bfloat16, the shared page beside the plain loop in it, and memory that really ends."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from docproc.core.questions import Question
from docproc.core.types import Page, Prompt
from docproc.engines.qwen import QwenEngine, create
from docproc.imaging.store import ImageStore
from tests.models.small import build

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]
ASKS = tuple(Question(key, f"What is the {key}?", "string") for key in ("title", "author", "total", "currency"))
FAMILIES = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")
WORDS = ("Invoice 4711", "Letter to somebody", "Report of 1999", "Total 128.50 EUR")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def pages(images: ImageStore, count: int, size: tuple[int, int] = (448, 640)) -> list[Page]:
    made = []
    for number in range(1, count + 1):
        image = Image.new("RGB", size, "white")
        font = ImageFont.load_default(size=32)
        ImageDraw.Draw(image).text((20, 40), WORDS[number % len(WORDS)], fill="black", font=font)
        file = io.BytesIO()
        image.save(file, "PNG")
        made.append(Page("c" * 64, number, images.put(file.getvalue(), ".png"), *size, 150))
    return made


def prompts(images: ImageStore, count: int) -> list[Prompt]:
    return [Prompt((page,), ASKS) for page in pages(images, count)]


def engine(folder: Path, images: ImageStore, **settings: str) -> QwenEngine:
    return create({"model": str(folder), "max_new_tokens": "16", "boxes": "never", **settings}, images)


def texts(asked: QwenEngine, given: list[Prompt]) -> list[str]:
    try:
        return [reply.text for completion in asked.complete(given) for reply in completion.replies]
    finally:
        asked.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_is_loaded_in_bfloat16_onto_the_gpu_and_answers(
    family: str, tmp_path: Path, images: ImageStore
) -> None:
    asked = engine(build(tmp_path / "model", family), images)
    replies = texts(asked, prompts(images, 2))
    assert len(replies) == 2 * len(ASKS)
    assert all(reply.startswith("{") for reply in replies)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_three_ways_say_the_same_in_float32(family: str, tmp_path: Path, images: ImageStore) -> None:
    # Full float32: TF32 rounds to ten bits, and near-ties of a random model then fall differently.
    torch.backends.cuda.matmul.allow_tf32 = False
    folder, given = build(tmp_path / "model", family, layers=4), prompts(images, 3)
    plain, packed, expanded = (
        texts(engine(folder, images, way=way, dtype="float32", constrain="off"), given)
        for way in ("plain", "packed", "expanded")
    )
    assert packed == plain
    assert expanded == plain


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_asks_have_the_logits_of_the_plain_loop_within_bfloat16(
    family: str, tmp_path: Path, images: ImageStore
) -> None:
    folder, given = build(tmp_path / "model", family, layers=4, gain=1.0), prompts(images, 1)
    first: dict[str, Any] = {}
    for way in ("plain", "packed"):
        asked = engine(folder, images, way=way, constrain="off", max_new_tokens="1")
        (completion,) = asked.complete(given)
        first[way] = torch.tensor([reply.logprob for reply in completion.replies])
        asked.close()
    assert torch.allclose(first["plain"], first["packed"], atol=0.15)


@pytest.fixture
def little_memory() -> Iterator[float]:
    """Most of the device's memory is taken away from this process; yields the bytes that are left."""
    torch.cuda.empty_cache()
    _, whole = torch.cuda.mem_get_info()
    left = torch.cuda.memory_allocated() + 1.0e9
    torch.cuda.set_per_process_memory_fraction(min(1.0, left / whole))
    yield left
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def test_where_memory_ends_the_batch_is_halved_and_every_page_is_answered(
    tmp_path: Path, images: ImageStore, little_memory: float
) -> None:
    # Half a MB of keys and values a token: 64 pages of some 400 tokens are far more than is left, a few are not.
    folder = build(tmp_path / "model", "qwen3_vl", layers=64, heads=16, kv_heads=16, head_dim=128, hidden=128)
    given = prompts(images, 64)
    asked = engine(folder, images, batch="64", way="packed")
    alone = engine(folder, images, batch="1", way="packed")
    torch.cuda.reset_peak_memory_stats()
    replies = texts(asked, given)
    peak = torch.cuda.max_memory_allocated()
    assert len(replies) == 64 * len(ASKS)
    assert peak <= little_memory
    assert len(texts(alone, given[:2])) == 2 * len(ASKS)


def test_what_doctor_sees_is_what_torch_sees() -> None:
    from docproc.engines.qwen.hardware import seen

    found = seen()
    assert found is not None
    assert [device.name for device in found.devices] == [
        torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())
    ]
    assert all(0 < device.free <= device.memory for device in found.devices)
