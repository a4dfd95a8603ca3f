"""Database cells as JSON and CSV."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from docproc.core.cells import csv_cell, dump, plain, told_apart


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (Decimal(12), 12),
        (Decimal("12.5"), 12.5),
        (Decimal("NaN"), "nan"),
        (float("inf"), "inf"),
        (date(2026, 1, 31), "2026-01-31"),
        (b"\x00\xff", "00ff"),
        (timedelta(days=1), "1 day, 0:00:00"),
        ([Decimal("1.5"), {"a": float("nan")}], [1.5, {"a": "nan"}]),
        (True, True),
        (None, None),
    ],
)
def test_every_cell_becomes_json(cell: object, value: object) -> None:
    assert plain(cell) == value
    assert json.loads(dump({"cell": cell}), parse_constant=pytest.fail) == {"cell": value}


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@sum", "\t=1", "\r=1", "\n=1", "＝1", "=cmd|' /C calc'!A0"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+4", "a=b", "", "-1e5"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == text


def test_columns_of_the_same_name_are_told_apart() -> None:
    assert told_apart(["a", "b", "a", "a_2", "a"]) == ["a", "b", "a_2", "a_2_2", "a_3"]
