from __future__ import annotations

import pytest

from docproc.engines.ocr.find_invoice import analyse
from docproc.engines.ocr.find_invoice.names import key_of_name, name_in_capital_line
from docproc.engines.ocr.find_invoice.postal import city_of_line, find_city, is_code_alone
from docproc.engines.ocr.view import View
from tests.engines.ocr.paper import Paper, view_of


def name(view: View, field: str) -> str | None:
    found = analyse(view).fields.get(field)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("line", "city"),
    [
        ("80333 München", "München"),
        ("D-80333 München", "München"),
        ("60311 Frankfurt am Main", "Frankfurt am Main"),
        ("CH-8304 Wallisellen", "Wallisellen"),
        ("1010 Wien", "Wien"),
        ("75371 Paris Cedex 08", "Paris"),
        ("3012 CN Rotterdam", "Rotterdam"),
        ("4050-265 Porto", "Porto"),
        ("20122 Milano (MI)", "Milano"),
        ("111 51 Stockholm, Sweden", "Stockholm"),
        ("00-950 Warszawa", "Warszawa"),
        ("Cleveland, OH 44113", "Cleveland"),
        ("Fremont CA 94538", "Fremont"),
        ("Reno, Nevada 89505", "Reno"),
        ("Toronto, ON M5V 2T6", "Toronto"),
        ("Canal Wharf, Todmorden, Lancashire OL14 7XX", "Todmorden"),
        ("One Plaza, Dublin 2, D02 AB12, Ireland", "Dublin"),
        ("Mumbai - 400050, Maharashtra", "Mumbai"),
        ("Newcastle NSW 2300", "Newcastle"),
    ],
)
def test_the_city_of_a_postal_line_is_read_in_many_countries(line: str, city: str) -> None:
    found = find_city(line)
    assert found is not None
    assert found.name == city
    assert line[found.at : found.at + len(city)] == city


@pytest.mark.parametrize(
    "line",
    [
        "Rechnung vom 12.03.2018",
        "1200 Harbor Blvd, Suite 40",
        "2018 Januar",
        "12345 kg",
        "Telefon 089 123456",
        "22-104 remodel",
    ],
)
def test_other_lines_with_digits_hold_no_city(line: str) -> None:
    assert find_city(line) is None


def test_a_code_that_stands_alone_has_its_town_on_the_line_above() -> None:
    assert is_code_alone("HX1 2AB")
    assert is_code_alone("D02 X285")
    assert not is_code_alone("INV 2024")
    assert city_of_line("Dublin 2") == "Dublin"


def test_two_writings_of_a_firm_have_one_key() -> None:
    assert key_of_name("Müller & Söhne GmbH") == key_of_name("MULLER & SOHNE")
    assert key_of_name("Müller AG") != key_of_name("Meier AG")


def test_a_french_footer_names_the_firm_before_its_form() -> None:
    text = "Libre SAS au capital de 3.441.812 Euros"
    found = name_in_capital_line(text)
    assert found is not None
    assert text[slice(*found)] == "Libre"


def test_headings_tell_the_parties_apart_wherever_they_stand() -> None:
    page = Paper().put(700, 200, "Vendor:").stack(700, 232, ["Amber Works Ltd", "3 Mill Lane", "York YO1 7HH"])
    page.put(100, 200, "Customer:").stack(100, 232, ["Blue Door plc", "9 Park Row", "Leeds LS1 5HD"])
    view = view_of(page)
    assert (name(view, "seller_name"), name(view, "seller_city")) == ("Amber Works Ltd", "York")
    assert (name(view, "buyer_name"), name(view, "buyer_city")) == ("Blue Door plc", "Leeds")


def test_where_the_goods_go_is_not_who_pays() -> None:
    page = Paper().put(100, 200, "Lieferadresse").stack(100, 232, ["Lager Süd", "Am Hafen 1", "89073 Ulm"])
    page.put(660, 200, "Rechnungsadresse").stack(660, 232, ["Kontor Nord KG", "Marktplatz 5", "24103 Kiel"])
    view = view_of(page)
    assert (name(view, "buyer_name"), name(view, "buyer_city")) == ("Kontor Nord KG", "Kiel")


def test_a_sender_line_whose_marks_ocr_lost_is_no_part_of_the_address_under_it() -> None:
    page = Paper().put(140, 300, "Bei Spiel GmbH", 14).put(270, 300, "Ecke 12", 14).put(345, 300, "94032 Passau", 14)
    page.stack(140, 340, ["Theodor Est", "Bahnstr. 42", "88802 Spielkreis"])
    view = view_of(page, scanned=True)
    assert (name(view, "seller_name"), name(view, "seller_city")) == ("Bei Spiel GmbH", "Passau")
    assert (name(view, "buyer_name"), name(view, "buyer_city")) == ("Theodor Est", "Spielkreis")


def test_a_heading_without_a_postal_line_still_names_the_party() -> None:
    page = Paper().put(100, 200, "To:").stack(100, 232, ["Nordlys Forlag AS", "Storgata 14"])
    assert name(view_of(page), "buyer_name") == "Nordlys Forlag AS"


def test_a_name_that_only_stands_in_a_logo_is_taken_from_the_web_address_with_little_confidence() -> None:
    page = Paper().put(100, 900, "Invoice 12 of 3 May 2020").put(100, 1700, "www.willowbrook.co.uk")
    found = analyse(view_of(page)).fields["seller_name"]
    assert found.value == "willowbrook"
    assert found.confidence <= 0.5


def test_the_name_that_a_mail_address_agrees_with_is_the_sellers() -> None:
    page = (
        Paper()
        .put(100, 120, "Quarry Lane", 20)
        .put(100, 160, "Willowbrook", 20)
        .put(100, 200, "hello@willowbrook.example")
    )
    assert name(view_of(page), "seller_name") == "Willowbrook"
