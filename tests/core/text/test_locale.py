from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.text.locale import Locale, locale_of


def test_a_german_page_has_decimal_commas_and_days_first() -> None:
    text = "Rechnung Nr. 5\nDatum 3.4.2018\nBetrag 1.234,56 EUR\nBitte zahlen Sie den Betrag"
    assert locale_of(text) == Locale(",", True, "de", "EUR")


def test_an_american_page_has_months_first() -> None:
    found = locale_of("Invoice date 10/12/2018, total $12.50, the amount is due to Contoso, Austin, TX 73301")
    assert found == Locale(".", False, "en", "USD")


def test_a_date_that_can_be_read_in_one_way_only_beats_the_country() -> None:
    assert locale_of("the invoice of 31/10/2018 in $12.50").day_first


def test_a_french_page_may_group_with_spaces() -> None:
    found = locale_of("Facture du 3 avril, montant total 1 234,56 € pour le client")
    assert (found.decimal, found.language, found.spaces) == (",", "fr", True)


def test_swedish_kronor_are_told_from_danish_ones_by_the_language() -> None:
    assert locale_of("Faktura för kund och summa att betala inte från den 120,00 kr").currency == "SEK"
    assert locale_of("kr").currency is None


def test_no_text_tells_nothing() -> None:
    assert locale_of("") == Locale()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    assert locale_of(text).decimal in ".,"
