"""An evaluation as one HTML page that needs nothing else: no script, no other host, plots and pictures within it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from docproc.core.boxes import Box
from docproc.core.errors import DocprocError
from docproc.imaging.crop import crop, open_image
from docproc.service import plots
from docproc.service.eval.scored import Scored
from docproc.service.eval.summary import Tally, flat
from docproc.service.parts import Parts
from docproc.service.plots import Theme, Words
from docproc.store import documents, pages

CASES = 12  # wrong answers that are shown with their place on the page
_PLOTTED = 200_000  # answers that a plot is drawn from; of more, in the same shares
_WIDTH = 420  # pixels of a picture
_AROUND = 0.04  # of the page that is shown around a box
_IDS = re.compile(r'(\bid="|url\(#|href="#|aria-labelledby="|aria-describedby=")')


def report(parts: Parts | None, tally: Tally, title: str) -> str:
    """The page. `parts` are where pictures of pages come from; None: it has none. Raises MissingExtra."""
    summary = tally.summary()
    body = [
        _headline(summary),
        _section("Per question", _figures(summary["by"].get("question", {}))),
        _section("How sure, and how right", _trust(tally)),
        _section("What was said where there is a value, and where there is nothing", _statuses(summary["statuses"])),
    ]
    names = {"kind": "kind of question", "part": "part", "set": "set", "engine": "engine", "version": "set version"}
    for dimension, called in names.items():
        found = summary["by"].get(dimension, {})
        if len(found) > 1 or dimension in ("engine", "version"):
            body.append(_section(f"Per {called}", _figures(found)))
    if tally.worst:
        body.append(_section("Wrong answers, the surest first", _cases(parts, tally.worst[:CASES])))
    if summary["unasked"]:
        rows = [(name, str(number)) for name, number in summary["unasked"].items()]
        body.append(_section("Known, but asked by no set", table(("question", "times"), rows)))
    return document(title, body)


def document(title: str, body: Iterable[str]) -> str:
    """A whole page around sections."""
    style = resources.files("docproc.service.eval").joinpath("page.css").read_text("utf-8")
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    head = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
    )
    return f"{head}<body>\n<main>\n<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], raw: int | None = None) -> str:
    """A table of texts; column `raw` holds markup, columns behind the first are numbers where they look so."""
    lines = ["".join(f'<th scope="col">{escape(head)}</th>' for head in heads)]
    for row in rows:
        cells = [cell if column == raw else escape(cell) for column, cell in enumerate(row)]
        first = f'<th scope="row">{cells[0]}</th>'
        lines.append(first + "".join(f"<td>{cell}</td>" for cell in cells[1:]))
    inner = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return f'<div class="wide"><table>\n{inner}</table></div>'


def _section(title: str, inner: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{inner}\n</section>"


def _headline(summary: Mapping[str, Any]) -> str:
    every = summary["all"]
    told = flat(every)
    low, high = every["accuracy"]["low"], every["accuracy"]["high"]
    items = [
        ("accuracy", f"{told['accuracy']:.1%}", f"{low:.1%} to {high:.1%} in 95 of 100 cases"),
        ("answers", f"{every['answers']:,}", f"of {summary['documents']:,} documents"),
        ("F1", f"{told['f1']:.3f}", f"precision {told['precision']:.3f}, recall {told['recall']:.3f}"),
    ]
    if "accuracy_at_80" in told:
        items.append(("accuracy of the surer 80 %", f"{told['accuracy_at_80']:.1%}", "answers ordered by confidence"))
    if "auroc" in told:
        items.append(("AUROC", f"{told['auroc']:.3f}", f"calibration error {told['ece']:.3f}"))
    cards = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd class=soft>{escape(rest)}</dd></div>"
        for name, value, rest in items
    )
    return f'<dl class="cards">{cards}</dl>'


def _figures(found: Mapping[str, Any]) -> str:
    heads = ("", "answers", "accuracy", "95 %", "", "precision", "recall", "F1", "AUROC", "other metrics")
    rows = []
    for name, figures in found.items():
        told, sure = flat(figures), figures["accuracy"]
        accuracy = (f"{sure['value']:.1%}", f"{sure['low']:.1%} to {sure['high']:.1%}")
        common = ("accuracy", "precision", "recall", "f1", "accuracy_at_80", "auroc", "ece")
        other = ", ".join(f"{key} {value:.3f}" for key, value in told.items() if key not in common)
        shares = [f"{told[key]:.3f}" for key in ("precision", "recall", "f1")]
        auroc = f"{told['auroc']:.3f}" if "auroc" in told else ""
        rows.append((name, f"{figures['answers']:,}", *accuracy, bar(sure), *shares, auroc, other))
    return table(heads, rows, raw=4)


def bar(sure: Mapping[str, float], low: float = 0.0, high: float = 1.0) -> str:
    """A figure as a bar with its interval as a line, between `low` and `high`."""

    def at(value: float) -> float:
        return round(120 * (value - low) / (high - low), 1)

    left, right = sorted((at(0.0), at(sure["value"])))
    return (
        f'<svg class="bar" viewBox="0 0 120 12" aria-hidden="true"><rect class="back" width="120" height="12"/>'
        f'<rect class="value" x="{left}" width="{max(0.0, round(right - left, 1))}" height="12"/>'
        f'<line class="sure" x1="{at(sure["low"])}" x2="{at(sure["high"])}" y1="6" y2="6"/></svg>'
    )


def _statuses(found: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(one["said"] for one in found))
    count = {(one["there"], one["said"]): one["answers"] for one in found}
    rows = [
        (there, *(f"{count[there, said]:,}" if (there, said) in count else "" for said in columns))
        for there in dict.fromkeys(one["there"] for one in found)
    ]
    return table(("there is", *columns), rows)


def _trust(tally: Tally) -> str:
    sure, right = tally.every.trust.sample(_PLOTTED)
    if not sure:
        return "<p>No answer has a confidence.</p>"
    first = Words("Reliability", "confidence", "share that is right", "How far confidence is the share that is right.")
    second = Words("Accuracy at coverage", "coverage", "accuracy", "How right the surest answers are.")
    drawn = []
    for theme in ("light", "dark"):
        both = (
            plots.reliability(sure, right, first, _theme(theme)),
            plots.coverage(sure, right, second, _theme(theme)),
        )
        figures = "".join(f"<figure>{_inline(svg, f'{theme}{number}')}</figure>" for number, svg in enumerate(both))
        drawn.append(f'<div class="plots {theme}">{figures}</div>')
    rows = [
        (span, f"{mean:.3f}", f"{share:.3f}", f"{count:,}")
        for span, mean, share, count in plots.reliability_rows(sure, right)
    ]
    return "".join(drawn) + table(("confidence", "on average", "share that is right", "answers"), rows)


def _theme(name: str) -> Theme:
    return "dark" if name == "dark" else "light"


def _inline(svg: bytes, name: str) -> str:
    """The picture's element alone, its ids told apart from those of the others on the page."""
    text = svg.decode("utf-8")
    return _IDS.sub(lambda found: f"{found[1]}{name}-", text[text.index("<svg") :])


def _cases(parts: Parts | None, rows: Sequence[Scored]) -> str:
    shown = []
    for row in rows:
        told = row.status if row.said is None else row.said
        right = " or ".join(row.gold[:3]) if row.gold else "nothing"
        place = f"{row.name or row.document[:12]}" + (f", page {row.page}" if row.page else "")
        sure = "" if row.confidence is None else f"{row.confidence:.2f} sure"
        picture = _picture(parts, row) if parts is not None else ""
        shown.append(
            f"<article><h3>{escape(row.question)}</h3><p class=soft>{escape(place)} {escape(sure)}</p>"
            f"<p>said <q>{escape(told[:300])}</q></p><p>right is <q>{escape(right[:300])}</q></p>{picture}</article>"
        )
    return f'<div class="cases">{"".join(shown)}</div>'


def _picture(parts: Parts, row: Scored) -> str:
    """The piece of the page where the answer was found, else the whole page; nothing where the picture is gone."""
    number = int(row.boxes[0][0]) if row.boxes else max(1, row.page)
    with parts.database.read() as conn:
        known = documents.find(conn, row.document)
        name = None if known is None else pages.image_of(conn, known.id, number)
    if name is None or not parts.images.has(name):
        return ""
    try:
        with open_image(parts.images, name) as image:
            piece = crop(image, _around(row, number)).convert("RGB")
    except DocprocError:
        return ""  # the page is told of without its picture
    piece.thumbnail((_WIDTH, _WIDTH))
    buffer = io.BytesIO()
    piece.save(buffer, "JPEG", quality=80)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="Page {number}, where it was looked up" src="data:image/jpeg;base64,{data}">'


def _around(row: Scored, number: int) -> Box:
    edges = [box[1:] for box in row.boxes if int(box[0]) == number]
    if not edges:
        return Box(0, 0, 1, 1)
    left, top = min(box[0] for box in edges), min(box[1] for box in edges)
    right, bottom = max(box[2] for box in edges), max(box[3] for box in edges)
    return Box(max(0.0, left - _AROUND), max(0.0, top - _AROUND), min(1.0, right + _AROUND), min(1.0, bottom + _AROUND))
