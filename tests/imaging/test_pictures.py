from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from docproc.core.errors import PageFailed
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


@pytest.mark.parametrize(("shape", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_an_upright_image_within_the_limits_is_kept_byte_for_byte(tmp_path: Path, shape: str, suffix: str) -> None:
    path = tmp_path / "page"
    sheet(40).save(path, shape, dpi=(100, 100))
    drawn = Pictures().draw(path, 1, RenderSettings())
    assert drawn.as_is == (path.read_bytes(), suffix)
    assert drawn.dpi == pytest.approx(100, abs=1)
    assert (drawn.picture, drawn.layer) == (1.0, None)


def test_a_photo_that_says_which_way_is_up_is_turned_that_way(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    turned = sheet(40).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise to stand upright
    turned.save(path, exif=exif, quality=95)
    drawn = Pictures().draw(path, 1, RenderSettings())
    assert drawn.image.size == (850, 1100)
    assert drawn.as_is is None
    assert drawn.image.getpixel((120, 200)) < 60  # type: ignore[operator]  # one band gives one number
    small = Pictures().draw(path, 1, RenderSettings(max_pixels=93_500))
    assert small.image.size == (268, 347)
    assert small.downscaled


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.new("RGBA", (90, 90), (0, 0, 0, 0)).save(path)
    drawn = Pictures().draw(path, 1, RenderSettings())
    assert (drawn.image.mode, drawn.image.getpixel((5, 5)), drawn.as_is) == ("RGB", (255, 255, 255), None)


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "P", "CMYK", "LA", "1"])
def test_images_of_all_modes_become_gray_or_colour(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "page.tif"
    source = {"I;16": 60000, "I": 60000, "F": 200.0}.get(mode)
    image = Image.new("L", (80, 80), 255).convert(mode) if source is None else Image.new(mode, (80, 80), source)
    image.save(path, "TIFF")
    drawn = Pictures().draw(path, 1, RenderSettings())
    assert drawn.image.mode in ("L", "RGB")
    low, _ = drawn.image.convert("L").getextrema()
    assert low > 200  # type: ignore[operator]  # one band gives one pair of numbers


def test_an_image_over_the_pixel_budget_is_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    sheet(40).save(path, dpi=(100, 100))
    drawn = Pictures().draw(path, 1, RenderSettings(max_pixels=100_000))
    assert drawn.image.width * drawn.image.height <= 100_000
    assert drawn.image.width / drawn.image.height == pytest.approx(850 / 1100, rel=0.02)
    assert drawn.downscaled
    assert drawn.dpi == pytest.approx(100 * drawn.image.height / 1100, rel=0.02)


def test_an_image_that_is_cut_off_fails(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    sheet(400).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(PageFailed, match="cannot be decoded"):
        Pictures().draw(path, 1, RenderSettings())
