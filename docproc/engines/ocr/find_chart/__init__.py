"""Charts: what kind, in which direction the values go, the largest and the smallest, what is plotted against what.

It works on the picture of the page and the words on it. What cannot be seen stays unsaid: no value is given without a
number at the shape or an axis whose labels lie on a straight line, no direction where the labels have no order.
"""

from __future__ import annotations

from docproc.core.errors import NotFound
from docproc.core.questions import Question
from docproc.engines.ocr.find_chart.analysis import Analysis, study
from docproc.engines.ocr.find_chart.picture import page_image
from docproc.engines.ocr.find_chart.values import Point, rounded
from docproc.engines.ocr.view import Found, View

_WAYS = {
    "rising": "rises with",
    "falling": "falls with",
    "steady": "stays about the same over",
    "mixed": "goes up and down over",
}


def analyse(view: View) -> Analysis:
    """Looks at the pages until one shows a chart; a page whose image is gone shows none."""
    if view.images is None:
        return Analysis()
    for index, (reading, page) in enumerate(zip(view.readings, view.pages, strict=True)):
        try:
            pixels = page_image(view.images.path(page.image))
        except NotFound:
            continue
        found = study(pixels, reading, index) if pixels is not None else Analysis()
        if found.kind:
            return found
    return Analysis()


def find(question: Question, view: View, analysis: Analysis) -> Found | None:
    """The answer to one question about the chart; None where the picture does not tell."""
    del view
    what = question.role.partition(".")[2]
    if not analysis.kind:
        return None
    if what == "chart_type":
        known = analysis.kind in question.choices or not question.choices
        return Found(analysis.kind, "", analysis.confidence) if known else None
    if what == "trend":
        return Found(analysis.trend, "", 0.7) if analysis.trend and analysis.trend in question.choices else None
    if what in ("maximum", "minimum") and analysis.points:
        ends = max if what == "maximum" else min
        return _value(ends(analysis.points, key=lambda point: point.value), analysis)
    if what == "relation":
        return _relation(analysis)
    return None


def _value(point: Point, analysis: Analysis) -> Found:
    if point.word is None:
        return Found(rounded(point), "", 0.5)
    at = ((analysis.index, analysis.boxes[point.word]),)
    return Found(rounded(point), point.word.text, 0.85, at)


def _relation(analysis: Analysis) -> Found | None:
    """One sentence, where both axes have names."""
    if not analysis.x_name or not analysis.y_name:
        return None
    x = " ".join(word.text for word in analysis.x_name)
    y = " ".join(word.text for word in analysis.y_name)
    way = f"; {y} {_WAYS[analysis.trend]} {x}" if analysis.trend and not analysis.lying else ""
    at = tuple((analysis.index, analysis.boxes[word]) for word in (*analysis.x_name, *analysis.y_name))
    return Found(f"{y} (y axis) is plotted against {x} (x axis){way}.", f"{y} / {x}", 0.6, at)
