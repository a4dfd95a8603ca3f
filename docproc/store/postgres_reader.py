"""SQL from users on PostgreSQL: a connection of its own, a read-only transaction, a server-side cursor.

Against what: a server-side cursor alone refuses COMMIT, SET, DML in a CTE and several statements; before a first
SELECT, SET TRANSACTION READ WRITE would still succeed; a name that begins with `pg_` may be a function that ends other
sessions, sleeps, locks or reads files. Which relations a statement reads is what PostgreSQL itself notes down for a
temporary view of it, made and rolled back beforehand: views of this schema are allowed, tables and catalogs are not.
Where there is a role for it (`reader_role`), the statement runs as that role, which may read the views alone.

The server has no limit on the memory of one query: who may ask it must be trusted that far, or the server be bounded
from outside. What arrives here is bounded: rows wider than `WIDEST` are refused by the server itself, before they come.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql as composed
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from docproc.core.errors import Unavailable, UsageError
from docproc.store import placeholders, reader_role
from docproc.store.database import Database
from docproc.store.refusals import misunderstood, refused, too_long, too_much

# Looked for in the whole text, comments and strings too: a scanner of our own could be led astray, this cannot.
_FORBIDDEN = re.compile(
    r"\b(pg_\w*|lo_\w*|loread|lowrite|dblink\w*|\w+_to_xml\w*|xmltable|set_config|current_setting|ts_stat|ts_rewrite"
    r"|currval|lastval|nextval|setval|brin_\w+|gin_clean_pending_list)\b"
    r"|\bu&",
    re.IGNORECASE,
)
_ALLOWED = {"pg_typeof"}
WIDEST = 16 << 20  # bytes of one row, as text
_TOO_WIDE = "docproc: this row is too wide"
_FIRST, _MOST = 16, 4096  # rows fetched at a time: few until it is known how wide they are
_GLANCE = 1 << 20  # bytes fetched at a time, about
_READS = """
SELECT DISTINCT CASE WHEN d.refclassid = 'pg_proc'::regclass THEN d.refobjid::regprocedure::text
                     ELSE d.refobjid::regclass::text END
FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
LEFT JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
WHERE r.ev_class = 'pg_temp.docproc_probe'::regclass AND d.refobjid <> r.ev_class
  AND ((d.refclassid = 'pg_class'::regclass
        AND (c.relkind <> 'v' OR c.relnamespace <> current_schema()::regnamespace))
       OR (d.refclassid = 'pg_proc'::regclass AND d.refobjid::regprocedure::text <> 'page_search(text)'))"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a statement may take: rows, bytes of the result as text, seconds."""

    rows: int
    bytes: int
    seconds: float


def ask(
    db: Database, statement: str, params: dict[str, Any], limits: Limits
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and at most `limits.rows` rows of a statement. Raises UsageError, Unavailable."""
    for name in _FORBIDDEN.findall(statement):
        if name.lower() not in _ALLOWED:
            raise refused(db, f"{name or 'U&'}, which is PostgreSQL's own")
    try:
        raw = db.engine.raw_connection()
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable(f"the database {db.where} is away: {error}") from error
    conn: psycopg.Connection[Any] = raw.driver_connection  # type: ignore[assignment]  # psycopg's, behind the pool's
    try:
        statement = _filled(conn, statement, params)
        _check(db, conn, statement, limits.seconds)
        return _fetch(conn, statement, limits)
    except psycopg.errors.QueryCanceled as error:
        raise too_long(limits.seconds) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise refused(db, "a statement that changes something") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise refused(db, f"what this database lets nobody read ({str(error).strip()})") from error
    except psycopg.OperationalError as error:
        if error.sqlstate and error.sqlstate.startswith("5") and error.sqlstate[:2] in ("53", "54"):
            raise UsageError(f"the query needs more than the database gives: {str(error).strip()}") from error
        raise Unavailable(f"the database {db.where} is away: {error}") from error
    except psycopg.Error as error:
        if _TOO_WIDE in str(error):
            raise too_much(WIDEST) from error
        raise misunderstood(db, str(error).strip()) from error
    finally:
        raw.invalidate()  # whatever the statement did to its session ends with it


def _filled(conn: psycopg.Connection[Any], statement: str, params: dict[str, Any]) -> str:
    """The statement with its `:name`s replaced by literals; neither a cursor nor a view takes parameters."""

    def fill(name: str) -> str:
        if name not in params:
            raise UsageError(f"the statement has :{name}, but no value is given for it")
        return composed.Literal(params[name]).as_string(conn)

    try:
        return placeholders.filled(statement, fill) if params else statement
    except ValueError as error:
        raise UsageError(str(error)) from error
    except psycopg.DataError as error:
        raise UsageError(f"a value cannot be sent to the database: {error}") from error


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


def _fetch(conn: psycopg.Connection[Any], statement: str, limits: Limits) -> tuple[list[str], list[tuple[Any, ...]]]:
    # OFFSET 0: nothing of the statement is worked out twice for the test of its width.
    wide = f"octet_length(docproc_asked::text) > {WIDEST}"
    fault = f"('{_TOO_WIDE}' || left(docproc_asked::text, 0))::boolean"
    source = f"(SELECT * FROM ({statement}\n) docproc_inner OFFSET 0) docproc_asked"  # noqa: S608 - checked before
    bounded = f"SELECT * FROM {source} WHERE CASE WHEN {wide} THEN {fault} ELSE true END LIMIT {limits.rows}"  # noqa: S608
    conn.read_only = True
    with conn.transaction():
        with conn.cursor() as first:
            _limit(first, limits.seconds)
            first.execute("SELECT 1")  # from here on SET TRANSACTION READ WRITE fails
            reader_role.become(first)
        with conn.cursor(name="docproc_asked") as cursor:
            try:
                cursor.execute(bounded.encode())
                return [column.name for column in cursor.description or ()], _rows(cursor, limits)
            except (psycopg.Error, UsageError):
                conn.close()  # nothing more is asked of it, not even to forget the cursor
                raise


def _rows(cursor: psycopg.ServerCursor[Any], limits: Limits) -> list[tuple[Any, ...]]:
    """All rows of a cursor, few at a time while they are wide. Raises UsageError for too much."""
    rows: list[tuple[Any, ...]] = []
    size, wanted = 0, _FIRST
    while some := cursor.fetchmany(wanted):
        rows += some
        taken = sum(len(str(cell)) for row in some for cell in row)
        size += taken
        if size > limits.bytes:
            raise too_much(limits.bytes)
        wanted = max(1, min(_MOST, _GLANCE * len(some) // max(1, taken)))
    return rows


def _limit(cursor: psycopg.Cursor[Any], seconds: float) -> None:
    """Time, how strings are read, and where names are looked up: among temporary tables last."""
    settings = {
        "statement_timeout": f"{max(1, round(seconds * 1000))}ms",
        "standard_conforming_strings": "on",
    }
    for name, value in settings.items():
        cursor.execute("SELECT set_config(%s, %s, true)", (name, value))
    cursor.execute("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)")
