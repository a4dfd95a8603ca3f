"""docproc queries."""

from __future__ import annotations

import typer

queries = typer.Typer(help="Saved queries.", no_args_is_help=True, rich_markup_mode=None)


@queries.command("list")
def list_saved() -> None:
    """List the saved queries with their parameters."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.saved import list_queries

    with wiring.opened() as parts:
        found = list_queries(parts)
    rows = [
        (one.name, ", ".join(f"{p.name}:{p.type}" for p in one.parameters), one.description, one.sql) for one in found
    ]
    print_rows(["query", "parameters", "description", "sql"], rows, "table")


@queries.command()
def save(
    name: str = typer.Argument(help="What it is called.", metavar="NAME"),
    query: str = typer.Argument(help="The statement; :names in it are parameters.", metavar="QUERY"),
    param: list[str] = typer.Option(
        [], "--param", metavar="NAME:TYPE=DEFAULT", help="A parameter's type (text, number, date) and its default."
    ),
    description: str = typer.Option("", "--description", help="What it answers."),
) -> None:
    """Save a query, in place of one of the same name."""
    import getpass

    from docproc import wiring
    from docproc.service.saved import Parameter, Saved, save_query

    parameters = []
    for word in param:
        head, equals, default = word.partition("=")
        label, _, kind = head.partition(":")
        parameters.append(Parameter(label, kind or "text", default if equals else None))  # type: ignore[arg-type]
    with wiring.opened() as parts:
        kept = save_query(parts, Saved(name, description, query, tuple(parameters), getpass.getuser()))
    typer.echo(f"saved; docproc sql --saved {kept.name} asks it")


@queries.command()
def remove(name: str = typer.Argument(help="The query.", metavar="NAME")) -> None:
    """Remove a saved query."""
    from docproc import wiring
    from docproc.service.saved import remove_query

    with wiring.opened() as parts:
        remove_query(parts, name)
    typer.echo(f"{name} is removed")
