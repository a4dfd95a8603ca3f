"""Figures of an evaluation, printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

_NAMES = {"question": "question", "part": "part", "kind": "kind", "engine": "engine", "version": "set version"}
_COMMON = ("accuracy", "precision", "recall", "f1", "accuracy_at_80", "auroc", "ece")
_CHANGES = 5  # answers of each sort that are named


def print_summary(summary: Mapping[str, Any]) -> None:
    """Tables of the figures: per question, and where there are several, per part, kind, engine and version."""
    from docproc.cli.output import print_rows

    for dimension, called in _NAMES.items():
        found = summary["by"].get(dimension, {})
        if dimension == "question" or len(found) > 1:
            rows = [_row(name, figures) for name, figures in found.items()]
            if dimension == "question":
                rows.append(_row("all", summary["all"]))
            heads = [called, "answers", "accuracy", "95 %", "precision", "recall", "F1", "AUROC", "other"]
            print_rows(heads, rows, "table", 100)
    if summary["unasked"]:
        told = ", ".join(f"{name} ({number})" for name, number in summary["unasked"].items())
        typer.echo(f"known, but asked by no set: {told}", err=True)


def _row(name: str, figures: Mapping[str, Any]) -> list[Any]:
    from docproc.service.eval.summary import flat

    told, sure = flat(figures), figures["accuracy"]
    other = ", ".join(f"{key} {value:.3f}" for key, value in told.items() if key not in _COMMON)
    shares = [f"{told[key]:.3f}" for key in ("precision", "recall", "f1")]
    interval = f"{sure['low']:.3f}–{sure['high']:.3f}"
    auroc = f"{told['auroc']:.3f}" if "auroc" in told else None
    return [name, figures["answers"], f"{sure['value']:.3f}", interval, *shares, auroc, other]


def print_comparison(found: Mapping[str, Any]) -> None:
    """What the second run says against the first."""
    from docproc.cli.output import print_rows
    from docproc.service.eval.compare_page import verdict

    rows = []
    for name, one in {**found["questions"], "all": found["all"]}.items():
        interval = f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}"
        told = [one["better"], one["worse"], f"{one['chance']:.2g}", "yes" if one["significant"] else ""]
        shares = [f"{one['before']:.3f}", f"{one['after']:.3f}", f"{100 * one['gain']:+.1f}"]
        rows.append([name, one["answers"], *shares, interval, *told])
    heads = ["question", "answers", "before", "after", "points", "95 %", "better", "worse", "chance", "significant"]
    print_rows(heads, rows, "table")
    for way in ("worse", "better"):
        for change in found[way][:_CHANGES]:
            before, after = (change[when]["said"] or change[when]["status"] for when in ("before", "after"))
            right = " or ".join(change["gold"]) or "nothing"
            typer.echo(f"{way}: {change['question']} of {change['name']}: {before!r} → {after!r}; right is {right!r}")
    for name, called in (("only_before", "only in the first run"), ("only_after", "only in the second run")):
        if found[name]:
            typer.echo(f"{found[name]} questions are {called}", err=True)
    if found["gold_differs"]:
        typer.echo(f"{found['gold_differs']} questions have another right answer by now: not compared", err=True)
    typer.echo(verdict(found["all"]))
