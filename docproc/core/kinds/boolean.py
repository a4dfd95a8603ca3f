"""Yes or no."""

from __future__ import annotations

import re
from typing import Any

from docproc.core.kinds.inputs import MOST_SAID, NotOfKindError
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import fold

# Folded words (no case, no accents) of en de fr es it nl pt pl sv da, and what ticks become.
_TRUE_WORDS = "yes true y 1 ja oui si sim tak sant wahr vrai verdadero vero waar verdadeiro prawda correct checked x"
_FALSE_WORDS = "no false n 0 nein non nao nee nej nie falsch faux falso onwaar falskt falsk incorrect unchecked"
_YES, _NO = frozenset(_TRUE_WORDS.split()), frozenset(_FALSE_WORDS.split())
_MARKS = {"☑": "true", "☒": "true", "✓": "true", "✔": "true", "✗": "false", "☐": "false", "□": "false"}
_WORD = re.compile(r"[^\W_]+")


class Boolean:
    name = "boolean"
    sql = "boolean"
    merge: MergeRule = "best"
    scalar = True

    def prompt(self, question: Question) -> str:
        return "Answer with true or false."

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "boolean"}

    def parse(self, raw: object, question: Question) -> str:
        if isinstance(raw, bool) or (isinstance(raw, int) and raw in (0, 1)):
            return "true" if raw else "false"
        if not isinstance(raw, str) or len(raw) > MOST_SAID:
            raise NotOfKindError(f"a {type(raw).__name__} instead of true or false")
        text = raw.strip()
        if text[:1] in _MARKS:
            return _MARKS[text[0]]
        word = _WORD.search(fold(text))
        if word and word.group() in _YES:
            return "true"
        if word and word.group() in _NO:
            return "false"
        raise NotOfKindError(f"{text[:60]!r} is neither yes nor no")

    def value(self, canonical: str) -> Any:
        return canonical == "true"

    def score(self, predicted: str, gold: str) -> float:
        """1 where they are equal."""
        return float(predicted == gold)


KIND = Boolean()
