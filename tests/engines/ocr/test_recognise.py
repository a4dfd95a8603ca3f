from __future__ import annotations

import numpy as np
import pytest

from docproc.engines.ocr.recognise import decode

CHARACTERS = ("", "a", "b", "1", " ")


def columns(said: str, spaces: dict[int, float] | None = None) -> np.ndarray:
    """Probabilities in which column i says said[i]; "-" is the blank; `spaces` raises the space at some columns."""
    out = np.full((len(said), len(CHARACTERS)), 0.01, dtype=np.float32)
    for i, char in enumerate(said):
        out[i, 0 if char == "-" else CHARACTERS.index(char)] = 0.9
    for i, probability in (spaces or {}).items():
        out[i, 4] = probability
    return out


def words(said: str, spaces: dict[int, float] | None = None) -> list[str]:
    return [piece.text for piece in decode(columns(said, spaces), CHARACTERS, len(said)).pieces]


def test_repeated_classes_count_once_and_a_blank_parts_two_of_a_kind() -> None:
    assert words("aa-a-bb-") == ["aab"]


def test_a_space_parts_words() -> None:
    assert words("a-b- -1-b-") == ["ab", "1b"]


def test_a_likely_space_parts_words_though_the_blank_is_likelier() -> None:
    assert words("a-b--a-b", {4: 0.3}) == ["ab", "ab"]
    assert words("a-b--a-b", {4: 0.1}) == ["abab"]


def test_a_wide_gap_parts_words() -> None:
    assert words("a-b-a-" + "-" * 20 + "a-b-a-") == ["aba", "aba"]


def test_a_word_knows_its_place_on_the_line() -> None:
    line = decode(columns("-" * 10 + "a-b-a-b--" + "-" * 21), CHARACTERS, 40)
    (piece,) = line.pieces
    assert piece.start == pytest.approx(10 / 40, abs=0.03)
    assert piece.end == pytest.approx(17 / 40, abs=0.04)
    assert line.confidence == pytest.approx(0.9)


def test_nothing_but_blanks_is_nothing() -> None:
    assert decode(columns("----"), CHARACTERS, 4).pieces == ()
    assert decode(columns("- - -"), CHARACTERS, 5).pieces == ()
