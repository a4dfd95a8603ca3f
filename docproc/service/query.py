"""SQL for people: one read-only statement over the views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docproc.core.errors import UsageError
from docproc.service.parts import Parts
from docproc.store import placeholders
from docproc.store.readonly import MAX_BYTES, Result
from docproc.store.readonly import query as ask
from docproc.store.stream import every_view

__all__ = ["Budget", "Result", "Viewed", "list_viewed", "query"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one query may take: rows, seconds, bytes of its result."""

    rows: int = 1000
    seconds: float = 30.0
    bytes: int = MAX_BYTES


@dataclass(frozen=True, slots=True)
class Viewed:
    """A view that can be asked, with its columns as (name, type)."""

    name: str
    columns: tuple[tuple[str, str], ...]


def query(parts: Parts, sql: str, values: Mapping[str, Any], budget: Budget) -> Result:
    """The rows of a statement; `values` fill its `:name`s. Raises UsageError for one that cannot be run."""
    lacking = [name for name in placeholders.names(sql) if name not in values]
    if lacking:
        raise UsageError(f"the statement has :{lacking[0]}, but no value is given for it")
    return ask(parts.database, sql, values, budget.rows, budget.seconds, budget.bytes)


def list_viewed(parts: Parts) -> list[Viewed]:
    """Every view that can be asked, by name."""
    with parts.database.read() as conn:
        return [Viewed(name, tuple(columns)) for name, columns in every_view(conn).items()]
