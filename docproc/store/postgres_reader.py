"""SQL from users on PostgreSQL: a connection of its own, a read-only transaction, a server-side cursor.

Against what: a server-side cursor alone refuses COMMIT, SET, DML in a CTE and several statements; before a first
SELECT, SET TRANSACTION READ WRITE would still succeed; a name that begins with `pg_` may be a function that ends other
sessions, sleeps, locks or reads files. Which relations a statement reads is what PostgreSQL itself notes down for a
temporary view of it, made and rolled back beforehand: views of this database's own are allowed, tables are not.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql as composed
from sqlalchemy.exc import OperationalError

from docproc.core.errors import Unavailable, UsageError
from docproc.store.database import Database
from docproc.store.refusals import misunderstood, refused, too_long

# Looked for in the whole text, comments and strings too: a scanner of our own could be led astray, this cannot.
_FORBIDDEN = re.compile(
    r"\b(pg_\w*|lo_\w*|dblink\w*|\w+_to_xml\w*|xmltable|set_config|ts_stat|ts_rewrite|currval|lastval|nextval|setval)\b"
    r"|\bu&",
    re.IGNORECASE,
)
_ALLOWED = {"pg_typeof"}
_READS = """
SELECT DISTINCT CASE WHEN d.refclassid = 'pg_proc'::regclass THEN d.refobjid::regprocedure::text
                     ELSE d.refobjid::regclass::text END
FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
LEFT JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
WHERE r.ev_class = 'pg_temp.docproc_probe'::regclass AND d.refobjid <> r.ev_class
  AND ((d.refclassid = 'pg_class'::regclass AND c.relkind <> 'v')
       OR (d.refclassid = 'pg_proc'::regclass AND d.refobjid::regprocedure::text <> 'page_search(text)'))"""


def ask(
    db: Database, statement: str, params: dict[str, Any], rows: int, seconds: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and at most `rows` rows of a statement. Raises UsageError, Unavailable."""
    for name in _FORBIDDEN.findall(statement):
        if name.lower() not in _ALLOWED:
            raise refused(db, f"{name or 'U&'}, which is PostgreSQL's own")
    try:
        raw = db.engine.raw_connection()
    except OperationalError as error:
        raise Unavailable(f"the database {db.where} is away: {error.orig}") from error
    conn: psycopg.Connection[Any] = raw.driver_connection  # type: ignore[assignment]  # psycopg's, behind the pool's
    try:
        statement = _filled(conn, statement, params)
        _check(db, conn, statement, seconds)
        return _fetch(conn, statement, rows, seconds)
    except psycopg.errors.QueryCanceled as error:
        raise too_long(seconds) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise refused(db, "a statement that changes something") from error
    except psycopg.OperationalError as error:
        raise Unavailable(f"the database {db.where} is away: {error}") from error
    except psycopg.Error as error:
        raise misunderstood(db, str(error).strip()) from error
    finally:
        raw.invalidate()  # whatever the statement did to its session ends with it


def _filled(conn: psycopg.Connection[Any], statement: str, params: dict[str, Any]) -> str:
    """The statement with its `:name`s replaced by literals; neither a cursor nor a view takes parameters."""

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in params:
            raise UsageError(f"the statement has :{name}, but no value is given for it")
        return composed.Literal(params[name]).as_string(conn)

    return re.sub(r"(?<![:\w]):([A-Za-z_]\w*)", fill, statement) if params else statement


def _check(db: Database, conn: psycopg.Connection[Any], statement: str, seconds: float) -> None:
    """Refuse a statement that reads a table or calls a function that is not PostgreSQL's own."""
    with conn.transaction(force_rollback=True), conn.cursor() as cursor:
        _limit(cursor, seconds)
        try:
            # prepare: the extended protocol takes one statement only. The line end closes a comment.
            probe = f"CREATE TEMPORARY VIEW docproc_probe AS SELECT 1 AS one FROM ({statement}\n) docproc_asked"  # noqa: S608 - checked by being parsed
            cursor.execute(probe.encode(), prepare=True)
        except (psycopg.errors.SyntaxError, psycopg.errors.FeatureNotSupported) as error:
            if not re.match(r"\s*(select|with|values|table|\()", statement, re.IGNORECASE):
                raise refused(db, statement.split(maxsplit=1)[0].upper()) from error
            raise
        cursor.execute(_READS)
        taken = sorted(name for (name,) in cursor.fetchall())
    if taken:
        raise refused(db, ", ".join(taken))


def _fetch(
    conn: psycopg.Connection[Any], statement: str, rows: int, seconds: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    conn.read_only = True
    with conn.transaction():
        with conn.cursor() as first:
            _limit(first, seconds)
            first.execute("SELECT 1")  # from here on SET TRANSACTION READ WRITE fails
        with conn.cursor(name="docproc_asked") as cursor:
            cursor.execute(statement.encode())
            found = cursor.fetchmany(rows)
            return [column.name for column in cursor.description or ()], found


def _limit(cursor: psycopg.Cursor[Any], seconds: float) -> None:
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", (f"{max(1, round(seconds * 1000))}ms",))
