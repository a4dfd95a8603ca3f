"""Readings as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.boxes import Affine, Box
from docproc.core.pack import pack, unpack
from docproc.core.types import Reading, Word

tenths = st.integers(0, 200_000).map(lambda value: value / 10)
boxes = st.builds(Box, tenths, tenths, tenths, tenths)
exact = st.floats(-1e6, 1e6)
words = st.builds(
    Word,
    st.text(st.characters(codec=None), max_size=12),
    boxes,
    st.integers(0, 1000).map(lambda value: value / 1000),
    tenths,
    st.booleans(),
    st.integers(0, 5000),
)
readings = st.builds(
    Reading,
    st.sampled_from(["layer", "ocr"]),
    st.lists(words, max_size=30).map(tuple),
    exact,
    exact,
    st.sampled_from([0, 90, 180, 270]),
    st.builds(Affine, exact, exact, exact, exact, exact, exact),
    st.lists(boxes, max_size=5).map(tuple),
)


@given(readings)
def test_a_reading_on_the_grid_of_a_tenth_of_a_pixel_comes_back_as_it_was(reading: Reading) -> None:
    assert unpack(pack(reading)) == reading


def test_coordinates_and_confidences_are_rounded_and_then_stay() -> None:
    word = Word("Grüße", Box(1.04, 2.06, 3.333, 4.449), 0.98765, 11.26, True, 3)
    packed = pack(Reading("ocr", (word,), 1240.5, 1754.25, 90, Affine(0, -1, 1240, 1, 0, 0.125)))
    back = unpack(packed)
    assert back.words == (Word("Grüße", Box(1.0, 2.1, 3.3, 4.4), 0.988, 11.3, True, 3),)
    assert back.to_page == Affine(0, -1, 1240, 1, 0, 0.125)
    assert pack(back) == packed


def test_a_page_without_words_packs() -> None:
    empty = Reading("layer", (), 10.0, 20.0)
    assert unpack(pack(empty)) == empty


@pytest.mark.parametrize("data", [b"", b"\x00abc", b"\x01abc"])
def test_bytes_that_are_no_packed_reading_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="packed reading"):
        unpack(data)
