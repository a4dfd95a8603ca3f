from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.text.numbers import currency_of, find_amounts, parse_number

PRINTED = [
    ("1.234,56", "1234.56"),
    ("1,234.56", "1234.56"),
    ("1 234,56", "1234.56"),
    ("1\u202f234,5 €", "1234.5"),
    ("1\u00a0234\u00a0567,89", "1234567.89"),
    ("1'234.50", "1234.50"),
    ("CHF 1’234.50", "1234.50"),
    ("1,23,456.78", "123456.78"),
    ("(12.00)", "-12"),
    ("USD (1,234.00)", "-1234"),
    ("12.00-", "-12"),
    ("−7,5", "-7.5"),
    ("-€ 5", "-5"),
    ("€ -5,00", "-5"),
    ("1.234,-", "1234"),
    ("CHF 1'234.--", "1234"),
    ("RM12.50", "12.50"),
    ("Rs. 500", "500"),
    ("100,00 kr.", "100"),
    ("1 234 567,89 zł", "1234567.89"),
    ("$.50", "0.50"),
    ("19 %", "19"),
    ("0.125", "0.125"),
    ("0,125", "0.125"),
    ("1234,567", "1234.567"),
    ("12 . 50", "12.50"),
    ("12,5O", "12.50"),
    ("１２.５０", "12.50"),
    ("12.", "12"),
]


@pytest.mark.parametrize(("text", "value"), PRINTED)
def test_an_amount_is_read_in_the_form_of_any_locale(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "-", "€", "abc", "12a", "31.10.2018", "1,2,3", "12.345.67", "1 2", "9" * 40, "1.2,3.4", "Ol", "12 345 67"],
)
def test_what_is_no_single_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("1,5", ".", "1.5"),
    ],
)
def test_the_pages_decimal_mark_settles_three_digits_after_a_mark(text: str, decimal: str, value: str) -> None:
    assert parse_number(text, decimal) == Decimal(value)


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(
    amounts,
    st.sampled_from([",.", ".,", " ,", " .", "'.", "\u00a0,", "\u202f,", "’."]),
    st.sampled_from(["", "€ ", "RM", "USD "]),
)
def test_an_amount_printed_with_any_marks_is_read_back(value: Decimal, marks: str, currency: str) -> None:
    printed = f"{value:,.2f}".replace(",", "t").replace(".", marks[1]).replace("t", marks[0])
    assert parse_number(currency + printed) == value
    found = find_amounts(f"Total: {currency}{printed}\n", spaces=True)
    assert [match.value for match in found] == [value]


@settings(deadline=None)
@given(amounts)
def test_canonical_text_reads_as_itself(value: Decimal) -> None:
    assert parse_number(format(value, "f")) == value


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    for match in find_amounts(text):
        assert match.text == text[match.start : match.end]
        assert any(char.isdigit() for char in match.text)
    currency_of(text)
    with suppress(ValueError):
        parse_number(text)


def test_amounts_carry_the_currency_beside_them() -> None:
    found = find_amounts("Total RM12.50 paid RM 20.00, 10 USD 12 EUR kr 12,00")
    assert [(match.text, match.currency) for match in found] == [
        ("12.50", "MYR"),
        ("20.00", "MYR"),
        ("10", "USD"),
        ("12", "EUR"),
        ("12,00", None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "31.10.2018",
        "12:30",
        "19 %",
        "INV-123",
        "3rd",
        "A4",
        "10kg",
        "12/5",
        "030/12345-67",
        "2018-10-31",
        "H2O",
        "5-10",
    ],
)
def test_dates_times_ids_and_percentages_are_no_amounts(text: str) -> None:
    assert find_amounts(f"see {text} there") == []


def test_signs_and_brackets_make_amounts_negative_but_years_in_brackets_stay() -> None:
    assert [match.value for match in find_amounts("-5.00 and -€6,00 and 12.00- and (7.50) and (2018) and 1.234,-")] == [
        Decimal(value) for value in ("-5.00", "-6.00", "-12.00", "-7.50", "2018", "1234.00")
    ]


def test_plain_spaces_group_only_where_the_page_says_so() -> None:
    assert [match.text for match in find_amounts("2 150.00")] == ["2", "150.00"]
    assert [match.text for match in find_amounts("2 150,00")] == ["2 150,00"]
    assert [match.text for match in find_amounts("2 150,00", spaces=False)] == ["2", "150,00"]
    assert [match.text for match in find_amounts("2 150.00", spaces=True)] == ["2 150.00"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("€", "EUR"),
        ("Total in CHF", "CHF"),
        ("RM", "MYR"),
        ("US$ 5", "USD"),
        ("R$ 5", "BRL"),
        ("Betrag in Euro", "EUR"),
        ("kr 5", None),
        ("ALL RIGHTS", None),
        ("Fr. 12.50", "CHF"),
        ("Fr. Müller", None),
        ("£12", "GBP"),
        ("", None),
    ],
)
def test_a_currency_is_named_only_where_it_is_sure(text: str, code: str | None) -> None:
    assert currency_of(text) == code


def test_an_amount_may_be_glued_to_its_label() -> None:
    values = [match.value for match in find_amounts("Total:67.38 Summe:1.234,50")]
    assert values == [Decimal("67.38"), Decimal("1234.50")]
    assert find_amounts("ID:4711 No:12") == []
    assert find_amounts("12:30.50") == []
