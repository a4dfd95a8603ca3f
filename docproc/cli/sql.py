"""docproc sql, docproc export, docproc find."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import typer


class Form(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"


class FileForm(StrEnum):
    """How rows are written to a file."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


def sql(
    query: str = typer.Argument(
        "", help='One SELECT over the views, for example "select * from invoice".', metavar="QUERY", show_default=False
    ),
    form: Form = typer.Option(Form.table, "-f", "--format", help="How the rows are printed."),
    limit: int = typer.Option(1000, "--limit", min=1, help="The most rows that are printed."),
    seconds: float = typer.Option(30.0, "--seconds", min=0.1, help="The most time that the query may take."),
    param: list[str] = typer.Option(
        [], "--param", metavar="NAME=VALUE", help="A value for :NAME; NAME:number= and NAME:date= say what it is."
    ),
    saved: str = typer.Option("", "--saved", metavar="NAME", help="Ask a saved query instead."),
) -> None:
    """Ask the database; nothing can be changed this way."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.core.errors import UsageError
    from docproc.service.query import Budget
    from docproc.service.query import query as ask
    from docproc.service.saved import run_saved

    if bool(query) == bool(saved):
        raise UsageError("say what to ask: a QUERY, or --saved NAME")
    values, budget = _values(param, bool(saved)), Budget(limit, seconds)
    with wiring.opened() as parts:
        result = run_saved(parts, saved, values, budget) if saved else ask(parts, query, values, budget)
    print_rows(result.columns, result.rows, form.value)
    if not result.rows:
        for name in [one for one, value in values.items() if not saved and _numeric(value)]:
            typer.echo(f"docproc: {name} was taken as a text; --param {name}:number= makes it a number", err=True)
    if result.truncated:
        typer.echo(f"docproc: only the first {limit} rows; --limit takes more", err=True)


def _numeric(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(float(value) or True)
    except ValueError:
        return False


def _values(given: list[str], typed: bool) -> dict[str, Any]:
    """The values of `--param`; `typed`: the saved query says of which type each is."""
    from docproc.core.errors import UsageError
    from docproc.service.saved import value_of

    found: dict[str, Any] = {}
    for word in given:
        name, equals, value = word.partition("=")
        name, _, kind = name.partition(":")
        if not equals or not name or kind not in ("", "text", "number", "date"):
            raise UsageError(f"--param {word!r}: write NAME=VALUE, NAME:number=VALUE or NAME:date=VALUE")
        found[name] = value if typed else value_of(name, kind or "text", value)
    return found


def export(
    name: str = typer.Argument(help="A question set or another view.", metavar="SET"),
    output: Path = typer.Option(None, "-o", "--output", help="The file; its suffix says the format."),
    form: FileForm = typer.Option(None, "-f", "--format", help="csv, jsonl or parquet; else by the file's suffix."),
) -> None:
    """Write a set's answers to a file: CSV, JSON Lines or Parquet."""
    from docproc import wiring
    from docproc.service.export import export as write

    with wiring.opened() as parts:
        written = write(parts, name, output, form.value if form is not None else None)
    if output is not None:
        typer.echo(f"{written} rows in {output}", err=True)


def find(
    words: str = typer.Argument(help="Words that stand on the page.", metavar="WORDS"),
    limit: int = typer.Option(20, "--limit", min=1, help="The most pages."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per page."),
) -> None:
    """Search the text of all pages."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.find import find as search

    with wiring.opened() as parts:
        columns, rows = search(parts, words, limit)
    print_rows(columns, rows, "jsonl" if as_json else "table")
