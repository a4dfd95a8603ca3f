"""docproc calibrate."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path

import typer

_LISTED = 8  # gold lines that match nothing, shown one by one


class Method(StrEnum):
    """How a calibration is learnt."""

    auto = "auto"
    platt = "platt"
    isotonic = "isotonic"


def calibrate(
    questions: str = typer.Argument("", help="Only labels of this question set.", metavar="SET"),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="The engine; else the configured one, else ocr."),
    gold: Path = typer.Option(
        None, "--gold", help='Right answers: JSON Lines {"document": …, "key": …, "value": …, "page": …}.'
    ),
    method: Method = typer.Option(Method.auto, "--method", help="auto: the better one on held-out answers."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Learn from reviews and right answers how sure an engine may be, and correct the confidence of its answers."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.calibrate import calibrate as learn

    with wiring.opened() as parts:
        done = learn(parts, questions or None, engine or None, gold, method.value)
    for reason in done.unmatched[:_LISTED]:
        typer.echo(f"docproc: {reason}", err=True)
    if len(done.unmatched) > _LISTED:
        typer.echo(f"docproc: … and {len(done.unmatched) - _LISTED} more lines that label nothing", err=True)
    if as_json:
        typer.echo(json.dumps(done.as_json(), ensure_ascii=False))
        return
    typer.echo(f"{done.engine}: {done.method}, from {done.labels} labelled answers, {done.right} of them right")
    meanings = {
        "auroc": "right answers above wrong ones (AUROC; 0.5 is chance)",
        "ece": "expected calibration error",
        "accuracy_at_80": "accuracy of the surer 80 %",
    }
    rows = [(text, done.before[name], done.after[name]) for name, text in meanings.items()]
    print_rows(["on answers not learnt from", "before", "after"], rows, "table")
    typer.echo(f"{done.updated} stored answers have a new confidence")
