"""Question kinds, one a file: everything that docproc knows about a type of answer.

A kind is added by one new module in this package that defines a class with this Protocol and an instance of it, `KIND`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, Protocol

from docproc.core.questions import MergeRule, Question

SqlType = Literal["text", "integer", "numeric", "boolean", "date", "json"]


class Kind(Protocol):
    """One type of answer. The canonical text is what is stored, compared and hashed."""

    @property
    def name(self) -> str:
        """The word that stands in a question set's `type`."""

    @property
    def sql(self) -> SqlType:
        """The type of the column in the set's view."""

    @property
    def merge(self) -> MergeRule:
        """How page answers become the document's when the question does not say."""

    @property
    def scalar(self) -> bool:
        """Whether it may be the type of a table's column."""

    def prompt(self, question: Question) -> str:
        """One line that tells a model in which form to answer."""

    def schema(self, question: Question) -> dict[str, Any]:
        """The JSON schema of the value (not null; the caller adds null for "absent")."""

    def parse(self, raw: object, question: Question) -> str:
        """The canonical text of a value as a model or a page wrote it (a JSON value or a text as printed).

        Raises ValueError, saying what is wrong, where `raw` is no value of this kind.
        """

    def value(self, canonical: str) -> Any:
        """The JSON-ready Python value of a canonical text."""

    def score(self, predicted: str, gold: str) -> float:
        """How right canonical text `predicted` is against `gold`, in [0, 1]."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by name."""
    found: dict[str, Kind] = {}
    for module in iter_modules(__path__):
        kind: Kind | None = getattr(import_module(f"{__name__}.{module.name}"), "KIND", None)
        if kind is not None:
            found[kind.name] = kind
    return found


def kind_of(name: str) -> Kind:
    """The kind with that name. Raises KeyError."""
    return kinds()[name]
