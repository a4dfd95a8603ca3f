"""Dates as printed: numeric orders, month names of Europe's Latin-script languages, two-digit years, partial dates.

Canonical: "2018-10-31", or "2004-08" and "2004" where no more is said. Two-digit years follow POSIX: 69 to 99 are
1969 to 1999, 00 to 68 are 2000 to 2068.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from typing import NamedTuple

from docproc.core.text.fold import fold


class DateMatch(NamedTuple):
    """A date in a text: `text[start:end]`, as ISO, possibly partial."""

    start: int
    end: int
    iso: str
    text: str


# Folded (lower case, no accents) names and abbreviations by month: en de fr es it nl pt pl sv da nb fi cs ro.
_MONTHS = """
    january jan januar janner jaen janvier janv enero ene gennaio gen januari janeiro stycznia styczen sty
    tammikuuta tammikuu ledna leden ianuarie ian|
    february feb februar febr feber fevrier fevr fev febrero febbraio februari fevereiro lutego luty lut
    helmikuuta helmikuu unora unor februarie|
    march mar marz maerz mrz mars marzo maart mrt marco marca marzec maaliskuuta maaliskuu brezna brezen
    martie mart|
    april apr avril avr abril abr aprile kwietnia kwiecien kwi huhtikuuta huhtikuu dubna duben aprilie|
    may mai mayo maggio mag mei maio maja maj toukokuuta toukokuu kvetna kveten|
    june jun juni juin junio giugno giu junho czerwca czerwiec cze kesakuuta kesakuu cervna cerven iunie iun|
    july jul juli juil juillet julio luglio lug julho lipca lipiec lip heinakuuta heinakuu cervence cervenec
    iulie iul|
    august aug aout agosto ago augustus augusti sierpnia sierpien sie elokuuta elokuu srpna srpen|
    september sept sep septembre septiembre setiembre settembre set setembro wrzesnia wrzesien wrz syyskuuta
    syyskuu zari septembrie|
    october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika pazdziernik paz lokakuuta
    lokakuu rijna rijen octombrie|
    november nov novembre noviembre novembro listopada listopad lis marraskuuta marraskuu noiembrie noi|
    december dec dezember dez decembre diciembre dic dicembre dezembro dez desember des grudnia grudzien gru
    joulukuuta joulukuu prosince prosinec decembrie
"""
MONTHS = {name: number for number, names in enumerate(_MONTHS.split("|"), 1) for name in names.split()}
# Any word: looking it up in MONTHS afterwards is faster than two hundred alternatives.
_NAME = r"[a-z]{3,12}"
# "July 31, 2014" has no year 31.
_YEAR = r"(?:[12]\d{3}|'?\d{2}(?!\s?,\s?[12]\d{3}))"
_OF = r"(?:\s*(?:of|de|del|di|den)\b)?"
_GAP = r"[\s.,/-]{0,3}"
_TAIL = r"(?!\d)(?![./-]\d)"
_HEAD = r"(?<!\d)(?<!\d[./-])"
_NTH = r"(?:st|nd|rd|th|er|re|e|o|a|º|ª|:e)?"
_CLOCK = r"(?=\d{2}:\d{2})"  # OCR drops the space between a date and a time

_ISO = re.compile(rf"{_HEAD}([12]\d{{3}})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?:(?=t\d\d)|{_TAIL}|{_CLOCK})")
_NUMERIC = re.compile(
    rf"{_HEAD}(\d{{1,2}})\s?([./-])\s?(\d{{1,2}})\s?\2\s?([12]\d{{3}}(?:{_TAIL}|{_CLOCK})|'?\d{{2}}{_TAIL})"
)
_DAY_NAME_YEAR = re.compile(
    rf"(?<!\d)(?<!\d[./])(\d{{1,2}}){_NTH}{_GAP}{_OF}{_GAP}(?<![a-z])({_NAME})(?![a-z])"
    rf"{_GAP}{_OF}{_GAP}({_YEAR})(?:{_TAIL}|{_CLOCK})"
)
_NAME_DAY_YEAR = re.compile(
    rf"(?<![^\W\d_])({_NAME})[.\s-]{{1,3}}(\d{{1,2}}){_NTH}(?:\s?-\s?\d{{1,2}}{_NTH})?"
    rf"(?:\s?,\s?|[\s-]{{1,2}})([12]\d{{3}}|'\d{{2}}|\d{{2}}(?!:)){_TAIL}"
)
_YEAR_NAME_DAY = re.compile(rf"{_HEAD}([12]\d{{3}})[\s.-]{{1,2}}({_NAME})[\s.-]{{1,2}}(\d{{1,2}}){_TAIL}")
_NAME_YEAR = re.compile(
    rf"(?<![^\W\d_])({_NAME})(?:[.,]?\s{{0,2}}{_OF}\s{{0,2}}([12]\d{{3}})|[.\s]?['-]\s?(\d{{2}})){_TAIL}"
)
_MONTH_YEAR = re.compile(rf"{_HEAD}(0?[1-9]|1[0-2])/((?:19|20)\d{{2}}){_TAIL}(?!/)")
_CJK = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_COMPACT = re.compile(r"([12]\d{3})(\d{2})(\d{2})")
_PARTIAL = re.compile(r"([12]\d{3})(?:[-/.](\d{1,2}))?")
_MONTH_ONLY = re.compile(r"(0?[1-9]|1[0-2])[./-]([12]\d{3})")
_SPACED = re.compile(r"(\d{1,2}) (\d{1,2}) ([12]\d{3}|\d{2})")
# OCR's letters for 0 and 1 between digits and date marks: "1O/O3/2018", "l2.10.2018".
_ZERO = re.compile(r"(?<=[\d/.-])[oq](?=[\d/.-])|(?<![^\W_])o(?=\d[./-]\d)")
_ONE = re.compile(r"(?<=[\d/.-])[l|i](?=[\d/.-])|(?<![^\W_])[l|i](?=\d[./-]\d)")

# Longest text that can be one date: "Donnerstag, den 31. Dezember 2018, 23:59:59 Uhr (MEZ)".
_LONGEST = 80


def parse_date(text: str, day_first: bool | None = None) -> str:
    """The one date that a text is, as ISO, possibly partial; a weekday before it and a time after it are passed over.

    `day_first` settles "03/04/2018"; None takes the day first. Raises ValueError where the text is anything else.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"not a date: {text[:40]!r}…")
    stripped = text.strip()
    for pattern, read in _WHOLE:
        match = pattern.fullmatch(fold(stripped).strip(" .,"))
        iso = read(match, day_first) if match else None
        if iso:
            return iso
    found = find_dates(stripped, day_first)
    if len({match.iso for match in found}) == 1 and _only_a_date(stripped, found[0]):
        return found[0].iso
    raise ValueError(f"not a date: {text[:40]!r}")


_AROUND = re.compile(r"[\s.,;:()\[\]]*")
_TIME_AFTER = re.compile(
    r"[\s.,;:()-]*(?:t|at|um|kl|a|at)?\s*\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:\.\d{1,9})?)?\s*"
    r"(?:am|pm|a\.m\.|p\.m\.|uhr|z|utc|gmt|[+-]\d{2}:?\d{2})?[\s.,()]*"
)


def _only_a_date(text: str, match: DateMatch) -> bool:
    """Whether nothing but a weekday, small words before it and a time after it accompany a date."""
    folded = fold(text)
    before, after = folded[: match.start], folded[match.end :]
    led = _AROUND.fullmatch(before) or (not re.search(r"\d", before) and len(before.split()) <= 3)
    return bool(led) and bool(_AROUND.fullmatch(after) or _TIME_AFTER.fullmatch(after) or not re.search(r"\w", after))


def find_dates(text: str, day_first: bool | None = None) -> list[DateMatch]:
    """The dates in a text, in order, none within another. Years alone and bare digits ("20181031") are left out."""
    folded = _ONE.sub("1", _ZERO.sub("0", fold(text)))
    if not _HINT.search(folded):
        return []
    found: list[DateMatch] = []
    taken: list[tuple[int, int]] = []
    for pattern, read in _IN_TEXT:
        at = 0
        while (match := pattern.search(folded, at)) is not None:
            start, end = match.span()
            free = not any(start < other_end and other_start < end for other_start, other_end in taken)
            iso = read(match, day_first) if free else None
            at = end if iso else start + 1
            if iso is not None:
                taken.append((start, end))
                found.append(DateMatch(start, end, iso, text[start:end]))
    return sorted(found)


_HINT = re.compile(r"\d\D{1,20}\d|[a-z].{0,8}\d")


def iso_of(year: int, month: int, day: int) -> str | None:
    """ISO of a day that exists in the years 1000 to 2999, else None."""
    if not (1000 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"


def _partial(year: int, month: int | None = None) -> str | None:
    if not 1000 <= year <= 2999 or (month is not None and not 1 <= month <= 12):
        return None
    return f"{year:04d}" if month is None else f"{year:04d}-{month:02d}"


def _year(text: str) -> int:
    digits = text.lstrip("'")
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= 69 else 2000)


Read = Callable[[re.Match[str], bool | None], str | None]


def _ymd(match: re.Match[str], _: bool | None) -> str | None:
    return iso_of(int(match[1]), int(match[3]), int(match[4]))


def _numeric(match: re.Match[str], day_first: bool | None) -> str | None:
    first, second, year = int(match[1]), int(match[3]), _year(match[4])
    short = len(match[4].strip("'")) == 2
    if match[2] == "." and short and (len(match[1]), len(match[3])) != (2, 2):
        return None  # "3.2.10" is a section, a version, an address
    as_day_first, as_month_first = iso_of(year, second, first), iso_of(year, first, second)
    if match[2] == "." and short:
        as_month_first = None  # points are European; "10.31.18" is no date anywhere
    return as_month_first or as_day_first if day_first is False else as_day_first or as_month_first


def _numeric_alone(match: re.Match[str], day_first: bool | None) -> str | None:
    first, second, year = int(match[1]), int(match[match.re.groups - 1]), _year(match[match.re.groups])
    orders = [iso_of(year, second, first), iso_of(year, first, second)]
    return next((iso for iso in (reversed(orders) if day_first is False else orders) if iso), None)


def _day_name_year(match: re.Match[str], _: bool | None) -> str | None:
    return iso_of(_year(match[3]), MONTHS.get(match[2], 0), int(match[1]))


def _name_day_year(match: re.Match[str], _: bool | None) -> str | None:
    return iso_of(_year(match[3]), MONTHS.get(match[1], 0), int(match[2]))


def _year_name_day(match: re.Match[str], _: bool | None) -> str | None:
    return iso_of(int(match[1]), MONTHS.get(match[2], 0), int(match[3]))


def _name_year(match: re.Match[str], _: bool | None) -> str | None:
    return _partial(_year(match[2] or match[3]), MONTHS.get(match[1], 0))


def _month_year(match: re.Match[str], _: bool | None) -> str | None:
    return _partial(int(match[2]), int(match[1]))


def _year_month(match: re.Match[str], _: bool | None) -> str | None:
    return _partial(int(match[1]), int(match[2]) if match[2] else None)


def _three_numbers(match: re.Match[str], _: bool | None) -> str | None:
    return iso_of(int(match[1]), int(match[2]), int(match[3]))


# In order of how sure they are: a match keeps its characters from the patterns after it.
_IN_TEXT: tuple[tuple[re.Pattern[str], Read], ...] = (
    (_ISO, _ymd),
    (_YEAR_NAME_DAY, _year_name_day),
    (_DAY_NAME_YEAR, _day_name_year),
    (_NAME_DAY_YEAR, _name_day_year),
    (_NUMERIC, _numeric),
    (_NAME_YEAR, _name_year),
    (_MONTH_YEAR, _month_year),
    (_CJK, _three_numbers),
)
# What only a text that is known to be a date may be.
_WHOLE: tuple[tuple[re.Pattern[str], Read], ...] = (
    (_COMPACT, _three_numbers),
    (_PARTIAL, _year_month),
    (_MONTH_ONLY, _month_year),
    (_SPACED, _numeric_alone),
    (_NUMERIC, _numeric_alone),
)
