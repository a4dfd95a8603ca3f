from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.text.dates import find_dates, parse_date

PRINTED = [
    ("31st October 2018", "2018-10-31"),
    ("Oct 31, 2018", "2018-10-31"),
    ("October 31st, 2018", "2018-10-31"),
    ("31.10.18", "2018-10-31"),
    ("31. 10. 2018", "2018-10-31"),
    ("2018/10/31", "2018-10-31"),
    ("20181031", "2018-10-31"),
    ("31-OCT-18", "2018-10-31"),
    ("31OCT2018", "2018-10-31"),
    ("le 13 novembre 2017", "2017-11-13"),
    ("1er août 2017", "2017-08-01"),
    ("3. März 2018", "2018-03-03"),
    ("5 de mayo de 2019", "2019-05-05"),
    ("12 stycznia 2021", "2021-01-12"),
    ("31 okt. 2018", "2018-10-31"),
    ("August 2004", "2004-08"),
    ("Nov-17", "2017-11"),
    ("10/2018", "2018-10"),
    ("2004", "2004"),
    ("2018-10-31T12:30:00Z", "2018-10-31"),
    ("31/12/2018 14:05", "2018-12-31"),
    ("25/03/201810:30", "2018-03-25"),
    ("Wednesday, 31 October 2018", "2018-10-31"),
    ("Donnerstag, den 31. Dezember 2018", "2018-12-31"),
    ("10/31/2018", "2018-10-31"),
    ("2/28/98", "1998-02-28"),
    ("3l/1O/2018", "2018-10-31"),
    ("31 10 2018", "2018-10-31"),
    ("2018年10月31日", "2018-10-31"),
]


@pytest.mark.parametrize(("text", "iso"), PRINTED)
def test_a_date_is_read_in_any_form(text: str, iso: str) -> None:
    assert parse_date(text) == iso


@pytest.mark.parametrize(
    "text",
    ["", "abc", "12", "99999", "31/31/2018", "29/02/2019", "2018-13-01", "1.2.3.4", "12:30", "31 December", "9" * 200],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse_date(text)


def test_two_dates_are_not_one() -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse_date("20 May 2018 to 21 May 2018")


@pytest.mark.parametrize(("day_first", "iso"), [(True, "2018-04-03"), (False, "2018-03-04"), (None, "2018-04-03")])
def test_the_pages_order_settles_day_and_month(day_first: bool | None, iso: str) -> None:
    assert parse_date("03/04/2018", day_first) == iso


FORMS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d.%m.%y",
    "%b %d, %Y",
    "%d %b %y",
]


@settings(deadline=None)
@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.sampled_from(FORMS))
def test_a_date_printed_in_any_form_is_read_back(day: date, form: str) -> None:
    printed = day.strftime(form)
    assert parse_date(printed, True) == day.isoformat()
    found = find_dates(f"Date: {printed} 12:30", True)
    assert [(match.text, match.iso) for match in found] == [(printed, day.isoformat())]


@settings(deadline=None)
@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.sampled_from(["%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y"]))
def test_month_first_is_read_back_where_the_page_has_it(day: date, form: str) -> None:
    assert parse_date(day.strftime(form), False) == day.isoformat()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_the_readers(text: str) -> None:
    for match in find_dates(text):
        assert match.text == text[match.start : match.end]
    with suppress(ValueError):
        parse_date(text)


def test_a_period_gives_its_dates_and_not_a_year_31() -> None:
    assert [match.iso for match in find_dates("July 1 - July 31, 2014, 12-14 October 2018")] == [
        "2014-07-31",
        "2018-10-14",
    ]


def test_sections_versions_and_addresses_are_no_dates() -> None:
    assert (
        find_dates("section 3.2.10, version 1.2.18, host 10.10.10.10, tel 12-34-56-78, 20181031, page 3 of 2018") == []
    )


def test_dates_come_in_the_order_of_the_text() -> None:
    found = find_dates("due 30. November 2018, issued 31.10.2018, since May 2017, until 2019-01-02")
    assert [match.iso for match in found] == ["2018-11-30", "2018-10-31", "2017-05", "2019-01-02"]
