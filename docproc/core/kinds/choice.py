"""One of the question's `choices`, in the spelling of the question set."""

from __future__ import annotations

import re
from typing import Any

from docproc.core.kinds.inputs import MOST_SAID, NotOfKindError, text_of
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import fold, one_line


class Choice:
    name = "choice"
    sql = "text"
    merge: MergeRule = "vote"
    scalar = False

    def prompt(self, question: Question) -> str:
        return f"Answer with one of: {', '.join(question.choices)}."

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "string", "enum": list(question.choices)}

    def parse(self, raw: object, question: Question) -> str:
        text = text_of(raw, MOST_SAID) if not isinstance(raw, bool) else str(raw).lower()
        said = one_line(text).strip(" .\"'")
        if said in question.choices:
            return said
        folded = fold(said)
        same = [choice for choice in question.choices if fold(choice) == folded]
        named = same or _named(folded, question.choices)
        if len(named) != 1:
            raise NotOfKindError(f"{said[:60]!r} is not one of: {', '.join(question.choices)}")
        return named[0]

    def value(self, canonical: str) -> Any:
        return canonical

    def score(self, predicted: str, gold: str) -> float:
        """1 where they are equal."""
        return float(predicted == gold)


def _named(folded: str, choices: tuple[str, ...]) -> list[str]:
    """The choices that a sentence names, less those that are only a part of another one that it names."""
    named = [choice for choice in choices if re.search(rf"(?<![^\W_]){re.escape(fold(choice))}(?![^\W_])", folded)]
    return [choice for choice in named if not any(fold(choice) in fold(other) for other in named if other != choice)]


KIND = Choice()
