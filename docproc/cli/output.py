"""Rows as a table, CSV, JSON or JSON Lines."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from docproc.core.cells import csv_cell, dump, plain, told_apart

Form = Literal["table", "csv", "json", "jsonl"]
_WIDEST = 60  # characters of a cell in a table on a terminal


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: Form, widest: int = _WIDEST) -> None:
    """Print rows to standard output, as they come where the form allows it; a table's cells of at most `widest`
    characters.
    """
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([csv_cell(name) for name in columns])
        writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    elif form == "jsonl":
        names = told_apart(columns)
        for row in rows:
            sys.stdout.write(dump(dict(zip(names, row, strict=True))) + "\n")
    elif form == "json":
        names = told_apart(columns)
        sys.stdout.write(dump([dict(zip(names, row, strict=True)) for row in rows]) + "\n")
    else:
        _table(columns, rows, widest)


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]], widest: int) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(*[escape(name) for name in columns])
    for row in rows:
        table.add_row(*[Text(_cell(cell, widest)) for cell in row])
    if not console.is_terminal:
        console.width = 10_000  # a pipe has no edge
    console.print(table)


def _cell(cell: Any, widest: int) -> str:
    value = plain(cell)
    text = "" if value is None else value if isinstance(value, str) else dump(value)
    text = " ".join(text.split())
    return text if len(text) <= widest else text[: widest - 1] + "…"
