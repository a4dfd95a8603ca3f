"""Answers about receipts: who, when, where, how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from docproc.core.questions import Question
from docproc.engines.ocr import receipt_header
from docproc.engines.ocr.lines import union_of
from docproc.engines.ocr.receipt_amounts import currency
from docproc.engines.ocr.receipt_dates import date
from docproc.engines.ocr.receipt_rows import Row, rows_of
from docproc.engines.ocr.receipt_totals import Sums, sums_of, tax, total
from docproc.engines.ocr.view import Found, View


@dataclass(frozen=True, slots=True)
class Analysis:
    """A receipt's rows, those of its head, and its amounts."""

    rows: tuple[Row, ...]
    head: tuple[Row, ...]
    sums: Sums


def analyse(view: View) -> Analysis:
    """Rows and amounts, once for all questions."""
    rows = rows_of(view.readings)
    return Analysis(rows, receipt_header.head_of(rows), sums_of(rows))


def find(question: Question, _view: View, analysis: Analysis) -> Found | None:
    """The answer to a question whose role is "receipt.<what>"; None where the receipt does not tell."""
    finder = _FINDERS.get(question.role.partition(".")[2])
    return finder(analysis) if finder and analysis.rows else None


def _total(analysis: Analysis) -> Found | None:
    found = total(analysis.sums)
    code = currency(analysis.rows)
    if found is None or code is None:
        return found
    return Found(f"{found.value} {code[0]}", found.quote, found.confidence, found.at)


def _tax(analysis: Analysis) -> Found | None:
    paid = total(analysis.sums)
    found = tax(analysis.sums, Decimal(paid.value) if paid else None)
    code = currency(analysis.rows)
    if found is None or code is None:
        return found
    return Found(f"{found.value} {code[0]}", found.quote, found.confidence, found.at)


def _currency(analysis: Analysis) -> Found | None:
    code = currency(analysis.rows)
    if code is None:
        return None
    shown = code[0] in code[1].text.upper() or "$" in code[1].text or "€" in code[1].text or "RM" in code[1].text
    return Found(code[0], code[1].text, 0.9 if shown else 0.75, union_of([code[1].line]))


_FINDERS: dict[str, Callable[[Analysis], Found | None]] = {
    "company": lambda analysis: receipt_header.company(analysis.head, analysis.rows),
    "address": lambda analysis: receipt_header.address(analysis.head),
    "date": lambda analysis: date(analysis.rows),
    "total": _total,
    "tax": _tax,
    "currency": _currency,
}
