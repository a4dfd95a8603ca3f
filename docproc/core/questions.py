"""Questions and question sets: plain values with a content identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Scope = Literal["page", "document"]
MergeRule = Literal["first", "last", "best", "vote", "sum", "concat", "union"]


@dataclass(frozen=True)
class Column:
    """A column of a table question: `kind` names a scalar kind, `labels` are header words that announce it."""

    name: str
    kind: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageRange:
    """Pages `first` to `last`, both included, counted from 1; `last` None means to the end."""

    first: int = 1
    last: int | None = None

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number and (self.last is None or number <= self.last)


@dataclass(frozen=True)
class Question:
    """One question. `kind` names its type (see `core.kinds`).

    scope "page": asked of every page in `pages`, and the page answers are merged into the document's by `merge`.
    scope "document": asked once, of all pages in `pages` together. `role` tells an engine that works by rules what the
    question is about, where the key is a user's own word ("grand_total", "issue_date", …).
    """

    key: str
    ask: str
    kind: str
    scope: Scope = "page"
    pages: tuple[PageRange, ...] = (PageRange(),)
    merge: MergeRule = "best"
    required: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""
    labels: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    role: str = ""

    def asked_of(self, number: int) -> bool:
        """Whether page `number` is one of this question's pages."""
        return any(number in pages for pages in self.pages)

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of what makes an engine's answer: not of how answers are merged or which pages are asked."""
        return _digest(
            {
                "key": self.key,
                "ask": self.ask,
                "kind": self.kind,
                "scope": self.scope,
                "choices": self.choices,
                "pattern": self.pattern,
                "labels": self.labels,
                "columns": [[column.name, column.kind, column.labels] for column in self.columns],
                "role": self.role,
            }
        )


@dataclass(frozen=True)
class QuestionSet:
    """A named list of questions with distinct keys."""

    name: str
    description: str
    questions: tuple[Question, ...]

    @cached_property
    def version(self) -> str:
        """SHA-256 (hex) of the canonical JSON of everything in the set."""
        return _digest(
            {
                "name": self.name,
                "description": self.description,
                "questions": [
                    [q.hash, q.merge, q.required, [[pages.first, pages.last] for pages in q.pages]]
                    for q in self.questions
                ],
            }
        )

    def page_questions(self, number: int) -> tuple[Question, ...]:
        """The questions that are asked of page `number` by itself."""
        return tuple(q for q in self.questions if q.scope == "page" and q.asked_of(number))

    @property
    def document_questions(self) -> tuple[Question, ...]:
        """The questions that are asked of the document as a whole."""
        return tuple(q for q in self.questions if q.scope == "document")


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
