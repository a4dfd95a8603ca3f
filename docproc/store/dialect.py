"""Which of the two databases it is."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

Dialect = Literal["sqlite", "postgresql"]


def dialect_of(conn: Connection) -> Dialect:
    """The database behind a connection."""
    return "postgresql" if conn.dialect.name == "postgresql" else "sqlite"
