"""docproc keys."""

from __future__ import annotations

import typer

keys = typer.Typer(help="API keys.", no_args_is_help=True, rich_markup_mode=None)


@keys.command()
def create(
    name: str = typer.Argument(help="Whose it is; reviews carry this name.", metavar="NAME"),
    scope: list[str] = typer.Option(
        ..., "--scope", metavar="SCOPE", help="read, submit, review, sql, admin; repeated."
    ),
    expires: str = typer.Option("", "--expires", metavar="SPAN", help="12h, 90d or 8w from now; else it does not end."),
) -> None:
    """Make a key and print it: this once. With the first one the server answers nobody without a key."""
    from docproc import wiring
    from docproc.service.keys import create_key

    scopes = [word for given in scope for word in given.replace(",", " ").split()]
    with wiring.opened() as parts:
        typer.echo(create_key(parts, name, scopes, expires or None))
    typer.echo("docproc: keep it now, it cannot be shown again; send it as Authorization: Bearer dp_…", err=True)


@keys.command("list")
def list_keys(as_json: bool = typer.Option(False, "--json", help="One JSON object per key.")) -> None:
    """List the keys with their scopes, when they end and when they were last used."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.keys import list_keys as listing

    with wiring.opened() as parts:
        columns, rows = listing(parts)
    print_rows(columns, rows, "jsonl" if as_json else "table")


@keys.command()
def revoke(
    key: str = typer.Argument(help="Its beginning (dp_ and ten letters), or its name.", metavar="KEY"),
) -> None:
    """End a key at once."""
    from docproc import wiring
    from docproc.service.keys import revoke_key

    with wiring.opened() as parts:
        typer.echo(f"the key {revoke_key(parts, key)!r} opens nothing any more")
