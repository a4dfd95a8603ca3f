"""docproc questions."""

from __future__ import annotations

from pathlib import Path

import typer

questions = typer.Typer(help="Question sets.", no_args_is_help=True, rich_markup_mode=None)


@questions.command("list")
def list_sets() -> None:
    """List the sets: those written here, those of the folders in DOCPROC_QUESTION_SETS, and the built-in ones."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.questions import list_sets as listing

    with wiring.opened() as parts:
        columns, rows = listing(parts)
    print_rows(columns, rows, "table")


@questions.command()
def show(name: str = typer.Argument(help="The set.", metavar="SET")) -> None:
    """Print a set's questions with their types, scopes and pages."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.questions import show_set

    with wiring.opened() as parts:
        head, columns, rows = show_set(parts, name)
    typer.echo(head)
    print_rows(columns, rows, "table")


@questions.command()
def check(
    paths: list[Path] = typer.Argument(help="Question set files.", metavar="FILE…", exists=True, dir_okay=False),
) -> None:
    """Check files of your own; every fault is listed with its place."""
    from docproc.service.questions import check_files

    faults = check_files(paths)
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{len(paths)} file(s): no faults")
