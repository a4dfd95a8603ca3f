"""Values beside and under their labels: the machinery that finders of every area share.

pages = sheets(view)                             # rows
hits = hits_in(pages, lexicon)                   # labels
dates = candidates(pages, hits, "issue_date", read_dates)   # values, best first
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from docproc.core.boxes import Box
from docproc.core.text.dates import find_dates
from docproc.core.text.locale import Locale
from docproc.core.text.numbers import Match, find_amounts
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import GAP, Row, Sheet, Span


class Value(NamedTuple):
    """A value read from a text: `text[start:end]` is it as printed; `sure` in (0, 1]: how like its type it looks."""

    start: int
    end: int
    value: str
    sure: float = 1.0


_REACH = 12  # rows; `below` looks no further
Read = Callable[[str], Iterable[Value]]


@dataclass(frozen=True)
class Candidate:
    """A value that may answer a field. `score` in [0, 1] orders candidates; `hit` is the label that announces it."""

    value: str
    score: float
    span: Span
    hit: Hit | None = None
    below: bool = False


@dataclass(frozen=True)
class Region:
    """A stretch of text in which a label's value may stand, and how likely, in [0, 1], by its place."""

    span: Span
    place: float
    below: bool = False


def candidates(
    pages: Sequence[Sheet], hits: Sequence[Hit], name: str, read: Read, last: bool = False
) -> list[Candidate]:
    """The values that labels of field `name` announce, best first.

    `last`: of several values in one stretch the last is meant (sums stand at the right edge), else the first.
    """
    rows = by_row(hits)
    found: list[Candidate] = []
    for hit in hits:
        if hit.name == name:
            places = regions(pages, hit, near(hit, rows))
            for region in _joined(places) if last else places:
                found += _read(region, hit, read, last)
    return sorted(found, key=lambda candidate: -candidate.score)


Rows = Mapping[tuple[int, int], Sequence[Hit]]


def by_row(hits: Iterable[Hit]) -> Rows:
    """Labels by the sheet and the number of their row."""
    found: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        found.setdefault((hit.row.sheet, hit.row.number), []).append(hit)
    return found


def near(hit: Hit, rows: Rows) -> list[Hit]:
    """The labels in a label's row and in those below that may hold its value."""
    reach = range(hit.row.number, hit.row.number + _REACH)
    return [other for number in reach for other in rows.get((hit.row.sheet, number), ())]


def _joined(found: Iterable[Region]) -> Iterator[Region]:
    """The cells to the right as one region, then what is below."""
    held = list(found)
    beside = [region.span for region in held if not region.below]
    if beside:
        yield Region(Span(beside[0].row, beside[0].start, beside[-1].end), 1.0)
    yield from (region for region in held if region.below)


def _read(region: Region, hit: Hit, read: Read, last: bool) -> Iterator[Candidate]:
    values = list(read(region.span.row.text[region.span.start : region.span.end]))
    for index, value in enumerate(reversed(values) if last else values):
        score = hit.weight * region.place * value.sure * (1.0 if index == 0 else 0.75 if index == 1 else 0.6)
        yield Candidate(value.value, score, region.span.part(value.start, value.end), hit, region.below)


def regions(pages: Sequence[Sheet], hit: Hit, hits: Sequence[Hit]) -> Iterator[Region]:
    """Where the value of a label may stand: to its right up to the next label, then under it."""
    beside = [region for region in right_of(hit, hits) if region.span.text.strip(" :.-–#")]
    yield from beside
    # A label with something of its own to the right seldom has its value below.
    damp = 0.6 if beside and beside[0].place > 0.95 else 1.0
    for region in below(pages[hit.row.sheet], hit, hits):
        yield replace(region, place=region.place * damp)


def right_of(hit: Hit, hits: Sequence[Hit]) -> Iterator[Region]:
    """The rest of the label's cell, then the cells to its right, up to the next label."""
    row = hit.row
    others = [other.span for other in hits if other.row is row and other.span.start >= hit.span.end]
    stop = min((other.start for other in others if not _runs_on(hit.span, other)), default=len(row.text))
    place = 1.0
    start = hit.span.end
    for cell in row.cells:
        if cell.end <= start:
            continue
        begin, end = max(cell.start, start), min(cell.end, stop)
        if begin >= end:
            break
        if begin > start and cell.text.rstrip().endswith(":"):
            break  # a label that no lexicon knows
        yield Region(Span(row, begin, end), place)
        place = max(0.7, place - (0.03 if not cell.text[begin - cell.start :].strip(" :.-–") else 0.06))


def _runs_on(label: Span, other: Span) -> bool:
    """Whether a label right behind another only goes on with it ("Amount due this invoice   12.00")."""
    text = label.row.text
    between = text[label.end : other.start]
    behind = text[other.end : other.end + 3].lstrip(" .")
    return GAP not in between and not any(char in ":/|" or char.isdigit() for char in between) and behind[:1] == GAP


def below(sheet: Sheet, hit: Hit, hits: Sequence[Hit]) -> Iterator[Region]:
    """The text in the column under a label, nearest first, up to the next label in that column."""
    left, right = column_of(hit)
    height = hit.row.height
    place = 0.92
    for row in islice(sheet.under(hit.row, 4.5 * height), _REACH - 1):
        span = _within(row, left, right, hit.box)
        if span is None:
            continue
        if any(other.row is row and span.start <= other.span.start < span.end and other.weight > 0.3 for other in hits):
            return
        if span.text.rstrip().endswith(":"):
            return
        far = (row.box.cy - hit.row.box.cy) / max(1.0, height)
        yield Region(span, place * (1.0 if far <= 2.6 else 0.85 if far <= 3.6 else 0.7), below=True)
        place *= 0.82


def column_of(hit: Hit) -> tuple[float, float]:
    """The x range, in pixels, that belongs to a label: up to its neighbours in the row."""
    box, row = hit.box, hit.row
    lefts = [cell.box.x1 for cell in row.cells if cell.end <= hit.span.start]
    rights = [cell.box.x0 for cell in row.cells if cell.start >= hit.span.end]
    return max(lefts, default=box.x0 - 6 * row.height), min(rights, default=box.x1 + 20 * row.height)


def _within(row: Row, left: float, right: float, box: Box) -> Span | None:
    """The words of a row inside an x range, where they stand under the box of a label."""
    slack = 1.2 * row.height
    for cell in row.cells:
        inside = [
            index
            for index in range(row.word_at(cell.start), row.word_at(cell.end - 1) + 1)
            if left < row.words[index].box.cx < right
        ]
        if not inside:
            continue
        start, end = row.starts[inside[0]], row.starts[inside[-1]] + len(row.words[inside[-1]].text)
        span = Span(row, start, min(end, cell.end))
        if span.box.x0 < box.x1 + slack and span.box.x1 > box.x0 - slack:
            return span
    return None


def dates_reader(locale: Locale) -> Read:
    """Reads full dates (ISO) in a text."""

    def read(text: str) -> list[Value]:
        plain = text.replace(GAP, " ")
        return [
            Value(d.start, d.end, d.iso, 1.0 if len(d.iso) == 10 else 0.4) for d in find_dates(plain, locale.day_first)
        ]

    return read


def amounts_reader(locale: Locale) -> Read:
    """Reads amounts (canonical money: "12.50" or "12.50 EUR") in a text; those with cents or a currency are surer."""

    def read(text: str) -> list[Value]:
        found = []
        for cell_start, cell in _cells(text):
            for match in amounts_in(cell, locale, locale.spaces or None):
                sure = 1.0 if match.value.as_tuple().exponent == -2 else 0.85 if match.currency else 0.55
                value = f"{match.value:f}" + (f" {match.currency}" if match.currency else "")
                found.append(Value(cell_start + match.start, cell_start + match.end, value, sure))
        return found

    return read


# "1.320.00": OCR takes a comma for a point.
_TWO_MARKS = re.compile(r"(?<![\d.,])(\d{1,3})([.,])((?:\d{3}\2)+)(\d{2})(?![\d.,])")


def amounts_in(text: str, locale: Locale, spaces: bool | None = None) -> list[Match]:
    """The amounts in a text, in the conventions of its page; see `find_amounts` for `spaces`."""
    return find_amounts(_TWO_MARKS.sub(_regrouped, text), locale.decimal, spaces)


def _regrouped(match: re.Match[str]) -> str:
    """The last mark is the decimal one, the others are the other mark: of the same length, so that offsets hold."""
    whole, mark, groups, cents = match.groups()
    other = "," if mark == "." else "."
    return f"{whole}{mark}{groups}".replace(mark, other)[:-1] + mark + cents


def _cells(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for cell in text.split(GAP):
        yield start, cell
        start += len(cell) + 1


def best(found: Sequence[Candidate]) -> Candidate | None:
    """The candidate whose value has the most support: scores of equal values are joined as independent hints."""
    doubts: dict[str, float] = {}
    for candidate in found:
        doubts[candidate.value] = doubts.get(candidate.value, 1.0) * (1.0 - 0.95 * min(1.0, candidate.score))
    if not found:
        return None
    top = min(doubts, key=lambda value: doubts[value])
    first = max((candidate for candidate in found if candidate.value == top), key=lambda candidate: candidate.score)
    return replace(first, score=1.0 - doubts[top])
