"""docproc eval NAME: a public set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from docproc.cli.eval import BELOW

if TYPE_CHECKING:
    from docproc.service.eval.evaluate import Least
    from docproc.service.eval.public_ask import Asking

commands = typer.Typer()
_EVERY = 5.0  # seconds between two lines about how far the asking is


@commands.command()
def public(  # noqa: PLR0913, PLR0917 - each option of a command is a parameter
    name: str = typer.Argument(
        "", help="The set; without one, all sets with the files that they want.", metavar="NAME"
    ),
    data: Path = typer.Option(None, "--data", help="The folder with the set's own files.", metavar="DIR"),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="The engine; else the configured one, else ocr."),
    limit: int = typer.Option(None, "--limit", min=1, help="Only the first so many pictures."),
    predictions: Path = typer.Option(
        None, "--predictions", metavar="FILE", help="Judge these answers; nobody is asked."
    ),
    out: Path = typer.Option(
        None, "--out", metavar="DIR", help="Where answers and figures go; started again, goes on."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
    html: Path = typer.Option(None, "--html", help="Write a page with plots and the worst answers.", metavar="FILE"),
    fail_under: list[str] = typer.Option(
        [], "--fail-under", metavar="METRIC=VALUE", help="Exit code 2 below it, as anls=0.8."
    ),
) -> None:
    """Ask a public set's questions and judge the answers by its own metrics, from a local copy of its files."""
    if not name:
        _print_sets()
        return
    from docproc import wiring
    from docproc.cli.evaluated import print_summary
    from docproc.core.errors import UsageError
    from docproc.service.eval.evaluate import leasts
    from docproc.service.eval.public import Order, evaluate_public, public_set

    gold = public_set(name)
    if data is None:
        raise UsageError(f"--data DIR is missing: a folder with {gold.wants}")
    least = leasts(fail_under)
    who = engine or wiring.engine_name()
    place = out or wiring.evaluation_folder() / name / _plain(predictions.name if predictions else who)
    with wiring.opened(place / "images") as parts:
        order = Order(name, data, place, who, limit, predictions, html)
        summary = evaluate_public(parts, order, _telling(name, who), _seen)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    else:
        print_summary(summary)
        _print_official(summary, name)
        typer.echo(f"answers and figures are in {place}", err=True)
    _check(summary, least)


def _print_sets() -> None:
    from docproc.service.eval.public import described

    for called, metrics, wants in described():
        typer.echo(f"{called} ({metrics}): {wants}")


def _check(summary: Mapping[str, Any], least: list[Least]) -> None:
    from docproc.service.eval.evaluate import below
    from docproc.service.eval.public import unofficial

    missed, others = unofficial(summary, least)
    missed += below(summary, others)
    for sentence in missed:
        typer.echo(f"docproc: {sentence}", err=True)
    if missed:
        raise typer.Exit(BELOW)


def _print_official(summary: Mapping[str, Any], name: str) -> None:
    from docproc.cli.output import print_rows

    rows = [
        [figure, f"{one['value']:.4f}", f"{one['low']:.4f}–{one['high']:.4f}"]
        for figure, one in summary["official"].items()
    ]
    print_rows([f"{name}, as its own evaluation counts", "value", "95 %"], rows, "table", 100)


def _telling(name: str, engine: str) -> Callable[[Asking], None]:
    """Tells, now and then, how far the asking is."""
    from time import monotonic

    last = [monotonic()]

    def tell(asking: Asking) -> None:
        if asking.waits:
            typer.echo(f"docproc: the engine {engine!r} is away; next try in {asking.waits:g} s", err=True)
        elif monotonic() - last[0] >= _EVERY:
            last[0] = monotonic()
            before = f", {asking.before:,} before" if asking.before else ""
            typer.echo(f"{name}: {asking.answered:,} questions answered{before}", err=True)

    return tell


def _seen(number: int) -> None:
    if number % 10_000 == 0:
        typer.echo(f"{number:,} answers judged", err=True)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name) or "answers"
