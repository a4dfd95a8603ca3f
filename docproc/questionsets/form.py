"""The form of a question-set file: which keys there are, and of which type. What they mean is checked in `faults`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from docproc.core.questions import MergeRule, Scope

MOST_QUESTIONS = 500
MOST_WORDS = 500

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[
    list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]],
    Field(max_length=MOST_WORDS),
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]


class ColumnForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Name
    labels: Words = []


class QuestionForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: Name
    ask: Line
    type: Name
    scope: Scope = "page"
    pages: Annotated[list[str], Field(min_length=1, max_length=100)] = ["*"]
    merge: MergeRule | None = None
    required: bool = False
    choices: Words = []
    pattern: str = ""
    labels: Words = []
    columns: Annotated[dict[str, ColumnForm], Field(max_length=100)] = {}
    role: Annotated[str, StringConstraints(pattern=r"^[a-z_]*(\.[a-z_]+)?$", max_length=100)] = ""

    @field_validator("pages", mode="before")
    @classmethod
    def _one_range(cls, pages: object) -> object:
        return [pages] if isinstance(pages, str) else pages

    @field_validator("columns", mode="before")
    @classmethod
    def _bare_kinds(cls, columns: object) -> object:
        if not isinstance(columns, dict):
            return columns
        return {name: {"type": column} if isinstance(column, str) else column for name, column in columns.items()}


class SetForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = ""
    questions: Annotated[list[QuestionForm], Field(min_length=1, max_length=MOST_QUESTIONS)]
