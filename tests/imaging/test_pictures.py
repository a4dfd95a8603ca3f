from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from docproc.imaging.pictures import Pictures
from docproc.imaging.values import RenderSettings


def sheet(mark: int) -> Image.Image:
    image = Image.new("L", (850, 1100), 255)
    ImageDraw.Draw(image).rectangle((100, 100, 100 + mark, 300), fill=0)
    return image


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "group4"])
def test_every_page_of_a_tiff_is_drawn(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "fax.tif"
    pages = [sheet(mark).convert("1") for mark in (40, 80, 120)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression=compression, dpi=(100, 100))
    assert Pictures().facts(path, None).page_count == 3
    drawn = [Pictures().draw(path, number, RenderSettings()) for number in (1, 2, 3)]
    inked = [sum(page.image.histogram()[:128]) for page in drawn]
    assert inked == sorted(set(inked))
    assert {page.image.size for page in drawn} == {(850, 1100)}


def test_a_camera_jpeg_with_a_second_picture_in_it_is_one_page(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    sheet(40).save(path, format="MPO", save_all=True, append_images=[sheet(80)])
    assert Pictures().facts(path, None).page_count == 1
    assert Pictures().draw(path, 1, RenderSettings()).image.size == (850, 1100)
