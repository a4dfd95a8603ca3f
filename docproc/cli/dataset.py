"""docproc dataset."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

_EVERY = 5.0  # seconds between lines of progress


class Dataset(TyperGroup):
    """`docproc dataset SET` exports; other words name what else is done with datasets."""

    default = "export"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


dataset = typer.Typer(cls=Dataset, no_args_is_help=True, help="Make instruction data for `docproc train`.")


@dataset.command()
def export(  # noqa: PLR0913, PLR0917 - each option of a command is a parameter
    questions: str = typer.Argument(help="The question set.", metavar="SET"),
    out: Path = typer.Option(..., "--out", metavar="DIR", help="The folder to be made."),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="Whose answers; else the newest, whoever's."),
    confident: float = typer.Option(
        None, "--confident", metavar="P", help="Also answers not reviewed that are as sure as P, and verified."
    ),
    replay: int = typer.Option(
        0, "--replay", min=0, metavar="N", help="Also N pages of such answers of other documents, to train with."
    ),
    split: str = typer.Option("80/10/10", "--split", help="Train, validation and test, by document."),
    seed: int = typer.Option(0, "--seed", help="Another one splits otherwise."),
    replace: bool = typer.Option(False, "--replace", help="Put it in the place of the dataset that is there."),
    as_json: bool = typer.Option(False, "--json", help="The manifest on standard output."),
) -> None:
    """Reviewed answers of a set as instruction data, page images beside it."""
    from docproc import wiring
    from docproc.service.dataset.export import Options
    from docproc.service.dataset.export import export as make
    from docproc.service.dataset.split import split_of

    options = Options(questions, engine or None, confident, replay, split_of(split, seed), replace)
    with wiring.opened() as parts:
        done = make(parts, options, out, Counting("pages written"))
    show(done.folder, done.manifest, as_json)


@dataset.command("import")
def bring(  # noqa: PLR0913, PLR0917 - as above
    file: Path = typer.Argument(help="JSON or JSON Lines: conversations as LLaVA has them.", metavar="FILE"),
    images: Path = typer.Option(..., "--images", metavar="DIR", help="The folder that the images' paths start from."),
    out: Path = typer.Option(..., "--out", metavar="DIR", help="The folder to be made."),
    skip_bad: bool = typer.Option(
        False, "--skip-bad", help="Leave out entries that cannot be used; else none is taken."
    ),
    split: str = typer.Option("100/0/0", "--split", help="Train, validation and test, by image."),
    seed: int = typer.Option(0, "--seed", help="Another one splits otherwise."),
    replace: bool = typer.Option(False, "--replace", help="Put it in the place of the dataset that is there."),
    as_json: bool = typer.Option(False, "--json", help="The manifest on standard output."),
) -> None:
    """Conversations in LLaVA's JSON, with their images, as a dataset."""
    from docproc import wiring
    from docproc.service.dataset.bring import Bring
    from docproc.service.dataset.bring import bring as take
    from docproc.service.dataset.split import split_of

    how = Bring(images, split_of(split, seed), skip_bad, replace)
    with wiring.opened() as parts:
        done = take(parts, file, how, out, Counting("entries looked at"))
    for fault in done.faults:
        typer.echo(f"docproc: {file}, {fault}", err=True)
    show(done.folder, done.manifest, as_json)


class Counting:
    """A line on standard error now and then."""

    def __init__(self, what: str) -> None:
        self._what, self._last = what, time.monotonic()

    def __call__(self, done: int) -> None:
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            typer.echo(f"docproc: {done} {self._what}", err=True)


def show(folder: Path, manifest: dict[str, Any], as_json: bool) -> None:
    """What was made: the manifest, or a few lines for people."""
    if as_json:
        typer.echo(json.dumps(manifest, ensure_ascii=False))
        return
    for split, counts in manifest["splits"].items():
        if counts:
            told = {name.replace("_", " "): count for name, count in counts.items() if count}
            typer.echo(f"{split}: " + ", ".join(f"{count} {name}" for name, count in told.items()))
    for reason, count in manifest["skipped"].items():
        typer.echo(f"docproc: left out: {count} {reason}", err=True)
    typer.echo(f"{folder}: `docproc train {folder} --out ADAPTER` learns from it")
