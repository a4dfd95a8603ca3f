"""A short text: a name, a number with letters, a title. One line."""

from __future__ import annotations

from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import NotOfKindError, matching, text_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import one_line
from docproc.core.text.similar import anls

# A title or a name is shorter; more than this is a `text`.
MOST = 2_000


class String:
    name = "string"
    sql = "text"
    merge: MergeRule = "best"
    scalar = True

    def prompt(self, question: Question) -> str:
        shape = f" It has the form of the regular expression {question.pattern}" if question.pattern else ""
        return f"Answer with the text exactly as printed, on one line.{shape}"

    def schema(self, question: Question) -> dict[str, Any]:
        return forms.text(MOST, question.pattern)

    def parse(self, raw: object, question: Question) -> str:
        text = one_line(text_of(raw, MOST * 4))
        if not text:
            raise NotOfKindError("an empty text")
        if len(text) > MOST:
            raise NotOfKindError(f"a text of {len(text)} characters; a string has {MOST} at most")
        return matching(text, question)

    def value(self, canonical: str) -> Any:
        return canonical

    def score(self, predicted: str, gold: str) -> float:
        """ANLS."""
        return anls(predicted, gold)


KIND = String()
