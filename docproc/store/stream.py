"""All rows of a view, a bounded number at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from docproc.core.kinds import SqlType
from docproc.store import sets
from docproc.store.database import Database
from docproc.store.dialect import dialect_of
from docproc.store.fixed_views import fixed_views
from docproc.store.refusals import list_views, no_view
from docproc.store.set_views import set_views
from docproc.store.typed import quoted

# What SQLite has no type for.
_READERS: dict[SqlType, Callable[[Any], Any]] = {"boolean": bool, "json": json.loads}


def stream(
    db: Database, view: str, chunk: int = 1000
) -> tuple[list[tuple[str, SqlType]], Iterator[list[tuple[Any, ...]]]]:
    """The columns of a view with their types, and its rows in lists of at most `chunk`, from one transaction.

    Values come alike from both databases but for dates (text on SQLite, `date` on PostgreSQL) and numerics (int or
    float; `Decimal`). The columns of a view that docproc did not make count as "text".
    Raises UsageError for an unknown view.
    """
    with db.read() as conn:
        if view not in list_views(conn):
            raise no_view(db, view)
        columns = columns_of(conn, view)
    return columns, _rows(db, view, columns, chunk)


def every_view(conn: Connection) -> dict[str, list[tuple[str, SqlType]]]:
    """The columns, with their types, of every view that can be asked."""
    dialect = dialect_of(conn)
    made = fixed_views(dialect)
    for questions in sets.load_newest(conn):
        made |= set_views(dialect, questions)
    return {name: list(made[name].columns) if name in made else _asked(conn, name) for name in list_views(conn)}


def columns_of(conn: Connection, view: str) -> list[tuple[str, SqlType]]:
    """The columns of a view with their types."""
    dialect = dialect_of(conn)
    fixed = fixed_views(dialect)
    if view in fixed:
        return list(fixed[view].columns)
    for questions in sets.load_newest(conn):
        if view == questions.name or view.startswith(f"{questions.name}_"):
            made = set_views(dialect, questions)
            if view in made:
                return list(made[view].columns)
    return _asked(conn, view)


def _asked(conn: Connection, view: str) -> list[tuple[str, SqlType]]:
    return [(name, "text") for name in conn.execute(text(f"SELECT * FROM {quoted(view)} LIMIT 0")).keys()]  # noqa: S608, SIM118 - an existing view, quoted; `keys` of a result


def _rows(db: Database, view: str, columns: list[tuple[str, SqlType]], chunk: int) -> Iterator[list[tuple[Any, ...]]]:
    names = ", ".join(quoted(name) for name, _ in columns)
    readers = [_READERS.get(kind) if db.dialect == "sqlite" else None for _, kind in columns]
    with db.read() as conn:
        if db.dialect == "postgresql":
            # The reader of the rows may be slow (a pipe), and a view is not sorted: no limit fits.
            limits = "set_config('statement_timeout', '0', true)"
            conn.execute(text(f"SELECT {limits}, set_config('idle_in_transaction_session_timeout', '0', true)"))
        statement = text(f"SELECT {names} FROM {quoted(view)}")  # noqa: S608 - an existing view and its columns, quoted
        result = conn.execution_options(stream_results=True, yield_per=chunk).execute(statement)
        for rows in result.partitions(chunk):
            yield [_row(row, readers) for row in rows] if any(readers) else [tuple(row) for row in rows]


def _row(row: Any, readers: list[Callable[[Any], Any] | None]) -> tuple[Any, ...]:
    return tuple(cell if read is None or cell is None else read(cell) for cell, read in zip(row, readers, strict=True))
