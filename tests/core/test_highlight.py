"""Searched words are marked in a line of the text, and found on the page."""

from __future__ import annotations

import pytest

from docproc.core.boxes import Affine, Box
from docproc.core.highlight import highlights, snippet, words_of
from docproc.core.types import UPRIGHT, Page, Reading, Word

LINES = (("Storm", "overflow:"), ("discharge", "of", "storm-water"))


def reading(to_page: Affine = UPRIGHT) -> Reading:
    words = tuple(
        Word(text, Box(100 * at, 50 * line, 100 * at + 80, 50 * line + 20), line=line)
        for line, texts in enumerate(LINES)
        for at, text in enumerate(texts)
    )
    return Reading("ocr", words, 1000, 500, to_page=to_page)


def page(width: int = 1000, height: int = 500) -> Page:
    return Page("0" * 64, 1, "image", width, height, 150)


@pytest.mark.parametrize(
    ("phrases", "found"),
    [
        ([("storm",)], [(0.0, 0.0), (0.2, 0.1)]),
        ([("storm", "overflow")], [(0.0, 0.0)]),
        ([("overflow", "discharge")], [(0.1, 0.0), (0.0, 0.1)]),  # over the end of a line: a box in each
        ([("over",)], []),
        ([("water",), ("of",)], [(0.2, 0.1), (0.1, 0.1)]),
        ([()], []),
    ],
)
def test_phrases_have_a_box_for_each_place_and_line(
    phrases: list[tuple[str, ...]], found: list[tuple[float, float]]
) -> None:
    assert [(box.x0, box.y0) for box in highlights(page(), reading(), phrases)] == found


def test_boxes_lie_on_the_page_as_it_is_shown_and_within_it() -> None:
    turned = Affine(0, -1, 500, 1, 0, -20)  # a quarter turn, and a little off the upper edge
    (box,) = highlights(page(500, 1000), reading(turned), [("storm", "overflow")])
    assert box == Box(0.96, 0.0, 1.0, 0.16)


def test_no_more_boxes_come_than_are_wanted() -> None:
    assert len(highlights(page(), reading(), [("storm",), ("of",)], most=1)) == 1


def test_words_are_cut_as_the_index_cuts_them() -> None:
    assert words_of("INV-2024/001 Straße_x") == ("inv", "2024", "001", "strasse", "x")


@pytest.mark.parametrize(
    ("text", "phrases", "line"),
    [
        ("The quick brown fox", [("brown",)], "The quick [brown] fox"),
        ("The quick\n brown-fox.", [("brown", "fox")], "The quick [brown]-[fox]."),
        ("a b c d e f g h i j k l", [("k",)], "… f g h i j [k] l"),
        ("a b c d e f g h i j k l", [("b",)], "a [b] c d e f g …"),
        ("a b c d e f g h i j k l", [("nothing",)], "a b c d e f g …"),
        ("… — !", [("a",)], ""),
        ("", [("a",)], ""),
    ],
)
def test_a_snippet_is_a_line_around_what_was_looked_for(text: str, phrases: list[tuple[str, ...]], line: str) -> None:
    pieces = snippet(text, phrases, words=7)
    assert "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces) == line
