"""Tiles cut out of page images, and where a page has ink."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from docproc.core.boxes import Box
from docproc.core.tiles import Tile, Tiling, plan
from docproc.imaging.cut import Ink, cut, turned

A4 = (1240, 1754)
PAPER = 230


def noise(size: tuple[int, int], seed: int = 1) -> Image.Image:
    return Image.frombytes("RGB", size, Random(seed).randbytes(3 * size[0] * size[1]))


def page(mark: tuple[int, int, int, int], size: tuple[int, int] = A4) -> Image.Image:
    image = Image.new("RGB", size, (PAPER, PAPER, PAPER))
    image.paste((200, 0, 0), mark)
    return image


def red(image: Image.Image) -> Box | None:
    """Where an image is red rather than grey."""
    mask = Image.eval(image.getchannel("G"), lambda level: 255 if level < PAPER // 2 else 0)
    found = mask.getbbox()
    return None if found is None else Box(*found)


def test_pixels_are_copied_where_the_scale_is_one() -> None:
    image = noise((352, 192))
    tiling = Tiling(tile=192, overlap=32, overview_tokens=18, grids=((2, 1),))
    overview, left, right = (cut(image, tile) for tile in plan(1, image.size, tiling))
    assert left.tobytes() == image.crop((0, 0, 192, 192)).tobytes()
    assert right.tobytes() == image.crop((160, 0, 352, 192)).tobytes()
    assert overview.size == (192, 96)


def test_around_the_page_the_canvas_is_white() -> None:
    image = Image.new("RGB", (352, 192), (9, 9, 9))
    _, left, right = plan(1, image.size, Tiling("textbook", tile=192))
    assert cut(image, left).getcolors() == [(16 * 192, (255, 255, 255)), (176 * 192, (9, 9, 9))]
    assert cut(image, left).getpixel((15, 100)) == (255, 255, 255)
    assert cut(image, right).getpixel((176, 100)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "RGBA"])
def test_images_of_every_mode_become_rgb_of_the_canvas_size(mode: str) -> None:
    image = turned(Image.new("RGB", (400, 300), "white").convert(mode), 0)
    for tile in plan(1, image.size, Tiling(overview_tokens=30, tile=160)):
        shown = cut(image, tile)
        assert (shown.mode, shown.size) == ("RGB", tile.canvas)
        assert shown.getpixel((5, 5)) == (255, 255, 255)


def test_a_page_is_turned_clockwise_without_a_change_of_its_pixels() -> None:
    image = noise((7, 5))
    once = turned(image, 90)
    assert once.size == (5, 7)
    assert once.getpixel((4, 0)) == image.getpixel((0, 0))
    assert turned(turned(once, 180), 90).tobytes() == image.tobytes()
    assert turned(once, 270).tobytes() == image.tobytes()


@given(
    st.sampled_from(("native", "overview", "tiles", "second_look", "textbook")),
    st.sampled_from((28, 32)),
    st.sampled_from((0, 90, 180, 270)),
    st.booleans(),
    st.integers(0, 540),
    st.integers(0, 740),
)
@settings(deadline=None, max_examples=40)
def test_a_mark_on_the_page_is_seen_where_the_map_says(
    policy: str, factor: int, turn: int, closer: bool, x: int, y: int
) -> None:
    size = (620, 877)
    mark = (x, y, x + 80, y + 60)
    image = turned(page(mark, size), turn)
    box = Box(x / size[0], y / size[1], (x + 80) / size[0], (y + 60) / size[1])
    tiling = Tiling(policy, factor, tile=256, overview_tokens=300)  # type: ignore[arg-type]  # sampled as a str
    for tile in plan(1, size, tiling, turn, closer):
        expected, found = tile.from_page(box), red(cut(image, tile))
        if expected is None or min(expected.width, expected.height) < 2:
            continue
        assert found is not None
        assert all(abs(a - b) <= 1.5 for a, b in zip(found, expected, strict=True)), tile
        back, seen = tile.to_page(found), tile.to_page(expected)
        assert all(abs(a - b) * 620 * tile.scale <= 2.5 for a, b in zip(back, seen, strict=True))


def crops() -> list[Tile]:
    return list(plan(1, A4, Tiling())[1:])


def inked(image: Image.Image) -> list[tuple[int, int]]:
    """The left upper corners of the close-ups with ink."""
    ink = Ink(image)
    return [tile.crop[:2] for tile in crops() if ink.within(tile.crop)]


def rough(level: int, spread: float) -> Image.Image:
    """Paper with noise as of a scanner."""
    grain = Image.effect_noise(A4, spread)
    return Image.eval(grain, lambda value: max(0, min(255, value - 128 + level)))


@pytest.mark.parametrize("paper", [Image.new("RGB", A4, "white"), Image.new("L", A4, 90), rough(225, 12.0)])
def test_empty_paper_has_no_ink(paper: Image.Image) -> None:
    assert inked(paper) == []


def test_shading_across_a_page_is_no_ink() -> None:
    assert inked(Image.linear_gradient("L").resize(A4)) == []


def test_a_speck_is_no_ink() -> None:
    image = Image.new("L", A4, 255)
    image.paste(0, (300, 300, 302, 302))
    assert inked(image) == []


@pytest.mark.parametrize(("text", "paper"), [(0, 255), (150, 255), (255, 90), (235, 60)])
@pytest.mark.parametrize("digit", "1470")
def test_one_small_digit_is_ink_dark_pale_or_light_on_dark(digit: str, text: int, paper: int) -> None:
    image = Image.new("L", A4, paper)
    ImageDraw.Draw(image).text((1100, 1650), digit, fill=text, font=ImageFont.load_default(17))  # 8 points
    assert inked(image) == [crops()[-1].crop[:2]]


def test_coloured_ink_as_light_as_its_ground_is_ink() -> None:
    image = Image.new("RGB", A4, (120, 160, 60))
    ImageDraw.Draw(image).text((200, 200), "Total", fill=(120, 110, 180), font=ImageFont.load_default(20))
    assert inked(image) == [(0, 0)]


def test_on_a_small_page_smaller_marks_are_ink() -> None:
    image = Image.new("RGB", (352, 192), "white")
    image.paste((100, 100, 100), (300, 90, 301, 94))  # the stroke of a small letter
    ink = Ink(image)
    assert not ink.within((0, 0, 192, 192))
    assert ink.within((160, 0, 352, 192))
