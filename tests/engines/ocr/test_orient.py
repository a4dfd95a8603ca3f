from __future__ import annotations

import numpy as np
import pytest

from docproc.core.boxes import Box
from docproc.engines.ocr.detect import Quad
from docproc.engines.ocr.orient import frame_of, page_skew, page_turn, turned
from docproc.engines.ocr.recognise import Line, Piece

SIZE = (1000, 1400)


def quad(x: float, y: float, width: float, height: float) -> Quad:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=np.float32)


def on_page(upright: Quad, turn: int, skew: float = 0.0) -> Quad:
    """Where a quad of an upright page lies when the page is turned, its corners from the top left of the image."""
    frame = frame_of(*SIZE, turn, skew)
    points = np.array([frame.to_page.point(float(x), float(y)) for x, y in upright], dtype=np.float32)
    return np.roll(points, turn // 90, axis=0)


LINES = [quad(100, 100 + 60 * i, 500 + 10 * i, 30) for i in range(10)]


@pytest.mark.parametrize("skew", [0.0, 1.5, -6.0])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_maps_between_page_and_upright_frame_undo_each_other(turn: int, skew: float) -> None:
    frame = frame_of(*SIZE, turn, skew)
    for point in ((0.0, 0.0), (1000.0, 0.0), (1000.0, 1400.0), (321.0, 45.0)):
        x, y = frame.from_page.point(*point)
        assert -1e-6 <= x <= frame.width + 1e-6
        assert -1e-6 <= y <= frame.height + 1e-6
        assert frame.to_page.point(x, y) == pytest.approx(point)


def test_a_page_turned_clockwise_by_a_quarter_has_its_top_at_the_right() -> None:
    frame = frame_of(*SIZE, 90, 0.0)
    assert (frame.width, frame.height) == (1400, 1000)
    top_line = frame.to_page.box(Box(0, 0, 1400, 10))
    assert top_line == pytest.approx((990, 0, 1000, 1400))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_turn_that_reads_best_is_the_pages(turn: int) -> None:
    def read(index: int, way: int) -> Line:
        return Line((Piece("something", 0, 1, 1),), 0.97 if way == turn else 0.4)

    assert page_turn([on_page(line, turn) for line in LINES], read) == turn


def test_an_upright_page_that_reads_well_is_not_read_the_other_way() -> None:
    ways = []

    def read(index: int, way: int) -> Line:
        ways.append(way)
        return Line((Piece("clear", 0, 1, 1),), 0.95)

    assert page_turn(LINES, read) == 0
    assert set(ways) == {0}
    assert len(ways) <= 5


@pytest.mark.parametrize("skew", [0.0, 0.7, 4.0, -9.0])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_skew_is_measured_on_the_lines(turn: int, skew: float) -> None:
    assert page_skew([on_page(line, turn, skew) for line in LINES], turn) == pytest.approx(skew, abs=0.05)


def test_single_characters_say_nothing_about_turn_and_skew() -> None:
    specks = [quad(50 * i, 40, 20, 35) for i in range(1, 9)]
    assert page_skew(specks, 0) == 0.0
    assert page_turn(LINES + specks, lambda *_: Line((Piece("clear", 0, 1, 1),), 0.95)) == 0


def test_a_quad_begins_where_its_text_begins() -> None:
    assert turned(on_page(LINES[0], 90), 90)[0] == pytest.approx(
        frame_of(*SIZE, 90, 0).to_page.point(100, 100), abs=0.01
    )
