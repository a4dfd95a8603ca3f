"""The scale and canvas of a page's images, and the grid of its close-ups."""

from __future__ import annotations

from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.anyres import MOST_TOKENS, Room, best_layout, fit
from docproc.core.tiles import GRIDS

A4 = (1240, 1754)  # at 150 dots per inch


def room(tokens: int = MOST_TOKENS, overlap: int = 48, limit: float = 1.0) -> Room:
    return Room(32, tokens, 672, overlap, limit)


@pytest.mark.parametrize(
    ("size", "canvas"),
    [
        ((1, 1), (64, 64)),  # 4 tokens at least
        ((90, 20), (128, 32)),
        ((20, 90), (32, 128)),
        ((6400, 20), (6400, 64)),  # a side is at most 199 times the other
        ((5, 6400), (64, 6400)),
        ((6368, 20), (6368, 32)),
        ((130, 40), (160, 64)),
    ],
)
def test_any_shape_gets_the_least_canvas_that_is_taken(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    fitted = fit(size, 32, 4096)
    assert fitted is not None
    assert (fitted.scale, fitted.canvas, fitted.inner) == (1.0, canvas, size)


def test_a_ribbon_is_as_large_as_the_budget_and_the_shape_allow() -> None:
    fitted = fit((40_000, 20), 32, 1000)
    assert fitted is not None
    assert (fitted.canvas, fitted.inner) == ((398 * 32, 2 * 32), (398 * 32, 6))  # three rows: 333 tokens each


@given(
    st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    st.integers(4, 400),
    st.floats(0.2, 2.0),
    st.integers(4, 40),
)
@settings(deadline=None, max_examples=200)
def test_no_larger_scale_fits_the_budget(size: tuple[int, int], tokens: int, limit: float, most: int) -> None:
    fitted = fit(size, 32, tokens, limit, most * 32)
    assert fitted is not None
    assert max(fitted.canvas) <= most * 32
    if fitted.scale < limit:
        larger = [floor(length * fitted.scale * 1.001 + 1) for length in size]
        columns, rows = (-(-length // 32) for length in larger)
        assert columns * rows > tokens or max(columns, rows) > most or max(columns, rows) > 199 * min(columns, rows)


def test_one_image_has_no_more_tokens_than_a_processor_takes() -> None:
    fitted = fit((9000, 9000), 32, 50_000)
    assert fitted is not None
    assert fitted.canvas == (128 * 32, 128 * 32)


def test_fewer_than_four_tokens_show_nothing() -> None:
    assert fit(A4, 32, 3) is None
    assert best_layout(A4, GRIDS, room(tokens=3)) is None


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        (A4, (2, 3)),  # 2 x 672 >= 1240 + 48 and 3 x 672 >= 1754 + 2 x 48: every pixel in the fewest close-ups
        ((1754, 1240), (3, 2)),
        ((1240, 600), (2, 1)),
        ((600, 1240), (1, 2)),
        ((1300, 672), (3, 1)),  # 2 x 672 < 1300 + 48: the overlap costs a column
        ((1296, 672), (2, 1)),  # and here it just does not
    ],
)
def test_a_page_is_cut_into_as_many_pieces_as_show_every_pixel(size: tuple[int, int], grid: tuple[int, int]) -> None:
    layout = best_layout(size, GRIDS, room())
    assert layout is not None
    assert (len(layout.columns), len(layout.rows)) == grid
    assert layout.fit.scale == 1


def llava_next(size: tuple[int, int], grids: list[tuple[int, int]], side: int) -> tuple[int, int]:
    """`select_best_resolution` of LLaVA-NeXT, as it stands there: (effective, wasted) of its choice, in pixels."""
    best = (0, 0)
    for columns, rows in grids:
        width, height = columns * side, rows * side
        scale = min(width / size[0], height / size[1])
        effective = min(int(size[0] * scale) * int(size[1] * scale), size[0] * size[1])
        wasted = width * height - effective
        if effective > best[0] or (effective == best[0] and wasted < best[1]):
            best = (effective, wasted)
    return best


@given(
    st.tuples(st.integers(700, 5000), st.integers(700, 5000)),
    st.lists(st.sampled_from(GRIDS), min_size=1, max_size=8),
)
@settings(deadline=None, max_examples=300)
def test_without_overlap_the_grid_is_as_effective_as_that_of_llava_next(
    size: tuple[int, int], grids: list[tuple[int, int]]
) -> None:
    effective, wasted = llava_next(size, grids, 672)
    layout = best_layout(size, grids, room(overlap=0))
    assert layout is not None
    ours = min(floor(size[0] * layout.fit.scale), size[0]) * min(floor(size[1] * layout.fit.scale), size[1])
    assert ours == pytest.approx(effective, rel=0.01)  # pieces are whole pixels
    assert layout.pixels <= (effective + wasted) * 1.05


def test_of_grids_that_show_and_waste_the_same_the_one_with_the_fewest_close_ups_wins() -> None:
    for grids in (GRIDS, GRIDS[::-1]):
        layout = best_layout(A4, grids, room())
        assert layout is not None
        assert (len(layout.columns), len(layout.rows)) == (2, 3)  # 3 x 3 takes as many tokens


def test_what_a_canvas_has_room_for_is_filled_with_more_of_the_page() -> None:
    layout = best_layout(A4, [(2, 3)], room())
    assert layout is not None
    assert layout.fit.inner == layout.fit.canvas == (672, 640)
    assert layout.columns == ((0, 672), (568, 1240))
    assert layout.rows == ((0, 640), (557, 1197), (1114, 1754))


@pytest.mark.parametrize(
    "size",
    [
        (30, 600),  # one canvas of 32 pixels holds the whole width
        (40, 600),  # narrower than the overlap
    ],
)
def test_a_grid_whose_columns_would_show_the_same_is_passed_over(size: tuple[int, int]) -> None:
    assert best_layout(size, [(2, 1)], room()) is None


def test_a_budget_that_is_short_makes_close_ups_coarser() -> None:
    scales = []
    for tokens in (6000, 2520, 2000, 1000, 100):
        layout = best_layout(A4, GRIDS, room(tokens))
        assert layout is not None
        assert layout.pixels <= tokens * 32 * 32
        scales.append(layout.fit.scale)
    assert scales[:2] == [1.0, 1.0]
    assert scales[1:] == sorted(set(scales[1:]), reverse=True)
