"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]


def insert_or(dialect: str, table: Table) -> Any:
    """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing`; the two dialects' have no common type."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def upsert(conn: Connection, table: Table, keys: tuple[str, ...], rows: list[Row], update: bool = True) -> None:
    """Insert rows; where `keys` exist already, take over the other columns (`update`) or leave the row as it is."""
    if rows:
        conn.execute(_statement(conn.dialect.name, table, keys, tuple(rows[0]) if update else ()), rows)


@cache
def _statement(dialect: str, table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    """The statement for rows of these columns. Kept, since building one costs more than running it."""
    statement = insert_or(dialect, table)
    changed = [name for name in names if name not in keys]
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=keys)
    excluded = statement.excluded
    return statement.on_conflict_do_update(index_elements=keys, set_={name: excluded[name] for name in changed})
