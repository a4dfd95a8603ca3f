"""Answers about reports: what it is called, of when, by whom, what kind it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docproc.core.questions import Question
from docproc.engines.ocr.authors import author
from docproc.engines.ocr.front import Block, Front, front_of
from docproc.engines.ocr.imprint import document_type, publisher, report_id
from docproc.engines.ocr.report_dates import date
from docproc.engines.ocr.titles import title_and_blocks
from docproc.engines.ocr.view import Found, View


@dataclass(frozen=True, slots=True)
class Analysis:
    """The front matter, the title with the blocks that it stands in, and the whole view for what stands elsewhere."""

    view: View
    front: Front
    title: Found | None
    titled: tuple[Block, ...]


def analyse(view: View) -> Analysis:
    """Lines, blocks and title of the first pages, once for all questions."""
    front = front_of(view)
    title, blocks = title_and_blocks(front)
    return Analysis(view, front, title, tuple(blocks))


def find(question: Question, _view: View, analysis: Analysis) -> Found | None:
    """The answer to a question whose role is "report.<what>"; None where the report does not tell."""
    finder = _FINDERS.get(question.role.partition(".")[2])
    return finder(analysis) if finder else None


_FINDERS: dict[str, Callable[[Analysis], Found | None]] = {
    "title": lambda analysis: analysis.title,
    "date": lambda analysis: date(analysis.front, analysis.titled, analysis.view),
    "author": lambda analysis: author(analysis.front, analysis.titled),
    "publisher": lambda analysis: publisher(analysis.front, analysis.titled, analysis.view),
    "document_type": lambda analysis: document_type(analysis.front, analysis.titled),
    "report_id": lambda analysis: report_id(analysis.front),
}
