"""Issue, due and delivery date: labelled, in the title line, or counted from the terms of payment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from docproc.engines.ocr.fields import Candidate, Value, best, candidates, dates_reader, right_of
from docproc.engines.ocr.find_invoice.context import Invoice
from docproc.engines.ocr.rows import Span
from docproc.engines.ocr.view import Found

_TERMS = re.compile(
    r"(?i)(?:zahlbar|zahlung|zahlungsziel|fällig|überweisen|begleichen|netto|payable|payment|paid|pay|due|net|terms|"
    r"within|paiement|payer|plazo|innerhalb|binnen|sous|entro|prazo|délai|"
    r"règlement|réglement|payable|pago|vencimiento|pagamento|rimessa|bonifico|betaling|betalen|maken|voldoen|termijn|"
    r"échéance)"
    r"[^.;%]{0,70}?(?<![\d.,/-])(\d{1,3})\s*(?:kalender|calendar|werk)?\s*"
    r"(?:tagen?|days?|jours?|días?|dias?|giorni|gg|dagen|d\.|j\b\.?|d\b)|\bnet(?:to)?\s+(\d{1,3})\b(?![.,]\d)"
)
_DISCOUNT = re.compile(r"(?i)skonto|escompte|discount|descuento|sconto|korting|%")
_RANGE = re.compile(r"(?i)^\s*(?:-|–|bis|to|au|until|al|a|t/m|tot|until)\s*$")


def dates_of(doc: Invoice) -> dict[str, Found]:
    """The date fields that the document tells."""
    found: dict[str, Found] = {}
    issue = _issue(doc)
    if issue is not None:
        found["issue_date"] = _as_found(issue)
    due = _due(doc, issue)
    if due is not None:
        found["due_date"] = _as_found(due)
    elif issue is not None and (counted := _counted(doc, issue.value)) is not None:
        found["due_date"] = counted
    delivery = _delivery(doc, issue)
    if delivery is not None:
        found["delivery_date"] = _as_found(delivery)
    return found


def _as_found(candidate: Candidate) -> Found:
    return Found(candidate.value, candidate.span.text, round(min(0.97, candidate.score), 3), (candidate.span.at,))


def _labelled(doc: Invoice, name: str) -> list[Candidate]:
    hits = doc.named(name)
    found = candidates(
        doc.pages, [*hits, *(hit for hit in doc.hits if hit.name != name)], name, dates_reader(doc.locale)
    )
    return [_placed(doc, candidate) for candidate in found if len(candidate.value) == 10]


def _placed(doc: Invoice, candidate: Candidate) -> Candidate:
    """Dates of the invoice stand on the first page, mostly in its upper half."""
    row = candidate.span.row
    low = row.box.cy > 0.6 * doc.pages[row.sheet].height
    return replace(candidate, score=candidate.score * (0.85 if row.sheet else 0.92 if low else 1.0))


def _issue(doc: Invoice) -> Candidate | None:
    found = _labelled(doc, "issue_date")
    for hit in doc.named("title"):
        stops = [other for other in doc.beside(hit.row) if other.name in ("due_date", "delivery_date")]
        for region in right_of(hit, stops):
            for value in list(dates_reader(doc.locale)(doc_text(region.span)))[:1]:
                if len(value.value) == 10:
                    span = region.span.part(value.start, value.end)
                    found.append(_placed(doc, Candidate(value.value, 0.85 * hit.weight * region.place, span, hit)))
    if not found or max(candidate.score for candidate in found) < 0.5:
        found += _bare(doc)
    return best(found)


def doc_text(span: Span) -> str:
    """The text of a span with its tabs."""
    return span.row.text[span.start : span.end]


def _bare(doc: Invoice) -> list[Candidate]:
    """The first dates in the upper part of the first page that no label announces."""
    found: list[Candidate] = []
    if not doc.pages:
        return found
    page = doc.pages[0]
    claimed = {
        hit.row.number for hit in doc.hits if hit.row.sheet == 0 and hit.name in ("due_date", "delivery_date", "other")
    }
    for row in page.rows:
        if row.box.cy > 0.5 * page.height or row.number in claimed:
            continue
        for cell in row.cells:
            for value in dates_reader(doc.locale)(cell.text):
                if len(value.value) == 10 and len(found) < 3:
                    alone = len(cell.text) - (value.end - value.start) < 25
                    found.append(
                        Candidate(
                            value.value, (0.5 if alone else 0.25) * 0.8 ** len(found), cell.part(value.start, value.end)
                        )
                    )
    return found


def _due(doc: Invoice, issue: Candidate | None) -> Candidate | None:
    found = []
    for candidate in _labelled(doc, "due_date"):
        score = candidate.score
        text = candidate.span.row.text
        if re.search(r"(?i)skonto|escompte|discount", text) and not re.search(r"(?i)ohne|netto|sans", text):
            score *= 0.35
        if issue is not None and candidate.value < issue.value:
            score *= 0.4
        found.append(replace(candidate, score=score))
    chosen = best(found)
    return chosen if chosen is not None and chosen.score >= 0.25 else None


def _counted(doc: Invoice, issue: str) -> Found | None:
    """The due date that "payable within 14 days" gives, counted from the issue date: a guess."""
    for page in doc.pages:
        for row in page.rows:
            for clause in re.finditer(r"[^,;]+", row.text):
                match = _TERMS.search(clause.group())
                if match is None or _DISCOUNT.search(clause.group()):
                    continue
                days = int(match[1] or match[2])
                if not 3 <= days <= 120:
                    continue
                due = date.fromisoformat(issue) + timedelta(days=days)
                span = Span(row, clause.start() + match.start(), clause.start() + match.end())
                return Found(due.isoformat(), span.text, 0.5, (span.at,))
    return None


def _delivery(doc: Invoice, issue: Candidate | None) -> Candidate | None:
    found = []
    for candidate in _labelled(doc, "delivery_date"):
        later = _range_end(doc, candidate)
        far = issue is not None and abs(date.fromisoformat(later.value) - date.fromisoformat(issue.value)).days > 500
        found.append(replace(later, score=later.score * (0.4 if far else 1.0)))
    chosen = best(found)
    return chosen if chosen is not None and chosen.score >= 0.3 else None


def _range_end(doc: Invoice, candidate: Candidate) -> Candidate:
    """For a period of delivery its last day."""
    row = candidate.span.row
    rest = row.text[candidate.span.end :]
    following: Sequence[Value] = list(dates_reader(doc.locale)(rest))
    if following and _RANGE.match(rest[: following[0].start].replace("\t", " ")) and len(following[0].value) == 10:
        span = Span(row, candidate.span.end + following[0].start, candidate.span.end + following[0].end)
        return replace(candidate, value=following[0].value, span=span, score=candidate.score * 0.8)
    return candidate
