from __future__ import annotations

import pytest

from docproc.engines.ocr.labels import hits_in, key_of, lexicon_of
from docproc.engines.ocr.rows import sheets
from tests.engines.ocr.paper import Paper, view_of

LEXICON = lexicon_of(
    {"number": {1.0: "invoice number|facture n°", 0.4: "number"}, "due": {1.0: "due date|fälligkeitsdatum"}}
)


def names(paper: Paper, scanned: bool = False) -> list[tuple[str, str]]:
    return [(hit.name, hit.span.text) for hit in hits_in(sheets(view_of(paper, scanned=scanned)), LEXICON)]


@pytest.mark.parametrize("printed", ["Fälligkeitsdatum", "FAELLIGKEITSDATUM", "Falligkeitsdatum", "Fälligkeits-Datum"])
def test_a_label_is_known_without_its_case_accents_and_marks(printed: str) -> None:
    assert key_of(printed) == key_of("fälligkeitsdatum")


def test_due_is_not_taken_for_a_german_umlaut() -> None:
    assert key_of("due") != key_of("du")


def test_the_longest_label_wins() -> None:
    assert names(Paper().put(100, 100, "Invoice number: 12")) == [("number", "Invoice number")]


def test_a_number_sign_is_a_word() -> None:
    assert names(Paper().put(100, 100, "Facture n°562")) == [("number", "Facture n°")]


def test_a_part_of_a_compound_is_no_label() -> None:
    assert names(Paper().put(100, 100, "Lieferschein-Number 12")) == []


def test_ocr_may_get_one_letter_of_a_long_label_wrong() -> None:
    paper = Paper().put(100, 100, "Fälligkeitsdafum: 1.2.2020")
    assert names(paper, scanned=True) == [("due", "Fälligkeitsdafum")]
    assert names(paper) == []


def test_ocr_may_lose_the_space_in_a_label_and_after_its_colon() -> None:
    assert names(Paper().put(100, 100, "InvoiceNumber:42183017"), scanned=True) == [("number", "InvoiceNumber")]


def test_a_label_weighs_less_inside_a_sentence() -> None:
    lone = hits_in(sheets(view_of(Paper().put(100, 100, "Due date: 3 May 2020"))), LEXICON)[0]
    prose = "Please note that after the due date we shall have to add interest to the sum."
    inside = hits_in(sheets(view_of(Paper().put(100, 100, prose))), LEXICON)[0]
    assert inside.weight < 0.5 * lone.weight
