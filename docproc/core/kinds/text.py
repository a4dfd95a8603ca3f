"""A text of any length, with its line breaks."""

from __future__ import annotations

from typing import Any

from docproc.core.kinds import forms
from docproc.core.kinds.inputs import NotOfKindError, overlap, text_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import clean
from docproc.core.text.similar import anls, f1

# More than the densest page holds; a document's own text is joined from its pages.
MOST = 1_000_000
# The edit distance of longer texts takes too long to be a score; their words are counted instead.
MOST_ALIGNED = 20_000


class Text:
    name = "text"
    sql = "text"
    merge: MergeRule = "concat"
    scalar = True

    def prompt(self, question: Question) -> str:
        return "Answer with a text; keep line breaks where they matter."

    def schema(self, question: Question) -> dict[str, Any]:
        return forms.text(MOST)

    def parse(self, raw: object, question: Question) -> str:
        if isinstance(raw, list) and all(isinstance(line, str) for line in raw):
            raw = "\n".join(raw)
        lines = clean(text_of(raw, MOST)).split("\n")
        text = "\n".join(" ".join(line.split()) for line in lines).strip()
        if not text:
            raise NotOfKindError("an empty text")
        return text

    def value(self, canonical: str) -> Any:
        return canonical

    def score(self, predicted: str, gold: str) -> float:
        """ANLS; of very long texts the F1 of their words."""
        if max(len(predicted), len(gold)) <= MOST_ALIGNED:
            return anls(predicted, gold)
        from_text, from_gold = predicted.split(), gold.split()
        return f1(overlap(from_text, from_gold), len(from_text), len(from_gold))


KIND = Text()
