"""Where one value stands on one page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import NamedTuple

from docproc.core.boxes import PageBox
from docproc.core.printed import Printed, Span, letters
from docproc.core.text.dates import find_dates, parse_date
from docproc.core.text.fold import fold
from docproc.core.text.numbers import find_amounts, parse_number
from docproc.core.types import EvidenceLevel

NUMERIC = ("integer", "number", "money")
CONCLUDED = ("boolean", "choice")  # what is printed is not the value, but what it was concluded from
# Letters of a text that is sought in one piece, and of one that may have a few amiss.
MOST_LETTERS = 2_000
MOST_ALIKE = 300
# One edit is forgiven for so many letters: OCR gets one in thirty wrong on a fair scan, one in ten on a poor one.
LETTERS_PER_EDIT = 8
MOST_SENTENCES = 24
# A shorter text ("3") stands on every page: without a quote it counts only where it is alone or labelled.
FEW_LETTERS = 3
# Digits that OCR took for letters.
_MISREAD = str.maketrans("oOQlI|iZzSsBg", "0001111225589")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Sought(NamedTuple):
    """A value to be found: its kind, canonical text, the quote and the labels that may announce it."""

    kind: str
    value: str
    quote: str = ""
    labels: tuple[str, ...] = ()


class Hit(NamedTuple):
    """Where a value stands: every place of it that counts, the best first; each place is one or more spans."""

    level: EvidenceLevel
    places: list[list[Span]]


def exactly(page: Printed, sought: Sought, anywhere: bool = False) -> Hit | None:
    """The value as printed: the same letters and digits, the same number, or the same date, in any form.

    Where few letters stand at several places, only those count that a label announces; `anywhere` takes them all, for
    a caller who knows where to look.
    """
    quoted = letters(sought.quote)
    if quoted and len(quoted) <= MOST_LETTERS:
        level: EvidenceLevel = "exact" if _tells(sought, quoted) else "close"
        spans = [span for span in page.places(quoted) if _holds(page, sought, span)]
        hit = _hit(page, spans, sought, level, len(quoted) < FEW_LETTERS and not anywhere)
        if hit is not None:
            return hit
    if sought.kind in CONCLUDED:
        return None
    few = sought.kind != "date" and sum(char.isalnum() for char in sought.value.partition(" ")[0]) < FEW_LETTERS
    return _hit(page, _spans(page, sought), sought, "exact", few and not anywhere)


def _spans(page: Printed, sought: Sought) -> list[Span]:
    if sought.kind in NUMERIC:
        return list(_numbers(page, sought))
    if sought.kind == "date":
        return list(_dates(page, sought.value))
    wanted = letters(sought.value)
    return list(page.places(wanted)) if len(wanted) <= MOST_LETTERS else []


def tells(page: Printed, sought: Sought) -> bool:
    """Whether the page would show a value that was not found on it: one with letters and not too many of them, that
    does not stand there after all, too short to be told from others like it."""
    wanted = letters(sought.quote if sought.kind in CONCLUDED else sought.value)
    return 0 < len(wanted) <= MOST_LETTERS and exactly(page, sought, anywhere=True) is None


def closely(page: Printed, sought: Sought) -> Hit | None:
    """The value with a few letters amiss, as OCR and models leave it, or in parts; what is concluded, by its quote."""
    if sought.kind in CONCLUDED:
        sought = Sought("string", sought.quote, labels=sought.labels)
    if sought.kind == "date":
        return None  # what OCR mistakes in dates is known to those who read them exactly
    if sought.kind in NUMERIC:
        spans = _misread(page, sought)
        return Hit("close", [[span] for span in _ranked(page, spans, sought)]) if spans else None
    wanted = letters(sought.value)
    if not FEW_LETTERS <= len(wanted) <= MOST_ALIKE:
        return None
    spans = list(page.alike(wanted)) or (list(page.places(wanted, inside=True)) if len(wanted) > FEW_LETTERS else [])
    if spans:
        return Hit("close", [[span] for span in _ranked(page, spans, sought)])
    near = page.near(wanted, len(wanted) // LETTERS_PER_EDIT) if len(wanted) >= LETTERS_PER_EDIT else None
    if near is not None and _figures(sought.value) == _figures(page.text(near)):
        return Hit("close", [[near]])
    parts = [found for part in sought.value.split(",") if (found := next(page.places(letters(part)), None))]
    return Hit("close", [parts]) if len(parts) > 1 and len(parts) == sought.value.count(",") + 1 else None


def _misread(page: Printed, sought: Sought) -> list[Span]:
    """The places of a number with digits that OCR took for letters."""
    value = Decimal(sought.value.partition(" ")[0])
    forms = [form for form in _digits(value) if len(form) >= FEW_LETTERS]
    spans = (span for form in forms for span in page.alike(form) if span.whole)
    return [span for span in spans if _is_number(page.text(span).translate(_MISREAD), value)]


def _figures(text: str) -> str:
    """The digits of a text: another digit makes another number, however alike the rest is."""
    return "".join(char for char in fold(text) if char.isdigit())


def _tells(sought: Sought, quoted: str) -> bool:
    """Whether a quote says the value itself; numbers and dates are held against the words on the page."""
    if sought.kind in (*NUMERIC, "date"):
        return True
    return sought.kind not in CONCLUDED and letters(sought.value) in quoted


def _holds(page: Printed, sought: Sought, span: Span) -> bool:
    if sought.kind in NUMERIC:
        return _is_number(page.text(span), Decimal(sought.value.partition(" ")[0]))
    return sought.kind != "date" or _is_date(page.text(span), sought.value)


def _hit(page: Printed, spans: list[Span], sought: Sought, level: EvidenceLevel, few: bool) -> Hit | None:
    """The spans as a hit, where they say more than that a `few` common letters stand somewhere."""
    if few and len(spans) > 1:
        spans = [span for span in spans if _distance(page, span, sought.labels) <= 6]
    return Hit(level, [[span] for span in _ranked(page, spans, sought)]) if spans else None


def sentences(text: str) -> list[str]:
    """The sentences and lines of a long text, evenly sampled; those too short to tell anything are left out."""
    parts = [part for part in _SENTENCE.split(text) if FEW_LETTERS * 4 <= len(letters(part)) <= MOST_LETTERS]
    return parts[:: max(1, len(parts) // MOST_SENTENCES)][:MOST_SENTENCES]


def _ranked(page: Printed, spans: Iterable[Span], sought: Sought) -> list[Span]:
    """The likeliest place first: whole words before parts, after a label before elsewhere, then in reading order."""
    listed = list(spans)
    if len(listed) < 2:
        return listed
    after = {span: _distance(page, span, sought.labels) for span in listed}
    return sorted(listed, key=lambda span: (not span.whole, after[span], span.first))


def _distance(page: Printed, span: Span, labels: tuple[str, ...]) -> int:
    """Words between the nearest label before a span and the span; a large number without one."""
    ends = (place.last for label in labels for place in page.places(letters(label)))
    return min((span.first - end - 1 for end in ends if end < span.first), default=10_000)


def _digits(value: Decimal) -> list[str]:
    """The digits of a number as they may be printed: with its decimals, without zeros at the end, with two."""
    plain = format(abs(value), "f")
    whole, _, fraction = plain.partition(".")
    short = fraction.rstrip("0")
    forms = [whole + fraction, whole + short.ljust(2, "0"), whole + short]
    return list(dict.fromkeys(forms))


def _numbers(page: Printed, sought: Sought) -> Iterator[Span]:
    value = Decimal(sought.value.partition(" ")[0])
    for form in _digits(value):
        for span in page.places(form):
            if _is_number(page.text(span), value):
                yield span


def _is_number(text: str, value: Decimal) -> bool:
    """Whether a short text has that number in it, in any locale, whatever its sign."""
    for decimal in (None, ",", "."):
        if any(abs(match.value) == abs(value) for match in find_amounts(text, decimal, True)):
            return True
    try:
        return abs(parse_number(text)) == abs(value)
    except ValueError:
        return False


def _is_date(text: str, iso: str) -> bool:
    if len(iso) < 10:
        with suppress(ValueError):
            return parse_date(text.strip(" .,:;()")) == iso
    return any(match.iso == iso for order in (True, False) for match in find_dates(text, order))


def _dates(page: Printed, iso: str) -> Iterator[Span]:
    parts = iso.split("-")
    if len(parts) == 1:
        yield from (span for span in page.places(iso) if span.whole)
        return
    if len(parts) == 2:
        forms = [parts[0] + parts[1], parts[1] + parts[0]]
        yield from (span for form in forms for span in page.places(form) if _is_date(page.text(span), iso))
    if len(parts) == 3:
        year, month, day = parts
        bare = [(day, month), (day.lstrip("0"), month.lstrip("0")), (day.lstrip("0"), month)]
        forms = [year + month + day]
        forms += [form for d, m in bare for y in (year, year[2:]) for form in (d + m + y, m + d + y)]
        spans = [span for form in dict.fromkeys(forms) for span in page.places(form) if _is_date(page.text(span), iso)]
        if spans:
            yield from spans
            return
    yield from page.dates.get(iso, ())


def boxes_of(page: Printed, place: Iterable[Span]) -> list[PageBox]:
    """The boxes of the spans of one place, one per line of text and span."""
    return [box for span in place for box in page.boxes(span)]
