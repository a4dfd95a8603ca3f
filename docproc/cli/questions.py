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


@questions.command("try")
def try_set(
    file: str = typer.Argument(help="A question set file, the name of a set, or - for standard input.", metavar="FILE"),
    document: str = typer.Argument(help="A document that was read: its name or SHA-256.", metavar="DOCUMENT"),
    page: int = typer.Option(1, "--page", min=1, help="The page."),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="The engine; else the configured one, else ocr."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Ask a set of one page, without keeping anything."""
    import sys

    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.core.cells import dump
    from docproc.service.authoring import read_set
    from docproc.service.questions import resolve_set
    from docproc.service.trial import try_set as ask

    with wiring.opened() as parts:
        if file == "-":
            asked = read_set(sys.stdin.read(), "standard input")
        elif Path(file).is_file():
            asked = read_set(Path(file).read_text("utf-8-sig"), file)
        else:
            asked = resolve_set(parts, file)
        found = ask(parts, asked, document, page, engine or None).as_json()
    if as_json:
        typer.echo(dump(found))
        return
    typer.echo(f"{found['engine']}, {found['seconds']} s")
    names = ["status", "value", "confidence", "evidence"]
    rows = [(key, *(answer[name] for name in names)) for key, answer in found["answers"].items()]
    print_rows(["key", *names], rows, "table")
