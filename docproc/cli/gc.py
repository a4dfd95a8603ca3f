"""docproc gc."""

from __future__ import annotations

import re
from dataclasses import asdict

import typer

_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}


def gc(
    older_than: str = typer.Option(
        "",
        "--older-than",
        metavar="AGE",
        help="Also the images of documents whose jobs all ended before: 30d, 36h, 4w.",
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only tell what would be removed."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Remove page images that no page needs; a page that is asked again is rendered again."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.core.cells import dump
    from docproc.service.gc import collect

    age = _seconds(older_than) if older_than else None
    with wiring.opened() as parts:
        told = asdict(collect(parts, age, dry_run))
    if as_json:
        typer.echo(dump({"dry_run": dry_run, **told}))
        return
    rows = [(what, pile["files"], f"{pile['size'] / 1e6:.1f}") for what, pile in told.items()]
    print_rows(("would be removed" if dry_run else "removed", "files", "MB"), rows[:3], "table")
    typer.echo(f"{rows[3][1]} files, {rows[3][2]} MB, stay")


def _seconds(text: str) -> float:
    from docproc.core.errors import UsageError

    found = re.fullmatch(r"(\d+)([hdw])", text)
    if found is None:
        raise UsageError(f"--older-than {text}: a number of hours, days or weeks is wanted, as in 36h, 30d, 4w")
    return float(found[1]) * _SECONDS[found[2]]
