from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.boxes import Affine, Box, PageBox
from docproc.core.grounding import Book, ground
from docproc.core.kinds import kinds
from docproc.core.questions import Column, Question
from docproc.core.types import Answer, Page, Reading, Word

# Each word is 10 high and 8 wide a letter, on a page of 1000 x 1000, one line every 20.
PAGE = """ACME Ltd Invoice 4711
Rechnungsdatum: 31.10.2018
Due 5. November 2018
Pos Item Qty Amount
1 Blue pen 3 1.234,50
2 Green ink 10 99,90
VAT 19 % 253,54
Total EUR 1 587,94
Industrie straße 12, 81100 Johor Bahru
Ref AB-12/7 Nurnberg 7O7.S0 2004-08 09/2004"""


UPRIGHT = Affine()


def reading(text: str = PAGE, to_page: Affine = UPRIGHT) -> Reading:
    words: list[Word] = []
    for number, line in enumerate(text.split("\n")):
        x = 10
        for word in line.split():
            words.append(Word(word, Box(x, 20 * number, x + 8 * len(word), 20 * number + 10), line=number))
            x += 8 * len(word) + 8
    return Reading("layer", tuple(words), 1000, 1000, to_page=to_page)


def page(text: str = PAGE, number: int = 1, to_page: Affine = UPRIGHT) -> Page:
    return Page("d", number, "i", 1000, 1000, 150, layer=reading(text, to_page), layer_trusted=True)


def answer(kind: str, value: str, **more: Any) -> Answer:
    labels, columns = more.pop("labels", ()), more.pop("columns", ())
    return Answer(1, Question("asked", "What?", kind, labels=labels, columns=columns), "ok", value, **more)


def words_at(found: Answer, number: int = 1) -> list[str]:
    """The words of each box, by their centres."""
    texts = []
    for box in found.boxes:
        assert box.page == number
        inside = [
            w
            for w in reading().words
            if box.box.x0 <= w.box.cx / 1000 <= box.box.x1 and box.box.y0 <= w.box.cy / 1000 <= box.box.y1
        ]
        texts.append(" ".join(word.text for word in inside))
    return texts


@pytest.mark.parametrize(
    ("kind", "value", "printed"),
    [
        ("string", "acme ltd", "ACME Ltd"),
        ("string", "4711", "4711"),
        ("string", "Industriestraße 12", "Industrie straße 12,"),
        ("string", "AB 12/7", "AB-12/7"),
        ("string", "Nürnberg", "Nurnberg"),
        ("money", "1234.50 EUR", "1.234,50"),
        ("money", "1587.94 EUR", "1 587,94"),
        ("number", "99.9", "99,90"),
        ("number", "1234.5", "1.234,50"),
        ("integer", "10", "10"),
        ("date", "2018-10-31", "31.10.2018"),
        ("date", "2018-11-05", "5. November 2018"),
        ("date", "2004-08", "2004-08"),
        ("date", "2004-09", "09/2004"),
    ],
)
def test_a_value_is_found_in_its_printed_form(kind: str, value: str, printed: str) -> None:
    found = ground(answer(kind, value), Book([page()]))
    assert (found.evidence, words_at(found), found.found_on) == ("exact", [printed], 1)


@pytest.mark.parametrize(
    ("kind", "value", "printed"),
    [
        ("string", "ACNE Ltd Invoice", "ACME Ltd Invoice"),
        ("string", "B1ue pen", "Blue pen"),
        ("money", "707.50", "7O7.S0"),
    ],
)
def test_a_value_with_letters_amiss_is_close(kind: str, value: str, printed: str) -> None:
    found = ground(answer(kind, value), Book([page()]))
    assert found.evidence == "close"
    assert words_at(found) == [printed]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "Contoso Limited"),
        ("string", "Invoice 4712"),
        ("money", "1587.95"),
        ("money", "123450"),
        ("date", "2018-10-30"),
        ("integer", "3112018"),
        ("boolean", "true"),
    ],
)
def test_what_is_not_on_the_page_has_no_evidence(kind: str, value: str) -> None:
    found = ground(answer(kind, value), Book([page()]))
    assert (found.evidence, found.boxes) == ("none", ())


def test_a_small_number_counts_only_where_it_is_alone_or_labelled() -> None:
    book = Book([page("3 of 3\nCopies: 3\nSheets 7")])
    assert ground(answer("integer", "3"), book).evidence == "none"
    assert ground(answer("integer", "7"), book).evidence == "exact"
    labelled = ground(answer("integer", "3", labels=("copies",)), book)
    assert (labelled.evidence, labelled.boxes[0].box.y0) == ("exact", 0.02)


def test_the_place_after_a_label_comes_first() -> None:
    book = Book([page("50,00 net\nTotal 50,00\n50,00 paid")])
    assert ground(answer("money", "50.00", labels=("total",)), book).boxes[0].box.y0 == 0.02


def test_a_quote_leads_to_the_words_that_it_was_concluded_from() -> None:
    found = ground(answer("boolean", "true", quote="VAT 19 %"), Book([page()]))
    assert (found.evidence, words_at(found)) == ("close", ["VAT 19"])
    assert ground(answer("money", "253.54", quote="VAT 19 % 253,54"), Book([page()])).evidence == "exact"
    assert ground(answer("money", "253.55", quote="VAT 19 % 253,54"), Book([page()])).evidence == "none"


def test_the_page_that_has_the_value_is_named_and_the_engines_page_comes_first() -> None:
    book = Book([page("nothing"), page(number=2), page(number=3)])
    assert ground(answer("string", "ACME Ltd"), book).found_on == 2
    assert ground(answer("string", "ACME Ltd", found_on=3), book).found_on == 3


def test_boxes_are_on_the_page_image_even_where_it_was_scanned_turned() -> None:
    turned = Affine(0, -1, 1000, 1, 0, 0)  # 90 degrees clockwise
    found = ground(answer("string", "4711"), Book([page(to_page=turned)]))
    upright = ground(answer("string", "4711"), Book([page()])).boxes[0].box
    assert found.boxes[0].box == pytest.approx(Box(1 - upright.y1, upright.x0, 1 - upright.y0, upright.x1))


def test_a_value_over_two_lines_has_a_box_on_each() -> None:
    found = ground(answer("string", "Item Qty Amount 1 Blue"), Book([page()]))
    assert words_at(found) == ["Item Qty Amount", "1 Blue"]


def test_the_engines_boxes_are_kept_where_the_value_stands_in_them() -> None:
    right = (PageBox(1, Box(0.12, 0.09, 0.2, 0.12)),)
    found = ground(answer("money", "99.90", boxes=right), Book([page()]))
    assert (found.boxes, found.evidence, found.found_on) == (right, "exact", 1)


WRONG = (PageBox(1, Box(0.8, 0.8, 0.9, 0.9)),)


def test_the_engines_boxes_are_kept_where_the_words_do_not_have_the_value() -> None:
    for value in ("Contoso Limited", "ACNE Ltd Invoice"):  # not there; there only by likeness
        found = ground(answer("string", value, boxes=WRONG), Book([page()]))
        assert (found.boxes, found.evidence, found.signals.looked) == (WRONG, "model", True)


def test_a_value_that_stands_elsewhere_than_the_engine_says_gets_the_place_of_its_words() -> None:
    found = ground(answer("money", "99.90", boxes=WRONG), Book([page()]))
    assert (words_at(found), found.evidence, found.found_on) == (["99,90"], "exact", 1)
    other = ground(answer("string", "ACME Ltd", boxes=WRONG), Book([page("nothing"), page(number=2)]))
    assert (words_at(other, 2), other.found_on) == (["ACME Ltd"], 2)
    listed = ground(answer("list", '["Blue pen","Green ink"]', boxes=WRONG), Book([page()]))
    assert (words_at(listed), listed.evidence) == (["Blue pen", "Green ink"], "exact")


def test_of_several_places_the_one_next_to_the_engines_box_is_taken() -> None:
    book = Book([page("Sum 50,00\n\n\nSum 50,00\n\n\nSum 50,00")])
    near = (PageBox(1, Box(0.2, 0.07, 0.3, 0.08)),)
    assert ground(answer("money", "50.00", boxes=near), book).boxes[0].box.y0 == 0.06


def test_a_few_letters_elsewhere_do_not_move_the_engines_boxes() -> None:
    found = ground(answer("integer", "10", quote="10", boxes=WRONG), Book([page()]))
    assert (found.boxes, found.evidence) == (WRONG, "model")
    there = (PageBox(1, Box(0.11, 0.1, 0.13, 0.11)),)
    assert ground(answer("integer", "10", quote="10", boxes=there), Book([page()])).evidence == "exact"


def test_a_box_around_the_whole_page_says_nothing_of_one_digit() -> None:
    book = Book([page("3 of 3\nCopies: 3")])
    assert ground(answer("integer", "3", boxes=(PageBox(1, Box(0, 0, 1, 1)),)), book).evidence == "model"
    assert ground(answer("integer", "3", boxes=(PageBox(1, Box(0, 0, 0.03, 0.02)),)), book).evidence == "exact"


def test_a_quote_of_one_digit_counts_only_where_it_is_alone_or_labelled() -> None:
    book = Book([page("3 of 3\nCopies: 3\nSheets 7")])
    assert ground(answer("integer", "3", quote="3"), book).evidence == "none"
    assert ground(answer("integer", "3", quote="Copies: 3"), book).evidence == "exact"
    assert ground(answer("integer", "7", quote="7"), book).evidence == "exact"


@pytest.mark.parametrize(
    ("kind", "value", "quote", "looked"),
    [
        ("string", "ACME Ltd", "", True),
        ("string", "Contoso Limited", "", True),
        ("boolean", "true", "", False),  # nothing to look for
        ("boolean", "true", "stamped by hand", True),
        ("choice", "a", "Rechnungsdatum", True),
        ("integer", "1", "", False),  # it stands at several places: whether it is meant there nobody knows
        ("integer", "8", "", True),
        ("string", "→", "", False),
        ("list", '["Blue pen","Purple cow"]', "", True),
    ],
)
def test_an_answer_says_whether_not_finding_it_means_anything(kind: str, value: str, quote: str, looked: bool) -> None:
    found = ground(answer(kind, value, quote=quote), Book([page("1 of 1\n" + PAGE)]))
    assert found.signals.looked is looked


def test_pages_that_nobody_has_read_may_have_anything_on_them() -> None:
    unread, bare = Page("d", 2, "i", 1000, 1000, 150), page("", number=2)
    assert not ground(answer("string", "Contoso"), Book([page(), unread])).signals.looked
    assert ground(answer("string", "Contoso"), Book([page(), bare])).signals.looked
    assert not ground(answer("string", "Contoso"), Book([bare])).signals.looked


def test_a_quote_with_letters_amiss_leads_to_its_words() -> None:
    book = Book([page("nothing\nSigned by Johan Doe in Boston")])
    signed = ground(answer("boolean", "true", quote="Signed by John Doe in Boston"), book)
    assert (signed.evidence, signed.boxes[0].box.y0) == ("close", 0.02)
    assert ground(answer("boolean", "true", quote="Countersigned by nobody"), book).evidence == "none"


def test_items_and_rows_are_found_one_by_one() -> None:
    dates = ground(answer("dates", '["2018-10-31","2018-11-05"]'), Book([page()]))
    assert (dates.evidence, words_at(dates)) == ("exact", ["31.10.2018", "5. November 2018"])
    half = ground(answer("list", '["Blue pen","Green ink","Purple cow"]'), Book([page()]))
    assert (half.evidence, words_at(half)) == ("close", ["Blue pen", "Green ink"])
    columns = (Column("item", "string"), Column("amount", "money"))
    rows = [{"item": "Blue pen", "amount": "1234.50"}, {"item": "Green ink", "amount": None}]
    table = ground(answer("table", json.dumps(rows), columns=columns), Book([page()]))
    assert (table.evidence, words_at(table)) == ("exact", ["Blue pen 3 1.234,50", "Green ink"])


def test_tables_tell_their_own_places() -> None:
    grid = {"page": 1, "box": [0, 0.06, 0.5, 0.12], "caption": "", "grid": [["Pos", "Item"], ["1", "Blue pen"]]}
    found = ground(answer("tables", json.dumps([grid])), Book([page()]))
    assert (found.evidence, found.boxes, found.found_on) == ("exact", (PageBox(1, Box(0, 0.06, 0.5, 0.12)),), 1)
    grid["grid"] = [["Nothing", "like"], ["it", "here"]]
    assert ground(answer("tables", json.dumps([grid])), Book([page()])).evidence == "model"


def test_a_long_text_is_held_against_the_page_sentence_by_sentence() -> None:
    sentences = [f"Sentence number {number} says something of its own." for number in range(30)]
    book = Book([page("\n".join(sentences))])
    assert ground(answer("text", "\n".join(sentences)), book).evidence == "exact"
    mixed = [text if number % 4 else "This one was made up by somebody else." for number, text in enumerate(sentences)]
    assert ground(answer("text", " ".join(mixed)), book).evidence == "close"


def test_a_summary_is_found_on_all_the_pages_that_it_was_taken_from() -> None:
    book = Book(
        [page("The first page says this much."), page("Nothing.", 2), page("The third one adds another thing.", 3)]
    )
    text = "The first page says this much. The third one adds another thing."
    found = ground(answer("text", text), book)
    assert (found.evidence, [box.page for box in found.boxes], found.found_on) == ("exact", [1, 3], 1)


def test_an_answer_without_value_or_an_unread_page_is_left_alone() -> None:
    absent = Answer(1, Question("asked", "What?", "string"), "absent")
    assert ground(absent, Book([page()])) == absent
    unread = Page("d", 1, "i", 1000, 1000, 150)
    assert ground(answer("string", "x"), Book([unread])).evidence == "none"


LISTED = [word.text for word in reading().words]


@settings(deadline=None)
@given(st.integers(0, len(LISTED) - 1), st.integers(1, 6))
def test_any_run_of_words_is_found_where_it_stands(first: int, count: int) -> None:
    run = LISTED[first : first + count]
    value = " ".join(run)
    if sum(char.isalnum() for char in value) < 3:
        return
    found = ground(answer("string", value), Book([page()]))
    assert found.evidence == "exact"
    assert "".join(words_at(found)).replace(" ", "").strip(".,:%") == "".join(run).strip(".,:%")


anything = st.text(max_size=40)


@settings(deadline=None)
@given(anything, anything, st.lists(anything, max_size=6), st.sampled_from(sorted(kinds())))
def test_nothing_that_a_kind_accepts_breaks_it(raw: str, quote: str, lines: list[str], kind: str) -> None:
    question = Question("asked", "What?", kind, choices=("a", "b"), columns=(Column("a", "string"),))
    try:
        value = kinds()[kind].parse([{"a": raw}] if kind == "table" else raw, question)
    except ValueError:
        return
    found = ground(Answer(1, question, "ok", value, quote=quote), Book([page("\n".join([*lines, raw, quote]))]))
    assert all(0 <= side <= 1 for box in found.boxes for side in box.box)
    assert (found.found_on is not None) == bool(found.boxes)
