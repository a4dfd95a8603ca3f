"""Gold: documents and pictures whose right answers are known. One reader a file.

A public set is added by one new module in this package that defines a class with the Protocol `GoldSet` and an instance
of it, `GOLD`. `folder` and `manifest` read people's own labelled documents. Nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol

from docproc.core.boxes import PageBox
from docproc.core.questions import Column


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question of a public set, and what counts as right.

    `id` is the same in every run, and unlike all others of the set. `accepted` are answers as the set writes them, one
    of them is enough; none: there is nothing to be told. `group`: all questions of a group must be right for it to
    count (CircularEval's rotations, MME's two questions of a picture, a right and a wrong statement). `part` is the
    part of the set that is reported by itself (MME's and POPE's subtasks). `match`: see `service.eval.judge`.
    """

    id: str
    ask: str
    kind: str
    accepted: tuple[str, ...]
    choices: tuple[str, ...] = ()
    group: str = ""
    part: str = ""
    match: str = ""
    columns: tuple[Column, ...] = ()
    boxes: tuple[PageBox, ...] = ()  # where the answer stands, where the set tells


@dataclass(frozen=True, slots=True)
class GoldItem:
    """A picture or document of a public set with its questions: a file (`path`), or its bytes (`data`).

    `page` is the page that is asked, from 1; 0: the document as a whole.
    """

    id: str
    path: Path | None
    data: bytes | None
    page: int
    questions: tuple[GoldQuestion, ...]


class GoldSet(Protocol):
    """A public set as it is published, read from a folder with its files."""

    @property
    def name(self) -> str:
        """What `docproc eval` calls it."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of `service.eval.judge.METRICS`; by the first it is said what is right."""

    @property
    def wants(self) -> str:
        """Which files it needs, and where they are to be had; for people."""

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The items, one at a time. Raises UsageError that names the file that is missing and where to get it."""


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """What one question of a question set should have been answered.

    `accepted` are JSON values as the question's kind reads them, one of them is enough; none: there is nothing to be
    told. `page` 0 is the document's own answer. `match`: see `service.eval.judge`.
    """

    set: str
    key: str
    accepted: tuple[Any, ...]
    page: int = 0
    match: str = ""
    boxes: tuple[PageBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about a document that is true or not; all of a `group` must be told apart for it to count."""

    text: str
    true: bool
    group: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document of people's own, and what is known about it. `kind` is what sort of document it is, "" if not told.

    `outcomes` are those that are right, the preferred one first; `forbidden` are values that must not come back.
    """

    path: Path
    name: str
    answers: tuple[GoldAnswer, ...]
    kind: str = ""
    outcomes: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    forbidden: tuple[str, ...] = ()


@cache
def gold_sets() -> Mapping[str, GoldSet]:
    """Every public set by name."""
    found: dict[str, GoldSet] = {}
    for module in iter_modules(__path__):
        gold: GoldSet | None = getattr(import_module(f"{__name__}.{module.name}"), "GOLD", None)
        if gold is not None:
            found[gold.name] = gold
    return found
