"""docproc db."""

from __future__ import annotations

import typer

database = typer.Typer(help="The database.", no_args_is_help=True, rich_markup_mode=None)


@database.command()
def upgrade() -> None:
    """Bring the tables and views up to this version. Every command does this by itself where it can."""
    from docproc import wiring
    from docproc.service.upgrade import upgrade_database

    typer.echo(upgrade_database(wiring.assembled()))


@database.command()
def reader(
    remove: bool = typer.Option(False, "--remove", help="Remove the role again."),
) -> None:
    """Make a role of PostgreSQL's that sees the views alone; SQL that people write then runs as it."""
    from docproc import wiring
    from docproc.service.reader import make_reader, remove_reader

    with wiring.opened() as parts:
        typer.echo(remove_reader(parts) if remove else make_reader(parts))
