"""What a model is shown of a page, and the maps between a tile and its page."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from docproc.core.anyres import LEAST_TOKENS, MOST_TOKENS
from docproc.core.boxes import Box
from docproc.core.tiles import GRIDS, Policy, Tile, Tiling, plan, without_blank

A4 = (1240, 1754)  # at 150 dots per inch
SMALL = Tiling(factor=32, tile=192, grids=((1, 1), (1, 2), (2, 1), (2, 2), (3, 1)), overlap=32, overview_tokens=18)
STRIP = (352, 192)

lengths = st.one_of(st.integers(1, 400), st.integers(400, 6000))
sizes = st.tuples(lengths, lengths)
turns = st.sampled_from((0, 90, 180, 270))
policies = st.sampled_from(get_args(Policy))


@st.composite
def tilings(draw: st.DrawFn) -> Tiling:
    factor = draw(st.sampled_from((28, 32)))
    return Tiling(
        policy=draw(policies),
        factor=factor,
        page_tokens=draw(st.one_of(st.integers(4, 64), st.integers(64, 20_000))),
        overview_tokens=draw(st.integers(4, 2000)),
        tile=draw(st.one_of(st.none(), st.integers(4 * factor, 40 * factor))),
        grids=draw(st.one_of(st.just(()), st.lists(st.sampled_from(GRIDS), min_size=1, max_size=5).map(tuple))),
        overlap=draw(st.integers(0, 120)),
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[Tiling, bool, tuple[Tile, ...]]:
    tiling, closer = draw(tilings()), draw(st.booleans())
    return tiling, closer, plan(1, draw(sizes), tiling, draw(turns), closer)


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    return draw(st.sampled_from(draw(plans())[2]))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Fractions of a page."""
    x0, x1 = sorted(draw(st.floats(0, 1)) for _ in range(2))
    y0, y1 = sorted(draw(st.floats(0, 1)) for _ in range(2))
    return Box(x0, y0, x1, y1)


def spans(tiles: tuple[Tile, ...], axis: int) -> list[tuple[int, int]]:
    return sorted({(tile.crop[axis], tile.crop[axis + 2]) for tile in tiles})


def side(tile: Tile, axis: int) -> tuple[int, int]:
    """Pixels of the page image and of the canvas along an axis."""
    return tile.crop[axis + 2] - tile.crop[axis], tile.inner[axis + 2] - tile.inner[axis]


def near(one: Box, other: Box, within: float) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


@given(plans())
@settings(deadline=None, max_examples=300)
def test_no_page_takes_more_visual_tokens_than_its_budget(planned: tuple[Tiling, bool, tuple[Tile, ...]]) -> None:
    tiling, _, shown = planned
    assert sum(tile.tokens(tiling.factor) for tile in shown) <= tiling.page_tokens


@given(plans())
@settings(deadline=None, max_examples=300)
def test_a_processor_takes_every_canvas_as_it_is(planned: tuple[Tiling, bool, tuple[Tile, ...]]) -> None:
    tiling, _, shown = planned
    for tile in shown:
        assert all(length > 0 and length % tiling.factor == 0 for length in tile.canvas)
        assert LEAST_TOKENS <= tile.tokens(tiling.factor) <= MOST_TOKENS
        assert max(tile.canvas) / min(tile.canvas) < 200
        if tile.look == "closeup":
            assert max(tile.canvas) <= tiling.side


@given(plans())
@settings(deadline=None, max_examples=300)
def test_pieces_lie_on_the_page_and_on_the_canvas(planned: tuple[Tiling, bool, tuple[Tile, ...]]) -> None:
    for tile in planned[2]:
        for (x0, y0, x1, y1), (width, height) in ((tile.crop, tile.frame), (tile.inner, tile.canvas)):
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height


@given(plans())
@settings(deadline=None, max_examples=300)
def test_the_aspect_is_kept(planned: tuple[Tiling, bool, tuple[Tile, ...]]) -> None:
    for tile in planned[2]:
        for axis in (0, 1):
            piece, shown = side(tile, axis)
            assert abs(shown - piece * tile.scale) <= 1.5, tile


@given(plans())
@settings(deadline=None, max_examples=300)
def test_nothing_is_enlarged_unless_closer_and_then_at_most_twice(
    planned: tuple[Tiling, bool, tuple[Tile, ...]],
) -> None:
    tiling, closer, shown = planned
    most = 2 if closer and tiling.policy != "second_look" else 1
    for tile in shown:
        assert all(shown <= most * piece for piece, shown in (side(tile, 0), side(tile, 1)))


@given(plans())
@settings(deadline=None, max_examples=300)
def test_the_first_image_shows_the_whole_page_and_the_others_finer_pieces_by_rows(
    planned: tuple[Tiling, bool, tuple[Tile, ...]],
) -> None:
    first, *others = planned[2]
    assert first.look != "closeup"
    assert first.crop == (0, 0, *first.frame)
    assert all(tile.look == "closeup" for tile in others)
    assert all(max(tile.scale, first.scale) == tile.scale for tile in others)
    assert [(tile.crop[1], tile.crop[0]) for tile in others] == sorted({(t.crop[1], t.crop[0]) for t in others})


@given(plans())
@settings(deadline=None, max_examples=300)
def test_close_ups_cover_the_whole_page_and_share_the_overlap(
    planned: tuple[Tiling, bool, tuple[Tile, ...]],
) -> None:
    tiling, closer, (first, *others) = planned
    if not others:
        return
    shared = tiling.overlap if tiling.policy != "textbook" or closer else 0
    columns, rows = spans(tuple(others), 0), spans(tuple(others), 1)
    assert len(columns) * len(rows) == len(others)
    for parts, length in ((columns, first.frame[0]), (rows, first.frame[1])):
        assert parts[0][0] == 0
        assert parts[-1][1] == length
        assert all(before[1] - after[0] >= shared for before, after in pairwise(parts))


@given(sizes, tilings(), turns)
@settings(deadline=None, max_examples=200)
def test_closer_is_never_coarser(size: tuple[int, int], tiling: Tiling, turn: int) -> None:
    finest = max(tile.scale for tile in plan(1, size, tiling, turn))
    assert max(tile.scale for tile in plan(1, size, tiling, turn, closer=True)) >= finest


@given(tiles(), boxes())
@settings(deadline=None, max_examples=500)
def test_a_box_of_the_page_comes_back_from_the_tile_as_far_as_it_was_shown(tile: Tile, box: Box) -> None:
    shown = tile.to_page(Box(*tile.inner))
    on_tile = tile.from_page(box)
    if on_tile is None:
        assert box.intersection(shown) < 1e-9
        return
    assert tile.inner[0] - 1e-6 <= on_tile.x0 <= on_tile.x1 <= tile.inner[2] + 1e-6
    assert tile.inner[1] - 1e-6 <= on_tile.y0 <= on_tile.y1 <= tile.inner[3] + 1e-6
    seen = Box(max(box.x0, shown.x0), max(box.y0, shown.y0), min(box.x1, shown.x1), min(box.y1, shown.y1))
    assert near(tile.to_page(on_tile), seen, 1e-9)


@given(tiles(), boxes())
@settings(deadline=None, max_examples=500)
def test_a_box_of_the_tile_comes_back_from_the_page(tile: Tile, part: Box) -> None:
    left, top, right, bottom = tile.inner
    box = Box(
        left + part.x0 * (right - left),
        top + part.y0 * (bottom - top),
        left + part.x1 * (right - left),
        top + part.y1 * (bottom - top),
    )
    assume(box.area > 1e-3)
    back = tile.from_page(tile.to_page(box))
    assert back is not None
    assert near(back, box, 1e-6)


@given(tiles(), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.floats(0, 1e5), st.floats(0, 1e5))
@settings(deadline=None, max_examples=200)
def test_whatever_box_a_model_names_lies_on_the_page(
    tile: Tile, x: float, y: float, width: float, height: float
) -> None:
    found = tile.to_page(Box(x, y, x + width, y + height))
    assert 0 <= found.x0 <= found.x1 <= 1
    assert 0 <= found.y0 <= found.y1 <= 1


@given(sizes, tilings(), st.booleans())
@settings(deadline=None)
def test_a_turned_page_is_cut_like_a_page_of_its_turned_size(
    size: tuple[int, int], tiling: Tiling, closer: bool
) -> None:
    turned = plan(1, size, tiling, 90, closer)
    assert [replace(tile, turn=0) for tile in turned] == list(plan(1, size[::-1], tiling, 0, closer))


@pytest.mark.parametrize(
    ("turn", "corner"),
    [
        (0, Box(0, 0, 10, 20)),
        (90, Box(180, 0, 200, 10)),  # clockwise: what was at the top is at the right
        (180, Box(90, 180, 100, 200)),
        (270, Box(0, 90, 20, 100)),
    ],
)
def test_the_top_left_corner_of_the_page_is_found_where_the_turn_took_it(turn: int, corner: Box) -> None:
    (tile,) = plan(1, (100, 200), Tiling("native"), turn)
    box = tile.from_page(Box(0, 0, 0.1, 0.1))
    assert box is not None
    assert near(box, corner, 1e-9)
    assert near(tile.to_page(corner), Box(0, 0, 0.1, 0.1), 1e-9)


def test_a_small_page_is_shown_as_an_overview_of_half_its_size_and_two_close_ups_of_its_own() -> None:
    overview, left, right = plan(7, STRIP, SMALL)
    assert overview == Tile(7, "overview", 0, STRIP, (0, 0, 352, 192), (192, 96), (0, 0, 176, 96))
    assert left == Tile(7, "closeup", 0, STRIP, (0, 0, 192, 192), (192, 192), (0, 0, 192, 192))
    assert right == Tile(7, "closeup", 0, STRIP, (160, 0, 352, 192), (192, 192), (0, 0, 192, 192))
    assert [tile.tokens(32) for tile in (overview, left, right)] == [18, 36, 36]


def test_a_second_look_begins_with_the_overview_and_ends_with_what_tiles_show() -> None:
    second = replace(SMALL, policy="second_look")
    assert plan(1, STRIP, second) == plan(1, STRIP, SMALL)[:1]
    assert plan(1, STRIP, second, closer=True) == plan(1, STRIP, SMALL)


@pytest.mark.parametrize(
    "tiling", [Tiling("native"), Tiling("overview", overview_tokens=66), Tiling("tiles", overview_tokens=66)]
)
def test_a_page_that_fits_is_shown_as_it_is(tiling: Tiling) -> None:
    assert plan(1, STRIP, tiling) == (Tile(1, "page", 0, STRIP, (0, 0, 352, 192), (352, 192), (0, 0, 352, 192)),)


def test_a_page_of_the_size_of_one_close_up_is_shown_once() -> None:
    (tile,) = plan(1, (600, 600), Tiling(overview_tokens=100))
    assert (tile.look, tile.scale, tile.canvas) == ("page", 1, (608, 608))


def test_closer_is_one_larger_image_where_close_ups_would_be_coarser() -> None:
    (plain,) = plan(1, (1654, 2338), Tiling("native"))
    (closer,) = plan(1, (1654, 2338), Tiling("native"), closer=True)
    assert (plain.scale, closer.look) == (1, "page")
    assert 1.02 < closer.scale < 1.05  # 4,096 tokens; an overview and close-ups within them: 0.88


def test_closer_shows_the_same_where_nothing_finer_fits() -> None:
    tiling = Tiling(page_tokens=50_000, tile=1024)
    shown = plan(1, (6000, 6000), tiling)
    assert len(shown) == 37
    assert plan(1, (6000, 6000), tiling, closer=True) == shown


def test_closer_takes_any_grid() -> None:
    closer = plan(1, STRIP, SMALL, closer=True)
    assert {tile.scale for tile in closer} == {0.5, 2.0}
    assert (spans(closer[1:], 0)[-1], spans(closer[1:], 1)[-1]) == ((256, 352), (96, 192))


def test_a_box_beside_a_close_up_is_not_on_it() -> None:
    _, left, right = plan(1, STRIP, SMALL)
    beside = Box(192 / 352, 0.2, 250 / 352, 0.4)  # where the left close-up ends
    assert left.from_page(beside) is None
    assert right.from_page(beside) == pytest.approx(Box(32, 38.4, 90, 76.8))


def test_the_textbook_centres_the_page_on_square_tiles() -> None:
    overview, left, right = plan(1, STRIP, replace(SMALL, policy="textbook", grids=()))
    assert overview == Tile(1, "overview", 0, STRIP, (0, 0, 352, 192), (192, 192), (0, 43, 192, 148))
    assert left == Tile(1, "closeup", 0, STRIP, (0, 0, 176, 192), (192, 192), (16, 0, 192, 192))
    assert right == Tile(1, "closeup", 0, STRIP, (176, 0, 352, 192), (192, 192), (0, 0, 176, 192))


@pytest.mark.parametrize(("factor", "side"), [(28, 336), (32, 352)])
def test_the_textbook_shows_a_page_on_tiles_of_336_pixels_as_far_as_the_factor_allows(factor: int, side: int) -> None:
    shown = plan(1, A4, Tiling("textbook", factor))
    assert [tile.canvas for tile in shown] == [(side, side)] * 3  # the nearest of its grids is 1 x 2
    assert shown[1].scale == pytest.approx(side / 1240, abs=0.001)


def test_the_textbook_takes_fewer_tiles_and_at_last_a_smaller_overview_where_tokens_are_short() -> None:
    def canvases(tokens: int) -> list[tuple[int, int]]:
        return [tile.canvas for tile in plan(1, A4, Tiling("textbook", page_tokens=tokens))]

    assert canvases(3 * 121) == [(352, 352)] * 3
    assert canvases(3 * 121 - 1) == [(352, 352)]
    assert canvases(120) == [(9 * 32, 13 * 32)]


def test_the_textbook_takes_one_tile_for_a_square_however_large() -> None:
    assert len(plan(1, (2000, 2000), Tiling("textbook"))) == 1


@pytest.mark.parametrize("policy", ["tiles", "native", "overview", "second_look", "textbook"])
def test_less_budget_never_shows_the_page_finer(policy: Policy) -> None:
    finest = [
        max(tile.scale for tile in plan(1, A4, Tiling(policy, page_tokens=tokens)))
        for tokens in (4, 20, 100, 500, 1000, 2000, 4000, 8000)
    ]
    assert finest == sorted(finest)


def test_the_overview_keeps_its_size_until_no_close_up_is_left() -> None:
    overview, *closeups = plan(1, A4, Tiling(page_tokens=2200))
    assert overview.tokens(32) == 704  # 22 x 32, of 730
    assert closeups
    assert closeups[0].scale > overview.scale
    assert plan(1, A4, Tiling(page_tokens=1000)) == plan(1, A4, Tiling("native", page_tokens=1000))
    (least,) = plan(1, A4, Tiling(page_tokens=4))
    assert (least.canvas, least.crop) == ((64, 64), (0, 0, *A4))


def test_close_ups_without_ink_are_left_out_and_the_overview_is_not() -> None:
    shown = plan(1, STRIP, SMALL)
    assert without_blank(shown, lambda tile: tile.crop[0] > 0) == (shown[0], shown[2])
    assert without_blank(shown, lambda _: False) == shown[:1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_tokens": 3},
        {"overview_tokens": 3},
        {"overview_tokens": 20_000},
        {"tile": 100},
        {"tile": 5000},
        {"grids": ((0, 1),)},
        {"overlap": -1},
    ],
)
def test_a_tiling_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).removesuffix("s")):
        Tiling(**wrong)  # type: ignore[arg-type]  # what is wrong is wrong for mypy, too
