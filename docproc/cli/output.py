"""Rows as a table, CSV, JSON or JSON Lines."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Form = Literal["table", "csv", "json", "jsonl"]
# A spreadsheet takes a cell that starts with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 60  # characters of a cell in a table on a terminal


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: Form) -> None:
    """Print rows to standard output, as they come where the form allows it."""
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    elif form == "jsonl":
        for row in rows:
            sys.stdout.write(_dump(dict(zip(columns, row, strict=True))) + "\n")
    elif form == "json":
        sys.stdout.write(_dump([dict(zip(columns, row, strict=True)) for row in rows]) + "\n")
    else:
        _table(columns, rows)


def csv_cell(cell: Any) -> Any:
    """A cell as CSV: nested values as JSON, and a quote before a text that a spreadsheet would run."""
    plain = _plain(cell)
    if isinstance(plain, dict | list):
        plain = _dump(plain)
    if isinstance(plain, str) and plain.startswith(_FORMULA) and not _number(plain):
        return f"'{plain}"
    return plain


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(*[Text(name) for name in columns])
    for row in rows:
        table.add_row(*[Text(_cell(cell)) for cell in row])
    if not console.is_terminal:
        console.width = 10_000  # a pipe has no edge
    console.print(table)


def _cell(cell: Any) -> str:
    plain = _plain(cell)
    text = "" if plain is None else plain if isinstance(plain, str) else _dump(plain)
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() and cell.as_tuple().exponent == 0 else float(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.hex()
    return cell


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
