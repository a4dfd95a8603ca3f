from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.text.similar import anls, distance, f1, similarity

short = st.text("abcd", max_size=12)


def by_the_book(a: str, b: str) -> int:
    """Wagner and Fischer's table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


@settings(deadline=None)
@given(short, short)
def test_the_bit_vectors_count_the_same_edits_as_the_table(a: str, b: str) -> None:
    assert distance(a, b) == by_the_book(a, b)


@settings(deadline=None)
@given(st.text(max_size=100), st.text(max_size=100))
def test_likeness_is_symmetric_and_one_for_the_same(a: str, b: str) -> None:
    assert similarity(a, b) == similarity(b, a)
    assert 0.0 <= similarity(a, b) <= 1.0
    assert (similarity(a, b) == 1.0) == (a == b)


def test_anls_forgives_case_and_space_and_counts_less_than_half_as_nothing() -> None:
    assert anls("ACME  ltd", "Acme Ltd") == 1.0
    assert anls("Acme Lt", "Acme Ltd") == 1 - 1 / 8
    assert anls("Contoso", "Acme Ltd") == 0.0


def test_f1_of_nothing_is_right() -> None:
    assert (f1(0, 0, 0), f1(1, 1, 2), f1(0, 3, 0)) == (1.0, 2 / 3, 0.0)
