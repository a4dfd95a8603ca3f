"""Database cells as JSON and CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# A spreadsheet takes a cell that starts with one of these for a formula; some take the wide forms for them, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain(cell: Any) -> Any:
    """A cell as a JSON-ready value: decimals as numbers, dates in ISO form, bytes in hexadecimal, the rest as text.

    What no JSON number is (NaN, Infinity) becomes a text of that name.
    """
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, dict):
        return {str(key): plain(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [plain(item) for item in cell]
    return _number_of(cell) if isinstance(cell, Decimal | float) else _text_of(cell)


def _number_of(cell: Decimal | float) -> int | float | str:
    if not math.isfinite(cell):
        return str(float(cell))
    return int(cell) if isinstance(cell, Decimal) and cell.as_tuple().exponent == 0 else float(cell)


def _text_of(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return bytes(cell).hex() if isinstance(cell, bytes | memoryview) else str(cell)


def dump(value: Any) -> str:
    """Compact JSON of rows and cells."""
    return json.dumps(plain(value), ensure_ascii=False)


def told_apart(names: Sequence[str]) -> list[str]:
    """Column names as the keys of an object: of equal ones the second has "_2" behind it, and so on."""
    found: dict[str, None] = {}
    for name in names:
        free, number = name, 2
        while free in found:
            free, number = f"{name}_{number}", number + 1
        found[free] = None
    return list(found)


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
