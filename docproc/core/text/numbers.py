"""Amounts as printed, in any locale of Latin script.

Where a text can be read in two ways ("1.234"), `decimal`, the decimal mark of the page ("." or ","), settles it;
without it a comma before three digits groups thousands and a point is a decimal mark, so that canonical text reads as
itself.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from docproc.core.text.currencies import TOKEN, code_of, is_currency, sure_currencies
from docproc.core.text.fold import plain_marks

# More digits than any amount has: keeps hostile input from becoming megabytes of number.
MOST_DIGITS = 30


class Match(NamedTuple):
    """An amount in a text: `text[start:end]` is the numeral with its sign, without its currency (ISO 4217 or None)."""

    start: int
    end: int
    value: Decimal
    currency: str | None
    text: str


def currency_of(text: str) -> str | None:
    """The ISO 4217 code of the first currency in a text: one beside a numeral, else one that is no other word.

    A sign that several countries share is the one that most people mean by it ("$" USD, "¥" JPY); a word that several
    share ("kr") is None.
    """
    for match in find_amounts(text):
        if match.currency:
            return match.currency
    sure = sure_currencies(text)
    if sure:
        return sure[0]
    return code_of(text.strip()) if len(text) < 16 else None


_BODY = re.compile(r"[\d.,' ]*\d[\d.,' ]*")
_NO_CENTS = re.compile(r"(?<=\d)([.,]) ?-{1,2}$")  # "12,-": the mark before the dash is the decimal one
_LOOSE_POINT = re.compile(r"(?<=\d) ?([.,]) ?(?=\d{2}$)")
_LEAD = re.compile(rf"({TOKEN}):? {{0,3}}(?=[-+(\d.,OlI])")
_TRAIL = re.compile(rf"(?<=[-+)\d.,OlI%]) {{0,3}}({TOKEN})$")
# What OCR makes of zeros and ones inside a numeral.
_CONFUSED = str.maketrans("OoQlI|", "000111")


def parse_number(text: str, decimal: str | None = None) -> Decimal:
    """The one number that a text is, with or without currency or percent sign ("19 %" is 19).

    Takes "1.234,56", "1,234.56", "1 234,56", "1'234.50", "1,23,456.78", "(12.00)", "12.00-", "1.234,-", "-€ 5".
    Raises ValueError where the text is anything else.
    """
    body, negative = _unsigned(plain_marks(text).strip())
    if not _BODY.fullmatch(body):
        body = _unconfused(body)
    value = _value(_LOOSE_POINT.sub(r"\1", body), decimal)
    return -value if negative and value else value


def _unsigned(text: str) -> tuple[str, bool]:
    """The bare numeral of a text, and whether a sign, a trailing minus or parentheses make it negative."""
    if len(text) > 4 * MOST_DIGITS:
        raise ValueError(f"not a number: {text[:40]!r}…")
    body, negative = text, False
    for _ in range(5):  # sign, currency, parentheses and percent sign may come in any order
        before = body
        if body.startswith("(") and body.endswith(")"):
            body, negative = body[1:-1].strip(), True
        body = body.removesuffix("%").rstrip()
        lead, trail = _LEAD.match(body), _TRAIL.search(body)
        if lead and is_currency(lead[1]):
            body = body[lead.end() :]
        elif trail and is_currency(trail[1]):
            body = body[: trail.start()]
        body = _NO_CENTS.sub(r"\g<1>00", body)
        body = body[:-1] if body[-1:] in (".", ",") and body[-2:-1].isdigit() else body
        if body.startswith(("-", "+")):
            negative, body = negative or body[0] == "-", body[1:].lstrip()
        elif body.endswith("-"):
            negative, body = True, body[:-1].rstrip()
        if body == before:
            break
    return body, negative


def _unconfused(body: str) -> str:
    """The numeral that OCR misread, where most of its characters are digits and the rest look like digits."""
    digits = sum(char.isdigit() for char in body)
    fixed = body.translate(_CONFUSED)
    changed = sum(a != b for a, b in zip(body, fixed, strict=True))
    if changed == 0 or digits < 2 or changed * 2 > digits or not _BODY.fullmatch(fixed):
        raise ValueError(f"not a number: {body[:40]!r}")
    return fixed


def _value(body: str, decimal: str | None) -> Decimal:
    """The value of digits with marks between them. Raises ValueError where the marks make no sense."""
    mark = _decimal_mark(body, decimal)
    whole, _, fraction = body.rpartition(mark) if mark else (body, "", "")
    digits = _ungrouped(whole)
    if digits is None or (mark and not _DIGITS.fullmatch(fraction)) or not (digits or fraction):
        raise ValueError(f"not a number: {body[:40]!r}")
    if len(digits) + len(fraction) > MOST_DIGITS:
        raise ValueError(f"more digits than an amount has: {body[:40]!r}")
    return Decimal(f"{digits or '0'}.{fraction}") if fraction else Decimal(digits)


def _decimal_mark(body: str, decimal: str | None) -> str:
    """Which of "." and "," is the decimal mark of a numeral; "" for neither, "!" for two that contradict each other."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        last = "." if body.rfind(".") > body.rfind(",") else ","
        return last if body.count(last) == 1 else "!"
    if points + commas != 1:
        return ""
    mark = "." if points else ","
    whole, _, fraction = body.partition(mark)
    # "0,125", "1234,567" and "1 234,567" cannot be groups of thousands; "1,234" can.
    groups = len(fraction) == 3 and _DIGITS.fullmatch(whole) and 1 <= len(whole) <= 3 and whole[0] != "0"
    return "" if groups and (decimal or ".") != mark else mark


_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}([.,' ])[0-9]{3}(?:\1[0-9]{3})*|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")


def _ungrouped(whole: str) -> str | None:
    """The digits of an integer with or without thousands marks, None where the marks do not stand in threes."""
    if not whole or _DIGITS.fullmatch(whole):
        return whole
    return re.sub("[.,' ]", "", whole) if _GROUPED.fullmatch(whole) else None


_NUMERAL = re.compile(r"[0-9][0-9.,'OoQ]*|(?<![\w.,'])[.,][0-9]{2}(?![\d.,])")
_THIN = re.compile(r"[0-9]{1,3}(?:[\u00a0\u2007\u2009\u202f][0-9]{3})+(?:[.,][0-9]+)?(?![0-9])")
_SPACED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]{2})?(?![0-9])")
_BEFORE = re.compile(rf"(?P<open>\()?(?P<sign>[-+] ?)?(?P<currency>{TOKEN})?:? {{0,2}}(?P<sign2>[-+])?$")
_AFTER = re.compile(
    rf"(?P<cents>[.,] ?-{{1,2}}(?![0-9]))?(?P<minus>-(?=[\s)]|$))?(?P<close>\))? {{0,2}}(?P<currency>{TOKEN})?"
)
# What follows a numeral that is a part of something else: a percentage, a fraction, a time, a range, a date.
_PART_AFTER = re.compile(r" ?%|[/:×][0-9]|-[0-9A-Za-z]|[.,'][0-9]")
_PART_BEFORE = re.compile(r"[0-9A-Za-z][/:.,'-]$|[0-9A-Za-z_#]$")


def find_amounts(text: str, decimal: str | None = None, spaces: bool | None = None) -> list[Match]:
    """Every number that stands by itself in a text, in order; percentages, dates, times, ranges and ids are left out.

    `spaces` says whether a plain space groups thousands on this page ("2 150,00" may be two columns): None takes it so
    only before a decimal comma, False never, True always. No-break and thin spaces always group.
    """
    found: list[Match] = []
    plain = plain_marks(text)
    at = taken = 0  # `taken`: where the currency after the last amount ends, which is not the next amount's
    while (start := _NUMERAL.search(plain, at)) is not None:
        body, at = _body(text, plain, start, spaces)
        amount = _amount(plain, start.start(), body, taken, decimal)
        if amount is not None:
            match, taken = amount
            at = max(at, match.end)
            found.append(match._replace(text=text[match.start : match.end]))
    return found


def _body(text: str, plain: str, start: re.Match[str], spaces: bool | None) -> tuple[str, int]:
    """The numeral that begins at a match, and where to look for the next one."""
    grouped = _THIN.match(text, start.start())
    if grouped is None and spaces is not False:
        grouped = _SPACED.match(plain, start.start())
        if grouped and spaces is None and grouped.group()[-3:-2] != ",":
            grouped = None
    if grouped:
        return plain[grouped.start() : grouped.end()], grouped.end()
    body = start.group().rstrip(".,'")
    fixed = body.translate(_CONFUSED)
    if fixed != body and not re.search(r"[.,][0-9]{2}$", fixed):
        body = re.split("[OoQ]", body, maxsplit=1)[0]
        return body, start.end()
    return fixed, start.end()


def _amount(plain: str, at: int, body: str, taken: int, decimal: str | None) -> tuple[Match, int] | None:
    """The amount whose numeral is `body` at `at`, with sign and currency, and the end of the currency after it."""
    end = at + len(body)
    before = _BEFORE.search(plain, max(taken, at - 16), at)
    after = _AFTER.match(plain, end)
    if before is None or after is None:
        return None
    lead = before["currency"] if before["currency"] and is_currency(before["currency"]) else None
    trail = after["currency"] if after["currency"] and is_currency(after["currency"]) else None
    glued_before = lead is None and _PART_BEFORE.search(plain, max(0, at - 2), at) and not _labelled(plain, at, body)
    glued_after = trail is None and plain[end : end + 1].isalpha()
    if glued_before or glued_after or _PART_AFTER.match(plain, end):
        return None
    try:
        value = _value(body + after["cents"][0] + "00" if after["cents"] else body, decimal)
    except ValueError:
        return None
    sign = _sign_at(plain, before, lead is not None)
    minus = bool(after["minus"]) and ("." in body or "," in body)  # "5-" at the end of a line is half a range
    bracketed = bool(before["open"] and after["close"]) and ("." in body or "," in body or lead is not None)
    if (sign is not None and plain[sign] == "-") or minus or bracketed:
        value = -value if value else value
    stop = after.end("minus") if minus else after.end("cents") if after["cents"] else end
    currency = code_of(lead) if lead else code_of(trail) if trail else None
    follows = after.end("currency") if trail and not lead else 0
    return Match(at if sign is None else sign, stop, value, currency, ""), follows


def _labelled(plain: str, at: int, body: str) -> bool:
    """Whether an amount with its cents is glued to its label: "Total:67.38"; without cents it may be an id."""
    return at > 1 and plain[at - 1] == ":" and plain[at - 2].isalpha() and re.search(r"[.,][0-9]{2}$", body) is not None


def _sign_at(plain: str, before: re.Match[str], currency: bool) -> int | None:
    """Where the sign of an amount stands, None without one: a dash inside a word or a range is no sign."""
    if before["sign2"]:
        start = before.start("sign2")
    elif before["sign"] and (currency or (before.end("sign") == before.end() and before["sign"][-1] != " ")):
        start = before.start("sign")
    else:
        return None
    glued = start > 0 and plain[start - 1].isalnum() and not (before["sign2"] and currency)
    return None if glued else start
