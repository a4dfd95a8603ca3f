"""A document's answers on the terminal."""

from __future__ import annotations

from typing import Any

import typer

from docproc.service.describe import answer_value, evidence_of
from docproc.service.show import Shown

_WIDEST = 100  # characters of a value


def print_document(shown: Shown) -> None:
    """Print what the document is and a table of its answers per set."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    typer.echo(f"{shown.path}\n{shown.sha256}, {shown.pages} page{'s' * (shown.pages != 1)}")
    if shown.rejected:
        typer.echo(f"rejected:{shown.rejected}: {shown.message}")
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    for name in dict.fromkeys(current.set_name for current in shown.answers):
        table = Table(
            "key", "status", "value", "confidence", "evidence", "page", "engine", title=name, title_justify="left"
        )
        for current in shown.answers:
            if current.set_name == name:
                answer = current.answer
                value = "" if answer.value is None else _shown(answer_value(answer))
                where, evidence = str(answer.found_on or ""), evidence_of(answer) or ""
                status = f"reviewed by {current.reviewer}" if current.reviewed else answer.status
                cells = (value, f"{answer.confidence:.2f}", evidence, where, current.engine.split(":")[0])
                table.add_row(answer.question.key, *[Text(cell) for cell in (status, *cells)])
        console.print(table)
    if not shown.answers and not shown.rejected:
        typer.echo("no answers; docproc run asks")


def _shown(value: Any) -> str:
    text = " ".join(("; ".join(_row(row) for row in value) if isinstance(value, list) else str(value)).split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _row(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    if "grid" in row:
        columns = max((len(cells) for cells in row["grid"]), default=0)
        return f"{row['caption'] or 'table'} (page {row['page']}, {len(row['grid'])} x {columns})"
    return " | ".join("" if cell is None else str(cell) for cell in row.values())
