"""Engines, one a file or folder: each answers prompts with text.

An engine is added by one new module (or package) here that defines `create(settings, images) -> Engine`; its libraries
are imported inside `create`, so that an engine whose extra is missing costs nothing and says what to install.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from docproc.core.errors import UsageError
from docproc.core.types import Completion, Prompt
from docproc.imaging.store import ImageStore


class Engine(Protocol):
    """Answers prompts. All or nothing: `complete` returns a completion per prompt or raises `EngineUnavailable`."""

    @property
    def name(self) -> str:
        """The word after `--engine`."""

    @property
    def fingerprint(self) -> str:
        """`name:model@revision+adapter` and whatever else changes its answers; recorded with each of them."""

    @property
    def batch(self) -> int:
        """How many prompts one call likes to have."""

    @property
    def lanes(self) -> int:
        """How many threads may be inside `complete` at once with profit (it is thread-safe up to that number)."""

    @property
    def pages(self) -> int:
        """How many pages of a document one prompt may show."""

    @property
    def manners(self) -> frozenset[str]:
        """The fields of `Manner` that it can vary; a retry with any other would say the same again."""

    @property
    def glances(self) -> bool:
        """Whether its first look is at an overview alone: what it does not find there is worth a closer look."""

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """One completion per prompt, in the same order; a prompt that kills a worker fails alone with `PageFailed`."""

    def close(self) -> None:
        """Give back what it holds; afterwards `complete` may not be called."""


def engine_names() -> list[str]:
    """The names that `create_engine` knows."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def create_engine(name: str, settings: Mapping[str, str], images: ImageStore) -> Engine:
    """The engine of that name. Raises UsageError for an unknown name, MissingExtra where its libraries are missing."""
    if name not in engine_names():
        raise UsageError(f"no engine is called {name!r}; there are: {', '.join(engine_names())}")
    engine: Engine = import_module(f"{__name__}.{name}").create(settings, images)
    return engine
