"""SQL from users: one SELECT over the views, bounded in time, rows and bytes, that can change nothing.

SQLite: in a child process that is killed when its time is up (`sqlite_child`), since a progress handler alone is no
limit. PostgreSQL: in `postgres_reader`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.errors import Unavailable, UsageError
from docproc.store import sqlite_child
from docproc.store.database import Database
from docproc.store.refusals import misunderstood, refused, too_long, too_much

MAX_BYTES = 256 << 20  # of one result
LONGEST = 100_000  # characters of a statement


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of a query, in its order. `truncated`: there were more than the limit."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool


def query(
    db: Database,
    sql: str,
    params: Mapping[str, Any] | None = None,
    row_limit: int = 1000,
    seconds: float = 30.0,
    max_bytes: int = MAX_BYTES,
) -> Result:
    """The rows of one SELECT over the views; `params` (texts, numbers, None) fill `:name` in it.

    Raises UsageError, saying what is wrong, for a statement that does not run, reads anything but views, takes longer
    than `seconds` or gives more than `max_bytes`; Unavailable where the database is away.
    """
    statement = sql.strip().rstrip(";").strip()
    if not statement:
        raise UsageError('there is no statement; for example: docproc sql "select * from document_list"')
    if len(statement) > LONGEST:
        raise UsageError(f"the statement is longer than {LONGEST} characters")
    for text in (statement, *(value for value in (params or {}).values() if isinstance(value, str))):
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise UsageError("the statement, or a value, holds a NUL or half a character")
    if db.dialect == "sqlite":
        return _sqlite(db, statement, dict(params or {}), row_limit, seconds, max_bytes)
    from docproc.store.postgres_reader import Limits, ask  # noqa: PLC0415  (psycopg is an extra)

    columns, rows = ask(db, statement, dict(params or {}), Limits(row_limit + 1, max_bytes, seconds))
    return Result(columns, rows[:row_limit], len(rows) > row_limit)


def _sqlite(db: Database, sql: str, params: dict[str, Any], row_limit: int, seconds: float, max_bytes: int) -> Result:
    request = {
        "path": str(Path(str(db.engine.url.database)).absolute()),
        "sql": sql,
        "params": params,
        "rows": row_limit,
        "bytes": max_bytes,
        "seconds": seconds,
    }
    # -I -S: nothing of the user's environment or site is loaded, which is also quick.
    command = [sys.executable, "-I", "-S", sqlite_child.__file__]
    try:
        done = subprocess.run(  # noqa: S603  (our own program)
            command, input=json.dumps(request), capture_output=True, text=True, timeout=seconds + 2.0, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise too_long(seconds) from error
    lines = done.stdout.splitlines()
    end = json.loads(lines[-1]) if done.returncode == 0 and lines else {"error": "memory", "what": ""}
    if "error" in end:
        if end["error"] == "bytes":
            raise too_much(max_bytes)
        raise _fault(db, end["error"], end["what"], seconds)
    columns = json.loads(lines[0])["columns"]
    return Result(columns, [tuple(json.loads(line)) for line in lines[1:-1]], bool(end["truncated"]))


def _fault(db: Database, kind: str, what: str, seconds: float) -> UsageError | Unavailable:
    """The error for what the child said."""
    fixed: dict[str, UsageError | Unavailable] = {
        "time": too_long(seconds),
        "open": Unavailable(f"the database {db.where} cannot be read: {what}"),
        "memory": UsageError("the query needed more than 1 GiB of memory; ask for less"),
        "no_rows": UsageError("this statement gives no rows; only SELECT over the views can be asked"),
    }
    if kind in fixed:
        return fixed[kind]
    return refused(db, what) if kind == "refused" else misunderstood(db, what)
