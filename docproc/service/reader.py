"""The role of PostgreSQL's as which SQL that people write runs."""

from __future__ import annotations

from docproc.core.errors import UsageError
from docproc.service.parts import Parts
from docproc.store import reader_role
from docproc.store.refusals import list_views


def make_reader(parts: Parts) -> str:
    """Make the role, or let the one that is there read views that came since; say which it is. Raises UsageError."""
    _postgresql(parts)
    with parts.database.write() as conn:
        name = reader_role.make(conn, list_views(conn))
    return f"SQL that people write runs as {name} now, which may read the views alone"


def remove_reader(parts: Parts) -> str:
    """Remove the role; say whether there was one."""
    _postgresql(parts)
    with parts.database.write() as conn:
        found = reader_role.drop(conn)
    return "the role is gone; SQL that people write runs as docproc's own user, read-only" if found else "no such role"


def _postgresql(parts: Parts) -> None:
    if parts.database.dialect != "postgresql":
        raise UsageError("SQLite has no roles: there, SQL that people write runs in a process that may read the views")
