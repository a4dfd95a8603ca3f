"""docproc improve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from docproc.service.improve import Improved

commands = typer.Typer()


@commands.command()
def improve(  # noqa: PLR0913, PLR0917 - each option of a command is a parameter
    questions: str = typer.Argument(help="The question set whose answers were reviewed.", metavar="SET"),
    out: Path = typer.Option(None, "--out", metavar="DIR", help="Where all of it goes; else improve/SET in the home."),
    replay: int = typer.Option(
        None, "--replay", min=0, metavar="N", help="Pages that nobody reviewed, to keep what is known; else 3 for each."
    ),
    split: str = typer.Option("70/0/30", "--split", help="Train, validation and test, by document."),
    begun: Path = typer.Option(None, "--recipe", metavar="FILE", help="An earlier run's recipe.json, or its folder."),
    model: str = typer.Option(None, "--model", metavar="NAME", help="Model or folder; else DOCPROC_QWEN_MODEL."),
    rank: int = typer.Option(None, "--rank", help="Rank of the adapter; 16."),
    targets: str = typer.Option(None, "--targets", metavar="NAMES", help="Projections that adapt, with commas."),
    rate: float = typer.Option(None, "--rate", help="Highest learning rate; 2e-5."),
    epochs: float = typer.Option(None, "--epochs", help="How often each page is shown; 3."),
    batch: int = typer.Option(None, "--batch", help="Pages computed together; 1."),
    accumulation: int = typer.Option(None, "--accumulation", help="Batches of one step; 8."),
    again: bool = typer.Option(False, "--again", help="Throw away what an earlier call left there, and begin anew."),
    as_json: bool = typer.Option(False, "--json", help="The comparison as JSON on standard output."),
) -> None:
    """Learn from reviews: dataset, training, and whether the adapter is better on pages held out."""
    from docproc import wiring
    from docproc.cli.training import Display, Stop
    from docproc.service.dataset.split import split_of
    from docproc.service.improve import Plan
    from docproc.service.improve import improve as work
    from docproc.service.train import read_recipe, recipe_of

    said = {"model": model, "rank": rank, "rate": rate, "epochs": epochs, "batch": batch, "accumulation": accumulation}
    said["targets"] = targets and tuple(name.strip() for name in targets.split(","))
    own = wiring.engine_settings("qwen")
    recipe = recipe_of(own, said, read_recipe(begun) if begun else None)
    stop = Stop()
    with wiring.opened() as parts, Display(False) as display:
        folder = (out or parts.home / "improve" / questions).absolute()
        plan = Plan(questions, folder, recipe, own, replay, split_of(split, 0), again)
        done = work(parts, plan, lambda line: typer.echo(f"docproc: {line}", err=True), display.show, stop)
    if done.compared is None:
        typer.echo("docproc: stopped; the step in hand is kept, the same command goes on there", err=True)
        raise typer.Exit(130)
    if as_json:
        typer.echo(json.dumps({"better": done.better, "verdict": done.verdict, **done.compared}, ensure_ascii=False))
    else:
        _table(done.compared)
    _word(done, folder)


def _table(compared: Any) -> None:
    from docproc.cli.output import print_rows

    rows = []
    for name, one in [*compared["questions"].items(), ("all", compared["all"])]:
        before, after, gain, low, high = (100 * one[key] for key in ("before", "after", "gain", "low", "high"))
        verdict = "" if not one["significant"] else "better" if gain > 0 else "worse"
        interval = f"{low:+.1f} to {high:+.1f}"
        rows.append((name, one["answers"], f"{before:.1f}", f"{after:.1f}", f"{gain:+.1f}", interval, verdict))
    print_rows(["question", "answers", "right before, %", "after, %", "points", "95 % sure", ""], rows, "table")


def _word(done: Improved, folder: Path) -> None:
    typer.echo(f"docproc: {done.verdict}", err=True)
    if done.better:
        typer.echo("To answer with it:", err=True)
        for line in done.switch:
            typer.echo(line, err=True)
    else:
        typer.echo(f"docproc: all of it is in {folder}", err=True)
