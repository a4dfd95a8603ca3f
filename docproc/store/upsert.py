"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]


def insert_or(conn: Connection, table: Table) -> Any:
    """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing`; the two dialects' have no common type."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(conn: Connection, table: Table, keys: tuple[str, ...], rows: list[Row], update: bool = True) -> None:
    """Insert rows; where `keys` exist already, take over the other columns (`update`) or leave the row as it is."""
    if not rows:
        return
    statement = insert_or(conn, table)
    changed = [name for name in rows[0] if name not in keys]
    if update and changed:
        excluded = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_={name: excluded[name] for name in changed}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    conn.execute(statement, rows)
