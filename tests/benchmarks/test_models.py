"""What the benchmarks of models compare is comparable."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.support.bare_model import BareModel
from benchmarks.support.models import ASKS, Laps, Textbook, by_turns, opened
from docproc.core.types import Page, Prompt
from docproc.engines._looking import look, tiling_of
from docproc.imaging.store import ImageStore
from tests.models.small import build

# No image has fewer than 65,536 pixels: the stock processor of Qwen3-VL would enlarge it.
SHOWN = {"tiles": "tiles", "overview_tokens": "90", "tile": "384", "grids": "1x2"}
FACTORS = {"qwen2_vl": 28, "qwen2_5_vl": 28, "qwen3_vl": 32}


def page(images: ImageStore) -> Page:
    image = Image.new("RGB", (480, 680), "white")
    ImageDraw.Draw(image).text(
        (20, 40), "Invoice 4711\n\n\n\nTotal 12", fill="black", font=ImageFont.load_default(size=32)
    )
    file = io.BytesIO()
    image.save(file, "PNG")
    return Page("d" * 64, 1, images.put(file.getvalue(), ".png"), *image.size, 50)


@pytest.mark.parametrize("family", sorted(FACTORS))
def test_the_loop_of_the_model_cards_says_what_the_engine_says(family: str, tmp_path: Path) -> None:
    images = ImageStore(tmp_path / "images")
    folder = build(tmp_path / "model", family, layers=3)
    prompt = Prompt((page(images),), ASKS[:4])
    seen = [one.image for one in look(prompt, tiling_of(SHOWN, FACTORS[family]), images)]
    book = Textbook.of(folder, threads=1).page(seen, prompt.asks, 12)
    settings = {**SHOWN, "threads": "1", "max_new_tokens": "12", "constrain": "off", "boxes": "never"}
    with opened(folder, images, **settings) as engine:
        (said,) = engine.complete([prompt])
    assert len(seen) > 1
    assert [reply.text for reply in said.replies] == book
    assert len(set(book)) > 1


def test_the_bare_passes_go_through_to_their_end(tmp_path: Path) -> None:
    images = ImageStore(tmp_path / "images")
    folder = build(tmp_path / "model", "qwen3_vl")
    prompt = Prompt((page(images),), ASKS[:2])
    with opened(folder, images, **SHOWN, threads="1", max_new_tokens="8", boxes="never") as engine:
        bare = BareModel(engine, [[prompt], [prompt, prompt]])
        bare.run()
        bare.run()


def test_ways_take_turns_at_being_first() -> None:
    order: list[str] = []
    laps = by_turns(lambda _: None, 2, {"one": lambda: order.append("one"), "two": lambda: order.append("two")})
    assert order == ["one", "two", "two", "one"]
    assert len(laps.seconds["one"]) == 2


def test_a_ratio_is_how_many_times_faster_the_second_is() -> None:
    laps = Laps({"slow": [(8.0, 4.0), (9.0, 4.0), (1.0, 4.0)], "fast": [(2.0, 2.0), (3.0, 1.0), (1.0, 2.0)]})
    assert laps.ratio("slow", "fast") == 3.0
    assert laps.ratio("slow", "fast", 1) == 2.0
    assert laps.least("fast") == 1.0
