"""What engines with a vision model are shown of a prompt's pages, and the settings for it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from docproc.core.errors import NotFound, PageFailed, UsageError
from docproc.core.tiles import GRIDS, Tiling
from docproc.core.types import Manner, Page, Prompt, Reading
from docproc.engines._looking import Seen, look, opening, tiling_of
from docproc.imaging.crop import open_image
from docproc.imaging.store import ImageStore

SMALL = Tiling(factor=32, tile=192, grids=((2, 1), (1, 1)), overlap=32, overview_tokens=18)
STRIP = (352, 192)
INKED = ((20, 20), (300, 150))


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path)


def stored(
    images: ImageStore,
    number: int = 1,
    size: tuple[int, int] = STRIP,
    turn: int = 0,
    at: tuple[tuple[int, int], ...] = INKED,
) -> Page:
    """A page with a black square at each of the places, stored as PNG, and read as turned by `turn`."""
    image = Image.new("RGB", size, "white")
    for x, y in at:
        ImageDraw.Draw(image).rectangle((x, y, x + 19, y + 19), fill="black")
    if turn:
        image = image.rotate(-turn, expand=True)
    file = io.BytesIO()
    image.save(file, "PNG")
    name = images.put(file.getvalue(), ".png")
    reading = Reading("ocr", (), *size, turn=turn) if turn else None
    return Page("a" * 64, number, name, *image.size, 150, ocr=reading)


def shown(images: ImageStore, *pages: Page, tiling: Tiling = SMALL, manner: Manner | None = None) -> list[Seen]:
    return look(Prompt(pages, (), manner or Manner()), tiling, images)


def looks(seen: list[Seen]) -> list[tuple[int, str]]:
    return [(one.tile.page, one.tile.look) for one in seen]


def test_a_page_is_shown_as_overview_and_close_ups_in_rgb_of_the_canvas_size(images: ImageStore) -> None:
    page = stored(images)
    seen = shown(images, page)
    assert looks(seen) == [(1, "overview"), (1, "closeup"), (1, "closeup")]
    assert all((one.image.mode, one.image.size) == ("RGB", one.tile.canvas) for one in seen)
    pixels = open_image(images, page.image)
    assert seen[2].image.tobytes() == pixels.crop((160, 0, 352, 192)).tobytes()


def test_a_close_up_without_ink_is_left_out(images: ImageStore) -> None:
    seen = shown(images, stored(images, at=((300, 150),)))
    assert looks(seen) == [(1, "overview"), (1, "closeup")]
    assert seen[1].tile.crop == (160, 0, 352, 192)


def test_a_blank_page_is_shown_as_its_overview(images: ImageStore) -> None:
    assert looks(shown(images, stored(images, at=()))) == [(1, "overview")]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_lies_on_its_side_is_shown_upright(images: ImageStore, turn: int) -> None:
    upright = shown(images, stored(images))
    lying = shown(images, stored(images, turn=turn))
    assert [one.image.tobytes() for one in lying] == [one.image.tobytes() for one in upright]
    assert {one.tile.turn for one in lying} == {360 - turn}


def test_the_manner_turns_the_page_on(images: ImageStore) -> None:
    plain = shown(images, stored(images), tiling=Tiling("native"))
    again = shown(images, stored(images), tiling=Tiling("native"), manner=Manner(turn=90))
    assert again[0].image.tobytes() == plain[0].image.transpose(Image.Transpose.ROTATE_270).tobytes()
    lying = shown(images, stored(images, turn=90), tiling=Tiling("native"), manner=Manner(turn=90))
    assert lying[0].image.tobytes() == again[0].image.tobytes()


def test_a_closer_manner_shows_close_ups(images: ImageStore) -> None:
    second = Tiling("second_look", 32, tile=192, grids=((2, 1),), overlap=32, overview_tokens=18)
    assert looks(shown(images, stored(images), tiling=second)) == [(1, "overview")]
    closer = shown(images, stored(images), tiling=second, manner=Manner(closer=True))
    assert looks(closer) == [(1, "overview"), (1, "closeup"), (1, "closeup")]


@pytest.mark.parametrize(("count", "tokens"), [(2, 1426), (16, 1024), (40, 730)])
def test_several_pages_share_a_budget_but_each_has_its_overview(images: ImageStore, count: int, tokens: int) -> None:
    page = stored(images, size=(992, 1472))  # 31 x 46 tokens
    seen = shown(images, *[page] * count, tiling=Tiling("native", 32))
    assert looks(seen) == [(1, "page")] * count
    assert all(tokens * 0.95 <= one.tile.tokens(32) <= tokens for one in seen)


def test_several_pages_are_announced_and_one_is_not(images: ImageStore) -> None:
    one = shown(images, stored(images, 3))
    assert opening(one) == one
    two = shown(images, stored(images, 3), stored(images, 5))
    assert opening(two) == ["Page 3:", *two[:3], "Page 5:", *two[3:]]


def test_the_images_of_one_page_are_announced_once(images: ImageStore) -> None:
    seen = shown(images, stored(images, 1), stored(images, 2), tiling=Tiling("overview"))
    assert [part if isinstance(part, str) else part.tile.page for part in opening(seen)] == ["Page 1:", 1, "Page 2:", 2]


def test_a_lost_or_damaged_page_image_says_so(images: ImageStore) -> None:
    with pytest.raises(NotFound, match="aa/gone"):
        shown(images, Page("a" * 64, 1, "aa/gone.png", 10, 10, 150))
    name = images.put(b"\x89PNG\r\n\x1a\n no image", ".png")
    with pytest.raises(PageFailed, match="damaged"):
        shown(images, Page("a" * 64, 1, name, 10, 10, 150))


def test_settings_make_a_tiling() -> None:
    settings = {
        "tiles": "second_look",
        "page_tokens": "3000",
        "overview_tokens": " 500 ",
        "tile": "448",
        "grids": "1x1, 2x3",
        "overlap": "0",
        "model": "not for tiles",
    }
    assert tiling_of(settings, 28) == Tiling("second_look", 28, 3000, 500, 448, ((1, 1), (2, 3)), 0)


def test_without_settings_the_tiling_is_the_default() -> None:
    assert tiling_of({"tiles": "", "grids": " "}, 32) == Tiling(factor=32)
    assert len(GRIDS) == 36


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tiles", "anyres"),
        ("page_tokens", "3"),
        ("page_tokens", "many"),
        ("page_tokens", "-5"),
        ("page_tokens", "٣٣"),
        ("overview_tokens", "16385"),
        ("tile", "100"),
        ("tile", "4097"),
        ("grids", "2"),
        ("grids", "2x0"),
        ("grids", "33x1"),
        ("grids", "2x2,"),
        ("overlap", "1.5"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_is_wrong(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"^DOCPROC_QWEN_{name.upper()}={text}: "):
        tiling_of({name: text}, 32, "qwen")
