"""The text of the pages, in reading order."""

from __future__ import annotations

from statistics import fmean

from docproc.core.questions import Question
from docproc.engines.ocr.view import Found, View


def analyse(view: View) -> None:
    """Nothing is shared: there is one question."""
    del view


def find(question: Question, view: View, analysis: None) -> Found | None:
    """All that is written on the pages, an empty line between two of them; None where nothing is written."""
    del question, analysis  # there is one question, and it asks for everything
    words = [word for reading in view.readings for word in reading.words]
    if not words:
        return None
    text = "\n\n".join(reading.text for reading in view.readings if reading.words)
    return Found(text, confidence=fmean(word.confidence for word in words))
