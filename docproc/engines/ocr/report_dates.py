"""When a document was published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docproc.core.text.dates import find_dates, parse_date
from docproc.core.text.fold import fold
from docproc.core.text.locale import locale_of
from docproc.engines.ocr.dates_ocr import mended
from docproc.engines.ocr.front import Block, Front
from docproc.engines.ocr.lines import Line, segments, union_of
from docproc.engines.ocr.view import Found, View

_LABEL = re.compile(
    r"\b(?:report date|publication date|date of (?:issue|publication|report)|published|issued|issue date|released|"
    r"release date|held on|held|"
    r"effective|date|dated|datum|stand|ausgabe|veroffentlicht|fecha|data|le|publie|parution|as of|version of|"
    r"updated)\b\W{0,4}"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\W{0,3})?$"
)
_OTHER = re.compile(
    r"received|accepted|revised|due|expires?|expir\w+|before|until|comments by|born|available online|accessed|"
    r"retrieved|"
    r"abgerufen|valid|deadline|effective until|eingegangen|audit|since|between|from .{0,20}$|through|ending|ended|"
    r"copyright"
)
_YEAR_IN_CITATION = re.compile(r"\((19\d{2}|20\d{2})\)")
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\D{0,60}?((?:19|20)\d{2})(?:\s?[-–]\s?((?:19|20)\d{2}))?", re.IGNORECASE)
_MASTHEAD = re.compile(r"\b(?:vol|no|nr|issue)\b\W{0,2}\d", re.IGNORECASE)
LEAST = 0.9


@dataclass(frozen=True, slots=True)
class _Hit:
    score: float
    iso: str
    text: str
    line: Line


def date(front: Front, titled: Sequence[Block], view: View) -> Found | None:
    """The date of publication: labelled, on a line of its own near the title or at the foot of the cover, or in a
    masthead; a year of copyright where nothing better is told; dates within prose are not it."""
    locale = locale_of("\n".join(line.text for line in front.lines))
    home = titled[0].page if titled else 0
    hits: list[_Hit] = []
    for at, line in enumerate(front.lines):
        if line.page <= home + 1:
            hits += _hits(front, at, line, locale.day_first, home)
    if not any(hit.score >= LEAST for hit in hits):
        hits += _imprint(front, view)
    if not hits:
        return None
    said: dict[str, int] = {}
    for hit in hits:
        said[hit.iso] = said.get(hit.iso, 0) + 1
    best = max(hits, key=lambda hit: (hit.score + 0.2 * min(2, said[hit.iso] - 1), -hit.line.page, -hit.line.box.y0))
    if best.score < LEAST:
        return None
    rivals = sum(1 for hit in hits if hit.iso[:4] != best.iso[:4] and hit.score > best.score - 0.5)
    sure = min(0.93, 0.58 + 0.14 * best.score) - 0.12 * min(2, rivals)
    return Found(best.iso, best.text, max(0.15, sure), union_of([best.line]))


def _hits(front: Front, at: int, line: Line, day_first: bool, home: int) -> list[_Hit]:
    text = mended(line.text[:300])
    found = [(match.start, match.end, match.iso) for match in find_dates(text, day_first)]
    if not found and len(text) <= 12 and any(char.isdigit() for char in text):
        try:
            iso = parse_date(text, day_first)
        except ValueError:
            return []
        if len(iso) == 4 and not (1900 <= int(iso) <= 2100 and _is_cover(front, line.page)):
            return []
        found = [(0, len(text), iso)]
    hits = []
    for start, end, iso in found:
        before, folded = fold(text[:start]), fold(text)
        rest = len(text[:start].split()) + len(text[end:].split())
        value = 0.5 if line.page == home else 0.1
        value += 1.5 if _LABEL.search(before) or (not before.strip() and _label_beside(front, at)) else 0.0
        value += 1.1 if rest == 0 else 0.8 if rest <= 5 else 0.3 if rest <= 9 else -0.7
        value += 0.8 if _MASTHEAD.search(text) or _near_masthead(front, line) else 0.0
        value -= 1.6 if _OTHER.search(folded) and not _LABEL.search(before) else 0.0
        value -= 0.2 * (len(iso) < 10) + 0.3 * (len(iso) == 4)
        hits.append(_Hit(value, iso, text[start:end].strip(), line))
    return hits


def _is_cover(front: Front, page: int) -> bool:
    """Whether a page holds so little that a year by itself is its date."""
    return sum(len(line.words) for line in front.lines if line.page == page) < 80


def _label_beside(front: Front, at: int) -> bool:
    """Whether the text to the left on the same height is a label for dates."""
    line = front.lines[at]
    for other in front.lines[max(0, at - 6) : at + 6]:
        level = abs(other.box.cy - line.box.cy) < 0.6 * line.size
        if other is not line and other.page == line.page and level and other.box.x1 <= line.box.x0:
            return _LABEL.search(fold(other.text).rstrip(" :")) is not None
    return False


def _near_masthead(front: Front, line: Line) -> bool:
    return line.page == 0 and abs(line.box.cy - front.masthead) < 3.5 * line.size


def _imprint(front: Front, view: View) -> list[_Hit]:
    """Years of copyright and of citation on the first pages and the last."""
    last = len(view.readings) - 1
    lines = list(front.lines) + (
        segments(view.readings[last], last) if last > max((line.page for line in front.lines), default=0) else []
    )
    hits = []
    for line in lines:
        match = _COPYRIGHT.search(line.text[:300])
        if match:
            hits.append(_Hit(1.0, match[2] or match[1], match.group(), line))
        margin = line.box.y0 / front.heights[line.page]
        cited = _YEAR_IN_CITATION.search(line.text[:300]) if margin < 0.1 or margin > 0.92 else None
        if cited:
            hits.append(_Hit(0.95, cited[1], cited[1], line))
    return hits
