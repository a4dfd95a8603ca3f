"""Answers about reports: what it is called, of when, by whom, what kind it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docproc.core.questions import Question
from docproc.engines.ocr.authors import author
from docproc.engines.ocr.front import Front, front_of
from docproc.engines.ocr.imprint import document_type, publisher, report_id
from docproc.engines.ocr.report_dates import date
from docproc.engines.ocr.titles import title
from docproc.engines.ocr.view import Found, View


@dataclass(frozen=True, slots=True)
class Analysis:
    """The front matter, and the whole view for what stands elsewhere."""

    front: Front
    view: View


def analyse(view: View) -> Analysis:
    """Lines and blocks of the first pages, once for all questions."""
    return Analysis(front_of(view), view)


def find(question: Question, _view: View, analysis: Analysis) -> Found | None:
    """The answer to a question whose role is "report.<what>"; None where the report does not tell."""
    finder = _FINDERS.get(question.role.partition(".")[2])
    return finder(analysis) if finder else None


_FINDERS: dict[str, Callable[[Analysis], Found | None]] = {
    "title": lambda analysis: title(analysis.front),
    "date": lambda analysis: date(analysis.front, analysis.view),
    "author": lambda analysis: author(analysis.front),
    "publisher": lambda analysis: publisher(analysis.front, analysis.view),
    "document_type": lambda analysis: document_type(analysis.front),
    "report_id": lambda analysis: report_id(analysis.front),
}
