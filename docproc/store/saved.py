"""Queries that people saved under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from docproc.core.errors import Conflict, NotFound
from docproc.store.clock import now
from docproc.store.face_tables import saved_queries
from docproc.store.upsert import insert_or


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A saved query; `parameters` is a JSON list, times are seconds since 1970."""

    name: str
    description: str
    sql: str
    parameters: list[dict[str, Any]]
    author: str
    created_at: float
    updated_at: float


_COLUMNS = tuple(saved_queries.c[name] for name in SavedRow.__dataclass_fields__)


def find(conn: Connection, name: str) -> SavedRow | None:
    """The query of that name."""
    row = conn.execute(select(*_COLUMNS).where(saved_queries.c.name == name)).first()
    return None if row is None else SavedRow(*row)


def listing(conn: Connection) -> list[SavedRow]:
    """All saved queries, by name."""
    return [SavedRow(*row) for row in conn.execute(select(*_COLUMNS).order_by(saved_queries.c.name))]


def put(conn: Connection, row: SavedRow, seen: SavedRow | None, checked: bool) -> SavedRow:
    """Save a query under its name (its times are ignored).

    `checked`: only where `seen` is what stands there now, None: nothing. Raises Conflict otherwise.
    """
    locked = select(*_COLUMNS).where(saved_queries.c.name == row.name).with_for_update()
    found = conn.execute(locked).first()
    standing = None if found is None else SavedRow(*found)
    if checked and standing != seen:
        raise _changed(row.name, standing)
    values = {
        "description": row.description,
        "sql": row.sql,
        "parameters": row.parameters,
        "author": row.author,
        "updated_at": now(),
    }
    fresh = insert_or(conn.dialect.name, saved_queries).values(name=row.name, created_at=now(), **values)
    if checked and standing is None:
        kept = fresh.on_conflict_do_nothing(index_elements=["name"])  # two may get here at once
    else:
        kept = fresh.on_conflict_do_update(index_elements=["name"], set_=values)
    result = conn.execute(kept.returning(*_COLUMNS)).first()
    if result is None:
        raise _changed(row.name, find(conn, row.name))
    return SavedRow(*result)


def remove(conn: Connection, name: str) -> None:
    """Remove a query. Raises NotFound."""
    if not conn.execute(delete(saved_queries).where(saved_queries.c.name == name)).rowcount:
        raise NotFound(f"no query is saved as {name!r}")


def _changed(name: str, standing: SavedRow | None) -> Conflict:
    if standing is None:
        return Conflict(f"the query {name!r} was removed meanwhile")
    return Conflict(f"{standing.author or 'somebody'} has saved another query as {name!r}; look at it before you do")
