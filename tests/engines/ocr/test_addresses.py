from __future__ import annotations

import pytest

from docproc.engines.ocr.addresses import address_score, is_place, is_postcode_line


@pytest.mark.parametrize(
    "line",
    [
        "27,JALAN DEDAP 13,",
        "NO. 9-G, Jalan Dinar D U3/D",
        "Industriestraße 101",
        "18 rue des Tanneurs",
        "4821 Harbor View Rd",
        "C/ Mayor, 112",
        "Via Garibaldi 8",
        "Unit 7, Mill Lane",
        "OFFJALANPUDU,",
        "LOT 2685 JLN GENTING KLANG",
    ],
)
def test_lines_of_addresses_look_like_it(line: str) -> None:
    assert address_score(line) >= 1


@pytest.mark.parametrize(
    "line", ["TAX INVOICE", "Thank you, come again", "NASI GORENG", "Tel 03-8733 1122", "HARDWARE TRADING"]
)
def test_other_lines_do_not(line: str) -> None:
    assert address_score(line) < 0.6


@pytest.mark.parametrize(
    "line",
    ["50968 Köln", "Portland, OR 97219", "3511 AB Utrecht", "Totnes TQ9 5RY", "Toronto, ON M5H 2M9", "43000KAJANG"],
)
def test_a_postcode_with_its_town_is_seen(line: str) -> None:
    assert is_postcode_line(line)


def test_a_country_alone_is_a_place_and_a_firm_with_its_name_is_not() -> None:
    assert is_place("MALAYSIA")
    assert not is_place("GARDENIA BAKERIES OF MALAYSIA")
