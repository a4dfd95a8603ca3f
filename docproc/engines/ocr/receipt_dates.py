"""The day of a sale."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docproc.core.text.dates import find_dates
from docproc.core.text.locale import locale_of
from docproc.engines.ocr.addresses import spaced
from docproc.engines.ocr.dates_ocr import mended
from docproc.engines.ocr.lines import compact, union_of
from docproc.engines.ocr.receipt_rows import Row
from docproc.engines.ocr.view import Found

_LABEL = re.compile(r"date|datum|fecha|tarikh|\bdata\b|\ble\b|belegdatum|invoicedate|dated")
_OTHER = re.compile(
    r"expir|valid|until|before|exp\b|due|birth|since|return|exchange|warranty|gultig|bis\b|scadenza|caduc|approv|"
    r"act\b|best"
)
_CLOCK = re.compile(r"\d{1,2} ?[:.h] ?\d{2}|[ap]m\b|\buhr\b")


def date(rows: Sequence[Row]) -> Found | None:
    """The likeliest day of the sale: labelled, beside a time, said more than once; never a day that something ends."""
    locale = locale_of("\n".join(spaced(row.text) for row in rows))
    found: list[tuple[float, str, str, Row]] = []
    for at, row in enumerate(rows):
        text = mended(row.text)
        for match in find_dates(text, locale.day_first):
            if not 1990 <= int(match.iso[:4]) <= 2060:
                continue
            around = row.folded + " " + (rows[at - 1].folded if at and len(rows[at - 1].text) < 25 else "")
            score = 1.0 + (1.0 if _LABEL.search(around) else 0.0)
            score += 0.8 if _CLOCK.search(text[: match.start] + " " + text[match.end :]) else 0.0
            score -= 2.0 if _OTHER.search(row.folded) or _OTHER.search(compact(around)) else 0.0
            score -= 0.6 if len(match.iso) < 10 else 0.0
            score -= 0.3 * at / len(rows)
            found.append((score, match.iso, match.text, row))
    if not found:
        return None
    said = [iso for _, iso, _, _ in found]
    score, iso, text, row = max(found, key=lambda one: one[0] + 0.4 * min(2, said.count(one[1]) - 1))
    rivals = {other for other in said if other != iso}
    sure = 0.8 + 0.08 * min(2.0, score) - 0.12 * min(2, len(rivals))
    sure *= 0.6 + 0.4 * row.line.confidence
    return Found(iso, text.strip(), max(0.2, min(0.97, sure)), union_of([row.line]))
