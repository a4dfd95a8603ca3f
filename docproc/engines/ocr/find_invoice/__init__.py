"""Finds the fields of an invoice in its readings: roles `invoice.<field>`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docproc.core.questions import Question
from docproc.core.text.currencies import sure_currencies
from docproc.engines.ocr.fields import Value, best, candidates
from docproc.engines.ocr.find_invoice.context import Invoice, invoice_of
from docproc.engines.ocr.find_invoice.dates import dates_of
from docproc.engines.ocr.find_invoice.ids import iban_of, number_of, vat_of
from docproc.engines.ocr.find_invoice.parties import parties_of
from docproc.engines.ocr.find_invoice.totals import Sums, founds, sums_of
from docproc.engines.ocr.view import Found, View


@dataclass(frozen=True)
class Analysis:
    """Every field of the document that was found, by name."""

    fields: Mapping[str, Found]


def analyse(view: View) -> Analysis:
    """Reads all fields at once: sums must agree with each other, dates must follow each other."""
    doc = invoice_of(view)
    fields: dict[str, Found] = dict(dates_of(doc))
    parties = parties_of(doc.pages, doc.hits, {page: set(rows) for page, rows in doc.item_rows.items()})
    sums = sums_of(doc)
    currency = _currency(doc, sums)
    fields |= founds(sums, currency.value if currency else None)
    optional = {
        "invoice_number": number_of(doc),
        "currency": currency,
        "iban": iban_of(doc),
        "seller_vat_id": vat_of(doc, parties.buyer_blocks),
        "seller_name": parties.seller,
        "seller_city": parties.seller_city,
        "buyer_name": parties.buyer,
        "buyer_city": parties.buyer_city,
        **_lines(doc, sums),
    }
    return Analysis(fields | {name: found for name, found in optional.items() if found is not None})


def find(question: Question, view: View, analysis: Analysis) -> Found | None:  # noqa: ARG001  the contract of all finders
    """The answer to a question whose role is `invoice.<field>`; None: the document does not tell."""
    return analysis.fields.get(question.role.partition(".")[2] or question.key)


def _currency(doc: Invoice, sums: Sums) -> Found | None:
    """The currency: as labelled, else that of the sums, else the one that stands most often."""
    labelled = best(candidates(doc.pages, doc.hits, "currency", _read_currency))
    if labelled is not None and labelled.score > 0.5:
        return Found(labelled.value, labelled.span.text, round(min(0.97, labelled.score), 3), (labelled.span.at,))
    votes = Counter(chosen.currency for chosen in sums.chosen.values() if chosen.currency)
    for page in doc.pages:
        for row in page.rows:
            for code in sure_currencies(row.text):
                votes[code] += 1
    if not votes:
        return None
    code, count = votes.most_common(1)[0]
    for page in reversed(doc.pages):
        for row in reversed(page.rows):
            for cell in row.cells:
                if code in sure_currencies(cell.text):
                    share = count / votes.total()
                    return Found(code, cell.text[:60], round(0.95 * share, 3), (cell.at,))
    return Found(code, "", 0.6)


def _read_currency(text: str) -> list[Value]:
    codes = sure_currencies(text[:40])
    return [Value(0, min(len(text), 40), codes[0])] if codes else []


def _lines(doc: Invoice, sums: Sums) -> dict[str, Found]:
    """The line items as a table, and how many they are."""
    if not doc.items:
        return {}
    rows: list[dict[str, Any]] = [
        {
            "id": item.id,
            "name": item.name,
            "quantity": None if item.quantity is None else f"{item.quantity:f}",
            "unit_price": None if item.unit_price is None else f"{item.unit_price:f}",
            "net_amount": f"{item.net_amount:f}",
        }
        for item in doc.items
    ]
    total = sum(item.net_amount for item in doc.items)
    agrees = any(
        abs(sums.chosen[name].value - total) <= 0
        for name in ("line_total", "net_total", "grand_total")
        if name in sums.chosen
    )
    sure = 0.95 if agrees else 0.6
    at = tuple(place for item in doc.items for place in item.at)
    quote = "; ".join(item.name or "" for item in doc.items)[:300]
    return {"lines": Found(rows, quote, sure, at), "line_count": Found(str(len(rows)), quote, sure, at)}
