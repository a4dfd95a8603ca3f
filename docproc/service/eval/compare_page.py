"""The comparison of two runs as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError
from docproc.service.eval.page import bar, document, table


def comparison(found: Mapping[str, Any], title: str) -> str:
    """The page of what `compare` found."""
    every = found["all"]
    body = [
        f"<p>{escape(verdict(every))}</p>",
        "<section><h2>Per question</h2>" + _figures({"all": every, **found["questions"]}) + "</section>",
        f"<section><h2>Got worse ({every['worse']})</h2>{_changes(found['worse'])}</section>",
        f"<section><h2>Got better ({every['better']})</h2>{_changes(found['better'])}</section>",
    ]
    left = [
        ("only in the first run", found["only_before"]),
        ("only in the second run", found["only_after"]),
        ("of which the right answer is another in the second run", found["gold_differs"]),
    ]
    rows = [(name, f"{count:,}") for name, count in left if count]
    if rows:
        body.append(
            "<section><h2>Questions that were not compared</h2>" + table(("", "questions"), rows) + "</section>"
        )
    return document(title, body)


def save(found: Mapping[str, Any], title: str, path: Path) -> None:
    """Write the page. Raises UsageError."""
    try:
        path.write_text(comparison(found, title), "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def verdict(figures: Mapping[str, Any]) -> str:
    """One sentence: is the second run better?"""
    gain, low, high = (f"{100 * figures[name]:+.1f}" for name in ("gain", "low", "high"))
    way = "better" if figures["gain"] > 0 else "worse"
    if not figures["significant"]:
        way = "no different, as far as can be told"
    changes = f"{figures['better']} answers got better, {figures['worse']} worse"
    return (
        f"The second run is {way}: {figures['before']:.1%} right before, {figures['after']:.1%} after, {gain} points "
        f"({low} to {high} in 95 of 100 cases) on {figures['answers']:,} answers; {changes}, by luck with a chance of "
        f"{figures['chance']:.2g}."
    )


def _figures(found: Mapping[str, Any]) -> str:
    heads = ("", "answers", "before", "after", "points, with their interval", "", "better", "worse", "chance", "")
    rows = []
    for name, one in found.items():
        gain = f"{100 * one['gain']:+.1f} ({100 * one['low']:+.1f} to {100 * one['high']:+.1f})"
        whisker = bar({"value": one["gain"], "low": one["low"], "high": one["high"]}, -1.0, 1.0)
        shares = (f"{one['before']:.1%}", f"{one['after']:.1%}")
        told = (f"{one['better']:,}", f"{one['worse']:,}", f"{one['chance']:.2g}")
        rows.append(
            (name, f"{one['answers']:,}", *shares, gain, whisker, *told, "significant" if one["significant"] else "")
        )
    return table(heads, rows, raw=5)


def _changes(changes: Sequence[Mapping[str, Any]]) -> str:
    if not changes:
        return "<p>none</p>"
    rows = [
        (one["question"], one["name"], " or ".join(one["gold"]) or "nothing", _said(one["before"]), _said(one["after"]))
        for one in changes
    ]
    return table(("question", "document", "right is", "before", "after"), rows)


def _said(one: Mapping[str, Any]) -> str:
    return str(one["status"] if one["said"] is None else one["said"])
