"""Postal-code lines of European and American addresses, and the city in them."""

from __future__ import annotations

import re
from typing import NamedTuple

from docproc.engines.ocr.find_invoice.names import STREET_WORD

# One to five words of a city's name: "St. Gallen", "Aix-en-Provence", "'s-Hertogenbosch", "Frankfurt am Main".
_WORD = r"(?:['’]s-)?[^\W\d_][^\W\d_.'’]*(?:[-'’][^\W\d_]+)*\.?"
_CITY = rf"(?P<city>{_WORD}(?:[ /]{_WORD}){{0,4}})"
_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC NSW VIC QLD TAS ACT NT AB BC MB NB NL NS ON PE QC SK"
).replace(" ", "|")
_COUNTRY = r"(?:[A-Z]{1,3}\s?[-–]?\s?)?"

# Code before city. A four-digit code may be a year: it must start its line or segment.
_BEFORE = [
    re.compile(rf"(?<![\w.,/-])\d{{4}} ?[A-Z]{{2}},? {_CITY}"),  # Netherlands
    re.compile(rf"(?<![\w/]){_COUNTRY}\d{{4}}-\d{{3}},? {_CITY}"),  # Portugal
    re.compile(rf"(?<![\w.,/-]){_COUNTRY}\d{{5}},? {_CITY}"),  # Germany, France, Spain, Italy, Finland
    re.compile(rf"(?:^|[•·●|,;] ?){_COUNTRY}\d{{2}}-\d{{3}},? {_CITY}"),  # Poland
    re.compile(rf"(?<![\w.,/-]){_COUNTRY}\d{{3}} \d{{2}},? {_CITY}"),  # Sweden, Czechia, Slovakia
    re.compile(rf"(?:^|[-–·•|,;●] ?){_COUNTRY}\d{{4}},? {_CITY}"),  # Austria, Switzerland, Belgium, Denmark
]
_AFTER = [
    re.compile(rf"{_CITY},? ?(?:{_STATES}),? +\d{{4,5}}(?:-\d{{4}})?(?!\d)"),  # United States, Australia
    re.compile(rf"{_CITY},? (?:{_STATES}),? [A-Z]\d[A-Z] ?\d[A-Z]\d\b"),  # Canada
    re.compile(rf"{_CITY},? [A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}}\b"),  # United Kingdom
    re.compile(rf"{_CITY},? ?[-–] ?\d{{3}} ?\d{{3}}(?!\d|[.,]\d)"),  # India
]
_AFTER.append(re.compile(rf"{_CITY}, [A-Z][a-z]+(?: [A-Z][a-z]+)? \d{{5}}(?:-\d{{4}})?(?!\d)"))  # a state in full
_AFTER.append(re.compile(rf"{_CITY}(?: \d{{1,2}})?, [A-Z]\d[\dW] [A-Z\d]{{4}}\b"))  # Ireland
# Counties stand between town and code.
_COUNTY = re.compile(
    r"(?i)^(?:[a-z]+shire|kent|surrey|essex|(?:east |west )?sussex|norfolk|suffolk|devon|cornwall|dorset|somerset|"
    r"cumbria|"
    r"merseyside|middlesex|greater manchester|tyne and wear|west midlands|(?:north|south|west) yorkshire|co\.? \w+|"
    r"county \w+)$"
)
_DIGITS = re.compile(r"\d{3}|[A-Z]\d[\dA-Z]? \d?[A-Z\d]{2,4}\b")
_ALONE = re.compile(r"^(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[\dW] ?[A-Z\d]{4})$")
# What may follow a code but is no city.
_NOT_CITY = re.compile(
    r"(?i)^(?:stk|st|std|kwh|kg|eur|euro|usd|tel|fax|stück|pcs|units?|unit|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|"
    r"nov|dec|"
    r"januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|days?|tage?|jours?|invoice|"
    r"rechnung|"
    r"iban|bic|swift|ust|vat|tva|rcs|hrb|abn|for|from|vom|bis|von|and|und|the|x|h|nr|no|per|of|to|at|on|du|de|le|la|"
    r"p|s|d|c|"
    r"kunden|customer|page|seite|phone|mwst|gln|kwst|liter|stunden|hours)\b"
)
_TAIL = re.compile(
    r"(?i)[\s,(-]+(?:cedex.*|france|deutschland|germany|italia|italy|españa|spain|schweiz|switzerland|suisse|"
    r"österreich|"
    r"austria|nederland|netherlands|belgique|belgië|belgium|united kingdom|uk|usa|portugal|ireland|india|luxembourg|"
    r"tel|telefon|fax|phone|e-?mail|www|ust.*|iban|tél|siret|siège.*|rcs)\.?$"
)


class City(NamedTuple):
    """A postal line in a text: `text[start:end]` is code and city; `name` stands at `text[at : at + len(name)]`."""

    start: int
    end: int
    name: str
    at: int


def find_city(text: str) -> City | None:
    """The first postal line in a text, None where there is none."""
    if not _DIGITS.search(text):
        return None
    for pattern in _BEFORE:
        for match in pattern.finditer(text):
            city = _city(match)
            if city is not None:
                return city
    for pattern in _AFTER:
        match_after = pattern.search(text)
        if match_after is not None:
            found = _city_before(match_after)
            return _before_county(text, found) if found is not None and is_county(found.name) else found
    return None


def _before_county(text: str, county: City) -> City | None:
    """The town that stands before a county: "Todmorden, Lancashire OL14 7XX"."""
    before = text[: county.at].rstrip(" ,")
    name = before.rsplit(",", maxsplit=1)[-1].strip()
    if len(name) < 3 or any(char.isdigit() for char in name) or not name[0].isupper():
        return None
    at = before.rfind(name)
    return City(at, county.end, name, at)


def is_code_alone(text: str) -> bool:
    """Whether a line is nothing but a British or Irish postal code: the city is the line above."""
    return bool(_ALONE.match(text.strip()))


def city_of_line(text: str) -> str:
    """The city in a line above a lone postal code: "Dublin 2" is Dublin."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > 1 and is_county(parts[-1]):
        parts.pop()
    return re.sub(r"[\s\d,]+$", "", parts[-1]).strip() if parts else ""


def is_county(text: str) -> bool:
    """Whether a line or its last part is a British county, so that the town stands before it."""
    return bool(_COUNTY.match(text.strip(" ,")))


def _city(match: re.Match[str]) -> City | None:
    name = match["city"]
    before = None
    while before != name:
        before, name = name, _TAIL.sub("", name).rstrip(" .,-/")
    if (
        len(name) < 3
        or STREET_WORD.search(name)
        or _NOT_CITY.match(name)
        or (not name[0].isupper() and not name.startswith("'s"))
    ):
        return None
    return City(match.start(), match.start("city") + len(name), name, match.start("city"))


def _city_before(match: re.Match[str]) -> City | None:
    """The city before a code: the words after the last comma, at most three."""
    name = match["city"]
    words = name.split()
    keep = " ".join(words[-3:]) if len(words) > 3 else name
    if _NOT_CITY.match(keep) or not keep[0].isupper() or len(keep) < 3:
        return None
    at = match.start("city") + len(name) - len(keep)
    return City(at, match.end(), keep, at)
