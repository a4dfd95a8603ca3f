"""A role of PostgreSQL's that may read docproc's views and nothing else, for SQL that people write.

It is optional (`docproc db reader` makes it, where the database's user may make roles) and cannot log in: the
connection becomes it for one transaction. Roles belong to the whole server, so each database has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from docproc.core.errors import UsageError
from docproc.store.typed import quoted

PREFIX = "docproc_reader_"  # and the database's number
_NAME = f"SELECT '{PREFIX}' || oid FROM pg_database WHERE datname = current_database()"  # noqa: S608 - a constant
_USABLE = f"""SELECT quote_ident(r.rolname) FROM pg_roles r
WHERE r.rolname = ({_NAME}) AND pg_has_role(current_user, r.oid, 'MEMBER')"""  # noqa: S608 - constants


def become(cursor: Any) -> None:
    """Go on as the reader until the transaction ends, where there is one; `cursor` is the driver's."""
    cursor.execute(_USABLE)
    found = cursor.fetchone()
    if found is not None:
        cursor.execute(f"SET LOCAL ROLE {found[0]}")


def make(conn: Connection, views: Iterable[str]) -> str:
    """Make the reader and let it read `views`; return its name. Made already, it is brought up to date.

    Raises UsageError where the database's user may make no roles.
    """
    allowed = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    name = str(conn.execute(text(_NAME)).scalar_one())
    if not _exists(conn):
        if not conn.execute(text(allowed)).scalar():
            raise UsageError(
                "the database's user may make no roles; have an administrator run: ALTER USER … CREATEROLE, "
                "or go on without (SQL is read-only and bounded either way)"
            )
        _run(conn, f"CREATE ROLE {quoted(name)} NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION")
        _run(conn, f"GRANT {quoted(name)} TO CURRENT_USER")
    grant_search(conn)
    grant(conn, views)
    return name


def drop(conn: Connection) -> bool:
    """Remove the reader; whether there was one."""
    if not _exists(conn):
        return False
    name = quoted(str(conn.execute(text(_NAME)).scalar_one()))
    _run(conn, f"DROP OWNED BY {name}")
    _run(conn, f"DROP ROLE {name}")
    return True


def grant(conn: Connection, views: Iterable[str]) -> None:
    """Let the reader, where there is one, read these views."""
    if _exists(conn):
        name = quoted(str(conn.execute(text(_NAME)).scalar_one()))
        for view in views:
            _run(conn, f"GRANT SELECT ON {quoted(view)} TO {name}")


def grant_search(conn: Connection) -> None:
    """Let the reader, where there is one, look into the schema, and search."""
    if _exists(conn):
        name = quoted(str(conn.execute(text(_NAME)).scalar_one()))
        schema = quoted(str(conn.execute(text("SELECT current_schema()")).scalar_one()))
        _run(conn, f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        _run(conn, f"GRANT SELECT (id, tsv) ON page_texts TO {name}")  # `page_search` reads them as whoever calls it


def _exists(conn: Connection) -> bool:
    return conn.execute(text(f"SELECT 1 FROM pg_roles WHERE rolname = ({_NAME})")).scalar() is not None  # noqa: S608


def _run(conn: Connection, statement: str) -> None:
    conn.exec_driver_sql(statement.replace("%", "%%"))
