"""docproc doctor."""

from __future__ import annotations

import typer


def doctor(as_json: bool = typer.Option(False, "--json", help="One JSON object per finding.")) -> None:
    """Say what is installed, which engines can run, whether the database answers, and what to do about each lack."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.doctor import examine

    columns, rows, healthy = examine(wiring.assembled())
    print_rows(columns, rows, "jsonl" if as_json else "table", widest=1000)  # advice that is cut is none
    if not healthy:
        raise typer.Exit(4)
