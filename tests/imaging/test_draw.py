"""Boxes drawn on pages, and pieces cut out of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from docproc.core.boxes import Box
from docproc.core.errors import NotFound, PageFailed
from docproc.imaging.crop import crop, open_image
from docproc.imaging.draw import draw
from docproc.imaging.store import ImageStore
from tests.imaging.papers import png


@pytest.mark.parametrize("size", [(300, 420), (1240, 1754), (60, 40)])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_answers_are_drawn_on_pages_of_any_size_and_kind(tmp_path: Path, size: tuple[int, int], mode: str) -> None:
    Image.new(mode, size, 1 if mode == "1" else "white").save(tmp_path / "page.png")
    labelled = [
        ("total", Box(0.8, 0.0, 1.0, 0.03), 0.97),
        ("total", Box(0.1, 0.5, 0.2, 0.52), 0.2),
        ("a_key_that_is_longer_than_the_page_is_wide" * 2, Box(0.5, 0.5, 0.5, 0.5), 1.0),
    ]
    draw(tmp_path / "page.png", labelled, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as out:
        assert (out.size, out.format, out.mode) == (size, "PNG", "RGB")
        assert len(out.getcolors(1 << 24) or []) > 4


def test_a_small_box_is_seen_within_a_large_one_whatever_the_order(tmp_path: Path) -> None:
    Image.new("L", (800, 800), 255).save(tmp_path / "page.png")
    small, large = ("value", Box(0.4, 0.4, 0.5, 0.45), 0.9), ("table", Box(0.1, 0.1, 0.9, 0.9), 0.9)
    outs = []
    for number, labelled in enumerate(([small, large], [large, small])):
        draw(tmp_path / "page.png", labelled, tmp_path / f"{number}.png")
        outs.append((tmp_path / f"{number}.png").read_bytes())
        with Image.open(tmp_path / f"{number}.png") as out:
            assert out.getpixel((360, 340)) != out.getpixel((360, 500))


def test_labels_do_not_hide_each_other(tmp_path: Path) -> None:
    Image.new("L", (1000, 1000), 255).save(tmp_path / "page.png")
    box = Box(0.4, 0.4, 0.42, 0.41)
    draw(tmp_path / "page.png", [("one", box, 1.0), ("two", box, 1.0)], tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as out:
        colours = {colour for _, colour in out.getcolors(1 << 24) or []}
    assert {(0x00, 0x72, 0xB2), (0xB3, 0x47, 0x00)} <= colours


def test_a_piece_of_a_page_is_cut_out_by_fractions(tmp_path: Path) -> None:
    image = Image.new("L", (100, 200), 255)
    image.paste(0, (50, 100, 100, 200))
    assert crop(image, Box(0.5, 0.5, 1, 1)).getextrema() == (0, 0)
    assert crop(image, Box(0, 0, 0.5, 0.5)).size == (50, 100)
    assert crop(image, Box(1.2, 1.2, 1.3, 1.3)).size == (1, 1)
    assert crop(image, Box(0.5, 0.5, 0.5, 0.5)).size == (1, 1)


def test_stored_images_open_and_bad_ones_say_what_is_wrong(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    Image.new("L", (10, 10), 255).save(tmp_path / "good.png")
    assert open_image(store, "good.png").size == (10, 10)
    with pytest.raises(NotFound):
        open_image(store, "gone.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    with pytest.raises(PageFailed, match="damaged"):
        open_image(store, "cut.png")
    (tmp_path / "bomb.png").write_bytes(png((100_000, 100_000)))
    with pytest.raises(PageFailed, match="the limit of"):
        open_image(store, "bomb.png")
