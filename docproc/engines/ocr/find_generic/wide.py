"""Values that are more than one stretch of a line: texts, lists, all dates, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from docproc.core.questions import Column, Question
from docproc.core.text.locale import Locale
from docproc.core.types import Reading
from docproc.engines.ocr.fields import Region, dates_reader, regions
from docproc.engines.ocr.labels import Hit, key_of
from docproc.engines.ocr.rows import Sheet, Span
from docproc.engines.ocr.tables import Spread, join, tables
from docproc.engines.ocr.view import Found

_SPLIT = re.compile(r"\s*[;,|•·●]\s+|\s+[•·●–]\s+|\s{2,}|\t")
_BULLET = re.compile(r"^[\s•·●◦▪*–-]+|^\(?\d{1,2}[.)]\s+")


def text_of(pages: Sequence[Sheet], hits: Sequence[Hit]) -> Found | None:
    """The lines that a label heads: the rest of its line, and the lines that follow closely in its column."""
    stretch = _stretch(pages, hits)
    if stretch is None:
        return None
    hit, spans = stretch
    text = "\n".join(" ".join(span.text.strip(" :").split()) for span in spans)
    return Found(text, text[:500], round(0.8 * hit.weight, 3), tuple(span.at for span in spans))


def list_of(pages: Sequence[Sheet], hits: Sequence[Hit]) -> Found | None:
    """The items that a label heads: parted by marks on one line, or one a line."""
    stretch = _stretch(pages, hits)
    if stretch is None:
        return None
    hit, spans = stretch
    lines = [_BULLET.sub("", span.text.strip(" :")) for span in spans]
    items = _SPLIT.split(lines[0]) if len(lines) == 1 else lines
    kept = [" ".join(item.split()) for item in items if any(char.isalnum() for char in item)]
    if not kept:
        return None
    return Found(kept, "; ".join(kept)[:500], round(0.75 * hit.weight, 3), tuple(span.at for span in spans))


def _stretch(pages: Sequence[Sheet], hits: Sequence[Hit]) -> tuple[Hit, list[Span]] | None:
    for hit in sorted((hit for hit in hits if hit.name == "question"), key=lambda hit: -hit.weight):
        beside = [r for r in regions(pages, hit, hits) if not r.below and r.span.text.strip(" :.-")]
        spans = [beside[0].span.part(*_bare(beside[0]))] if beside else []
        spans += _following(pages[hit.row.sheet], spans[0] if spans else hit.span, hit)
        if spans:
            return hit, spans
    return None


def _bare(region: Region) -> tuple[int, int]:
    text = region.span.text
    return len(text) - len(text.lstrip(" :.-–")), len(text)


def _following(page: Sheet, span: Span, hit: Hit) -> Iterator[Span]:
    """The cells under a span, left edges alike, without a wide gap or a new label between."""
    box, height = span.box, span.row.height
    for row in page.under(span.row, 60 * height):
        if row.box.y0 - box.y1 > 1.3 * height:
            return
        cell = next(
            (
                c
                for c in row.cells
                if abs(c.box.x0 - min(box.x0, hit.box.x0)) < 2.5 * height or abs(c.box.x0 - box.x0) < height
            ),
            None,
        )
        if cell is None or re.match(r"^[^:]{2,30}:(\s|$)", cell.text):
            return
        yield cell
        box = cell.box


def dates_of(pages: Sequence[Sheet], hits: Sequence[Hit], locale: Locale) -> Found | None:
    """All dates that the question's labels announce; without any label all dates there are."""
    read = dates_reader(locale)
    spans = [region.span for hit in hits if hit.name == "question" for region in regions(pages, hit, hits)]
    labelled = [
        (value.value, span.part(value.start, value.end))
        for span in spans
        for value in read(span.row.text[span.start : span.end])
    ]
    everywhere = [
        (value.value, Span(row, value.start, value.end))
        for page in pages
        for row in page.rows
        for value in read(row.text)
    ]
    found = dict(reversed(labelled or everywhere))
    if not found:
        return None
    ordered = list(dict.fromkeys(value for value, _ in labelled or everywhere))
    quote = "; ".join(found[value].text for value in ordered)
    return Found(ordered, quote[:500], 0.7 if labelled else 0.5, tuple(found[value].at for value in ordered))


def table_of(question: Question, readings: Sequence[Reading]) -> Found | None:
    """The rows of the table whose header names most of the question's columns."""
    best: tuple[float, Spread, int, dict[int, Column]] | None = None
    for spread in join(readings, [tables(reading) for reading in readings]):
        for number, row in enumerate(spread.grid.rows[: max(3, spread.grid.header_rows)]):
            named = _named([cell.text for cell in row], question.columns)
            share = len(named) / max(1, len(question.columns))
            if named and (best is None or share > best[0]):
                best = (share, spread, number, named)
    if best is None or (best[0] < 0.5 and len(best[3]) < 2):
        return None
    share, spread, number, named = best
    rows = [
        {column.name: row[index].text or None for index, column in named.items()}
        for row in spread.grid.rows[max(number + 1, spread.grid.header_rows) :]
    ]
    kept = [row for row in rows if sum(cell is not None for cell in row.values()) > 0]
    if not kept:
        return None
    return Found(kept, spread.grid.caption, round(0.4 + 0.5 * share, 3), spread.parts)


def _named(headers: Sequence[str], columns: Sequence[Column]) -> dict[int, Column]:
    """Which column of the question each header cell names: the same words first, then words within words."""
    found: dict[int, Column] = {}
    for exact in (True, False):
        for column in columns:
            if column in found.values():
                continue
            keys = [key_of(phrase) for phrase in (column.name.replace("_", " "), *column.labels)]
            for index, header in enumerate(headers):
                key = key_of(header)
                same = (
                    key in keys
                    if exact
                    else any(len(k) >= 4 and (k in key or key in k) and len(key) >= 3 for k in keys)
                )
                if index not in found and key and same:
                    found[index] = column
                    break
    return found
