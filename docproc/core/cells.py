"""Database cells as JSON and CSV."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# A spreadsheet takes a cell that starts with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(cell: Any) -> Any:
    """A cell as a JSON-ready value: decimals as numbers, dates in ISO form, bytes in hexadecimal."""
    if isinstance(cell, Decimal):
        return int(cell) if cell.as_tuple().exponent == 0 else float(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.hex()
    return cell


def dump(value: Any) -> str:
    """Compact JSON of rows and cells."""
    return json.dumps(value, ensure_ascii=False, default=plain)


def csv_cell(cell: Any) -> Any:
    """A cell for CSV: nested values as JSON, and an apostrophe before a text that a spreadsheet would run."""
    value = plain(cell)
    if isinstance(value, dict | list):
        value = dump(value)
    if isinstance(value, str) and value.startswith(_FORMULA) and not _number(value):
        return f"'{value}"
    return value


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
