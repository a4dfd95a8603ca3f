from __future__ import annotations

from math import atan2, degrees

import numpy as np
import pytest

from docproc.core.boxes import Box
from docproc.engines.ocr.detect import Image
from docproc.engines.ocr.reader import RapidReader, decode_image
from tests.engines.ocr.printed import LETTER, png, printed, skewed, turned


@pytest.fixture(scope="module")
def reader() -> RapidReader:
    return RapidReader(1280)


def words_of(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


def ink_share(image: Image, box: Box) -> float:
    x0, y0, x1, y1 = (round(side) for side in box)
    return float((image[y0:y1, x0:x1] < 128).mean())


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_whichever_way_it_is_turned(reader: RapidReader, turn: int) -> None:
    image = turned(printed(), turn)
    reading = reader.read(image)
    assert reading.turn == turn
    assert [line.split() for line in reading.text.splitlines()] == [line.split() for line in LETTER]
    assert (reading.width, reading.height) == (875, 1240)
    for word in reading.words:
        assert ink_share(image, reading.to_page.box(word.box)) > 0.08
        assert word.confidence > 0.6


def test_a_skewed_page_is_read_and_its_skew_measured(reader: RapidReader) -> None:
    image = skewed(printed(), 3.0)
    reading = reader.read(image)
    assert degrees(atan2(reading.to_page.d, reading.to_page.a)) == pytest.approx(3.0, abs=0.3)
    assert [line.split() for line in reading.text.splitlines()] == [line.split() for line in LETTER]
    first = [word for word in reading.words if word.line == 0]
    assert max(word.box.cy for word in first) - min(word.box.cy for word in first) < 4


def test_words_stand_where_they_are_printed(reader: RapidReader) -> None:
    image = printed(["alpha                              omega"], size=14)
    alpha, omega = reader.read(image).words
    columns = np.flatnonzero((image < 128).any(axis=(0, 2)))
    gap = int(np.argmax(np.diff(columns)))
    assert alpha.box.x0 == pytest.approx(columns[0], abs=6)
    assert alpha.box.x1 == pytest.approx(columns[gap], abs=6)
    assert omega.box.x0 == pytest.approx(columns[gap + 1], abs=6)
    assert omega.box.x1 == pytest.approx(columns[-1], abs=6)


@pytest.mark.parametrize("size", [7, 9, 16, 30])
def test_small_and_large_print_is_read(reader: RapidReader, size: int) -> None:
    lines = ["Total 12.50", "VAT No. GB 123", "Date 31/12/2021"]
    assert words_of(reader.read(printed(lines, size=size)).text.splitlines()) == words_of(lines)


def test_letters_of_other_languages_are_read(reader: RapidReader) -> None:
    lines = ["Größe übrig Straße", "façade déjà reçu", "señor mañana"]
    assert words_of(reader.read(printed(lines, size=14)).text.splitlines()) == words_of(lines)


def test_ruling_lines_are_found_and_letters_are_none(reader: RapidReader) -> None:
    frame = Box(80, 700, 780, 900)
    rules = reader.read(printed(boxes=[frame])).rules
    level = [rule for rule in rules if rule.width > rule.height]
    upright = [rule for rule in rules if rule.width < rule.height]
    assert sorted(round(rule.cy, -1) for rule in level) == [700, 900]
    assert sorted(round(rule.cx, -1) for rule in upright) == [80, 780]
    assert reader.read(printed()).rules == ()


def test_an_empty_page_says_nothing(reader: RapidReader) -> None:
    reading = reader.read(np.full((600, 400, 3), 255, np.uint8))
    assert reading.words == ()
    assert reading.text == ""


def test_a_stored_image_is_decoded() -> None:
    image = printed(["x"])
    assert np.array_equal(decode_image(png(image)), image)
    for broken in (b"", b"no image"):
        with pytest.raises(ValueError, match="no image"):
            decode_image(broken)
