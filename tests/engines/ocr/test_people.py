from __future__ import annotations

import pytest

from docproc.engines.ocr.people import is_name, names_in


@pytest.mark.parametrize(
    "text", ["Martin Thoma", "Maria K. Oyelaran", "Peter van Rijn", "Prof. Dr. Renate Kühl", "Élodie Marchand"]
)
def test_names_of_persons_are_told(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "Front cover",
        "Annual Report",
        "University of Harrow",
        "Telemetry Bus TB-7",
        "the first winter",
        "Dear Ms Osei",
        "Ltd",
    ],
)
def test_other_capitalised_words_are_no_names(text: str) -> None:
    assert not is_name(text)


def test_a_list_of_authors_is_taken_apart_without_its_footnote_marks() -> None:
    assert names_in("Nadia Belkacem1, Rohan Iyer2, and Sofia Marchetti*") == [
        "Nadia Belkacem",
        "Rohan Iyer",
        "Sofia Marchetti",
    ]
