"""Makes the documents in examples/documents, and examples/expected.json, which tells what is in them.

    python -m examples.make_examples [FOLDER]

Every firm, person and number is invented. The documents are in the public domain (CC0 1.0).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples import invoices, pictures, report

HERE = Path(__file__).parent
DOCUMENTS = HERE / "documents"
MAKERS: dict[str, Callable[[], bytes]] = {
    "invoice-en.pdf": invoices.english,
    "invoice-de.pdf": invoices.german,
    "invoice-fr.pdf": invoices.french,
    "receipt-scan.jpg": pictures.receipt,
    "report.pdf": report.report,
    "chart.png": pictures.chart,
}


def make(folder: Path) -> None:
    """Writes the documents into `folder`/documents and expected.json into `folder`."""
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    for name, maker in MAKERS.items():
        (folder / "documents" / name).write_bytes(maker())
    (folder / "expected.json").write_text(
        json.dumps({"items": expected()}, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )


def expected() -> list[dict[str, Any]]:
    """One item per document: id, file, category and `expected`, {field: {"value", "type"}}; tables as grids."""
    return [
        _invoice("invoice-en.pdf", invoices.ENGLISH),
        _invoice("invoice-de.pdf", invoices.GERMAN, delivery_date=_field("2025-02-14", "date")),
        _invoice("invoice-fr.pdf", invoices.FRENCH),
        _receipt(),
        _report(),
        _report_tables(),
        _chart(),
    ]


def _field(value: object, kind: str, **more: object) -> dict[str, object]:
    return {"value": value, "type": kind, **more}


def _invoice(file: str, invoice: invoices.Invoice, **more: dict[str, object]) -> dict[str, Any]:
    lines = [
        {"name": li.name, "quantity": float(li.quantity), "unit_price": float(li.price), "net_amount": float(li.amount)}
        for li in invoice.lines
    ]
    fields = {
        "invoice_number": _field(invoice.number, "id"),
        "issue_date": _field(invoice.issued, "date"),
        "due_date": _field(invoice.due, "date"),
        "seller_name": _field(invoice.seller[0], "string"),
        "seller_vat_id": _field(invoice.vat_id, "id"),
        "seller_city": _field(invoice.seller_city, "string"),
        "buyer_name": _field(invoice.buyer[0], "string"),
        "buyer_city": _field(invoice.buyer_city, "string"),
        "currency": _field(invoice.currency, "code"),
        "net_total": _field(float(invoice.net), "amount"),
        "tax_total": _field(float(invoice.tax), "amount"),
        "grand_total": _field(float(invoice.total), "amount"),
        "iban": _field(invoice.iban, "id"),
        "line_count": _field(len(lines), "int"),
        "lines": _field(lines, "table", key="net_amount"),
    }
    return {"id": file, "file": file, "category": "invoice", "pages": 1, "expected": fields | more}


def _receipt() -> dict[str, Any]:
    fields = {
        "company": _field(pictures.SHOP[0], "string", match="fuzzy>=0.85"),
        "date": _field("2025-05-17", "date"),
        "address": _field(", ".join(pictures.SHOP[1:]), "string", match="fuzzy>=0.80"),
        "total": _field(54.07, "amount"),
        "currency": _field("GBP", "code"),
    }
    file = "receipt-scan.jpg"
    return {"id": file, "file": file, "category": "receipt", "pages": 1, "rotation": 90, "expected": fields}


def _report() -> dict[str, Any]:
    fields = {
        "title": _field(report.TITLE, "string"),
        "date": _field("2025-03-14", "date"),
        "author": _field(report.AUTHOR, "string"),
        "report_id": _field("TRO-2025-07", "id"),
    }
    return {"id": "report.pdf", "file": "report.pdf", "category": "report", "pages": 3, "expected": fields}


def _report_tables() -> dict[str, Any]:
    tables = [{"page": 2, "grid": report.STATIONS}, {"page": 3, "grid": report.YEARS}]
    fields = {"table_count": _field(2, "int")}
    item = {"id": "report.pdf#tables", "file": "report.pdf", "category": "table", "pages": 3}
    return item | {"expected": fields, "tables": tables}


def _chart() -> dict[str, Any]:
    fields = {"chart_type": _field("bar", "string")}
    return {"id": "chart.png", "file": "chart.png", "category": "chart", "pages": 1, "expected": fields}


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
