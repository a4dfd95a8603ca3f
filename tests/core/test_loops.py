"""Endless repetition: found, and not mistaken for what pages repeat."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.loops import Loop, cut_loop


def spoken(tokens: list[int] | list[str], rows: bool = False) -> tuple[int, Loop] | None:
    """After how many tokens a loop is found, and the watch that found it."""
    loop = Loop(rows)
    for count, token in enumerate(tokens, 1):
        if loop.push(token):
            return count, loop
    return None


tokens = st.integers(0, 50)


@given(st.lists(tokens, max_size=200), st.lists(tokens, min_size=1, max_size=60), st.booleans())
def test_what_repeats_without_end_is_found(before: list[int], stretch: list[int], rows: bool) -> None:
    found = spoken(before + stretch * (1_600 // len(stretch)), rows)
    assert found is not None
    count, loop = found
    said = (before + stretch * (1_600 // len(stretch)))[:count]
    # What is taken away is a copy of what stays.
    kept = said[: len(said) - loop.surplus]
    assert len(kept) >= loop.period
    copies = kept[-loop.period :] * (loop.surplus // loop.period + 1)
    assert said[len(kept) :] == copies[: loop.surplus]


@given(st.lists(tokens, min_size=61, max_size=300, unique=False))
def test_a_long_stretch_is_a_loop_after_a_few_copies(stretch: list[int]) -> None:
    found = spoken(stretch * 20)
    assert found is not None
    assert found[0] <= max(1_200, len(stretch) * 4) + len(stretch) + 8


@given(st.lists(st.integers(0, 10**6), max_size=2_000, unique=True))
def test_what_never_repeats_is_no_loop(said: list[int]) -> None:
    assert spoken(said) is None


@given(st.lists(tokens, min_size=1, max_size=40))
def test_twelve_equal_rows_are_no_loop(row: list[int]) -> None:
    padded = [*row, 99]  # a row ends somehow, so that it is not itself a repetition
    assert spoken(padded * 12, rows=True) is None or len(set(row)) == 1


@given(st.lists(st.tuples(tokens, tokens), min_size=2, max_size=300, unique=True))
def test_rows_of_one_form_that_differ_in_a_figure_are_no_loop(cells: list[tuple[int, int]]) -> None:
    said = [token for a, b in cells for token in (900, 901, 902, 903, a, 904, 905, 906, b, 907)]
    assert spoken(said, rows=True) is None
    assert spoken(said) is None


def test_a_single_token_may_stand_in_a_row_for_a_line_but_not_for_a_page() -> None:
    assert spoken(["-"] * 200) is None
    found = spoken(["-"] * 1_000)
    assert found is not None
    assert found[0] < 300
    assert found[1].period == 1


def test_a_table_may_repeat_a_long_row_more_often_than_prose_a_paragraph() -> None:
    row = list(range(200))
    assert spoken(row * 10) is not None
    assert spoken(row * 10, rows=True) is None
    assert spoken(row * 25, rows=True) is not None


def test_a_loop_that_has_a_shorter_one_within_is_found() -> None:
    assert spoken([*range(5), *[7] * 100, 8] * 30) is not None


LEDGER = "\n".join(
    f"{day:02}.{month:02}.2024 | Monthly fee | 12.00 | 0.00 | {1_000 - 12 * month - day}.00"
    for month in range(1, 13)
    for day in (1, 8, 15, 22)
)
CONTENTS = "\n".join(
    f"{number}.{part} Chapter {number}{part} {'.' * 150} {number * 7 + part}"
    for number in range(12)
    for part in range(5)
)
RULES = "\n".join(f"{'=' * 120}\nSection {number}\n{'-' * 120}\nText of it, {number} times." for number in range(40))
EMPTY_CELLS = "\n".join(f"| {number} |" + "      |" * 12 for number in range(60))
JSON_ROWS = json.dumps(
    {"count": 150, "value": [{"item": "Screw", "size": None, "price": f"0.{number:03}"} for number in range(150)]}
)
EQUAL_ROWS = json.dumps({"value": [{"item": "Screw M4", "price": "0.10", "unit": "each"}] * 9})
POEM = (
    "Row, row, row your boat, gently down the stream.\nMerrily, merrily, merrily, merrily, life is but a dream.\n"
) * 3


@pytest.mark.parametrize(
    "text",
    [LEDGER, CONTENTS, RULES, EMPTY_CELLS, JSON_ROWS, EQUAL_ROWS, POEM, "", "0.00 " * 40, "_" * 200],
    ids=[
        "ledger",
        "contents",
        "rules",
        "empty cells",
        "rows",
        "equal rows",
        "poem",
        "nothing",
        "zeros",
        "line to sign on",
    ],
)
def test_what_pages_repeat_stands(text: str) -> None:
    assert cut_loop(text) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Total: " + "." * 3_000, "Total: ."),
        ("Total: " + "0 " * 1_000, "Total: 0 "),
        ("A\n" + "The end of the page.\n" * 400, "A\nThe end of the page.\n"),
        ('{"value":["a","b"' + ',"b"' * 200, '{"value":["a","b",'),
    ],
)
def test_a_text_that_loops_is_cut_after_one_round(text: str, kept: str) -> None:
    cut = cut_loop(text)
    assert cut is not None
    assert text.startswith(cut)
    assert abs(len(cut) - len(kept)) <= len(text) // 100


def test_a_paragraph_said_over_and_over_is_cut_after_it() -> None:
    paragraph = " ".join(f"word{number}" for number in range(120)) + ". "
    cut = cut_loop("Heading. " + paragraph * 12)
    assert cut is not None
    assert cut.count("word7 ") == 1


def test_a_loop_at_the_end_of_a_very_long_text_is_found() -> None:
    text = " ".join(map(str, range(60_000))) + " and so on" * 300
    cut = cut_loop(text)
    assert cut is not None
    assert cut.count("and so on") == 1
