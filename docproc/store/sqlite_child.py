"""Runs one statement of a user against a SQLite file: the program of a child process that may be killed at any time.

It loads nothing but the standard library (it is run by its path, not as part of docproc), gets one JSON object on
standard input, and writes JSON lines: `{"columns": [...]}`, a list per row, and last `{"truncated": bool}` or
`{"error": ..., "what": ...}`.

The file is opened read-only. An authorizer allows SELECT, the functions of `FUNCTIONS`, and reading views: a view's
expansion reads base tables, so each view is compiled once beforehand to learn which columns it reads, and under a
view's name nothing else may be read. (SQLite reports a common table expression under its own name, too.)
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from typing import Any
from urllib.parse import quote

_FUNCTION_NAMES = """
abs avg bm25 ceil ceiling changes char coalesce count cume_dist current_date current_time current_timestamp date
datetime dense_rank exp first_value floor format glob group_concat hex highlight ifnull iif instr json json_array
json_array_length json_extract json_group_array json_group_object json_object json_quote json_type json_valid
julianday lag last_value lead length like likelihood likely ln log log10 log2 lower ltrim match max min mod
nth_value ntile nullif percent_rank pow power printf quote rank replace round row_number rtrim sign snippet sqrt
strftime substr substring subtype sum time total trim trunc typeof unicode unixepoch unlikely upper -> ->>
"""
FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
SEARCH = "page_search"
SEARCH_CONTENT = "page_texts"  # which FTS5 itself reads while `page_search` is read
CATALOGS = {
    "sqlite_master",
    "sqlite_schema",
    "sqlite_temp_master",
    "sqlite_temp_schema",
    "sqlite_sequence",
    "sqlite_stat1",
}
CHANGE = "a statement that changes something"
MEMORY = 1 << 30  # bytes of address space
LONGEST = 16 << 20  # bytes of one value, and of what a function may build
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1000,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


class Guard:
    """The authorizer. While `learning` is a view's name it notes what that view reads; later it allows only that."""

    def __init__(self) -> None:
        self.learning: str | None = None
        self.reads: dict[str, set[tuple[str, str]]] = {}
        self.tables: set[str] = set()
        self.expanded: set[str] = set()
        self.refused = ""

    def __call__(self, action: int, first: str | None, second: str | None, _db: str | None, source: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            return self._answer((second or "").lower() in FUNCTIONS, f"the function {second}")
        if action == sqlite3.SQLITE_READ:
            return self._answer(self._may_read(first or "", second or "", source), f"{first}")
        if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and not second:
            return sqlite3.SQLITE_OK  # FTS5 asks it
        return self._answer(False, "")

    def _may_read(self, table: str, column: str, source: str | None) -> bool:
        if self.learning is not None:
            self.reads[self.learning].add((table, column))
            return True
        if table not in self.tables or table.startswith(SEARCH):
            return True
        if column == "":
            # Rows are counted without a column being read: of a view's table, once the view has been expanded.
            return table in self.expanded or table == SEARCH_CONTENT
        if source is None:
            return table == SEARCH_CONTENT and column in ("id", "text")
        known = (table, column) in self.reads.get(source, ())
        if known:
            self.expanded.add(table)
        return known

    def _answer(self, allowed: bool, what: str) -> int:
        if allowed:
            return sqlite3.SQLITE_OK
        self.refused = self.refused or what or CHANGE
        return sqlite3.SQLITE_DENY


def opened(path: str, seconds: float) -> tuple[sqlite3.Connection, Guard]:
    """A guarded connection. What runs longer than `seconds` is interrupted (the parent also kills, a second later)."""
    conn = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    conn.text_factory = lambda data: data.decode("utf-8", "replace")
    conn.execute("PRAGMA query_only=ON")
    conn.execute("PRAGMA temp_store=MEMORY")
    conn.execute("PRAGMA cache_size=-32768")  # KiB: the pivot views read `answers` by primary key
    views = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
    if conn.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (SEARCH,)).fetchone():
        conn.execute(f"SELECT rowid FROM {SEARCH} LIMIT 0")  # noqa: S608 - a constant; the virtual table connects before the guard stands
    guard = Guard()
    guard.tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} | CATALOGS
    conn.set_authorizer(guard)
    for name in views:
        guard.learning = name
        guard.reads[name] = set()
        try:
            conn.execute(f'EXPLAIN SELECT * FROM "{name}"').close()  # noqa: S608 - an existing view
        except sqlite3.Error:
            del guard.reads[name]  # a view of the user's own that no longer fits what it stands on
    guard.learning = None
    guard.refused = ""
    for limit, value in LIMITS.items():
        conn.setlimit(limit, value)
    deadline = time.monotonic() + seconds
    conn.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    return conn, guard


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Write columns and rows; return the closing line."""
    try:
        conn, guard = opened(request["path"], request["seconds"])
    except sqlite3.Error as error:
        return {"error": "open", "what": str(error)}
    try:
        return answered(conn.execute(request["sql"], request["params"]), request["rows"], request["bytes"])
    except sqlite3.OperationalError as error:
        if "cannot modify" in str(error):  # a view, which has no trigger for it
            return {"error": "refused", "what": CHANGE}
        return {"error": "time" if "interrupted" in str(error) else "sql", "what": str(error)}
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        return {"error": "refused" if guard.refused else "sql", "what": guard.refused or str(error)}
    except MemoryError:
        return {"error": "memory", "what": ""}


def answered(cursor: sqlite3.Cursor, rows: int, left: int) -> dict[str, Any]:
    """Write at most `rows` rows of at most `left` bytes; return the closing line."""
    if cursor.description is None:
        return {"error": "no_rows", "what": ""}
    write({"columns": [column[0] for column in cursor.description]})
    for count, row in enumerate(cursor):
        if count == rows:
            return {"truncated": True}
        left -= write([cell if not isinstance(cell, bytes) else cell.hex() for cell in row])
        if left < 0:
            return {"error": "bytes", "what": ""}
    return {"truncated": False}


def write(value: object) -> int:
    """Write a line; return its length."""
    line = json.dumps(value, separators=(",", ":"))
    sys.stdout.write(line + "\n")
    return len(line)


def main() -> None:
    """Limit this process, answer the request on standard input."""
    request = json.load(sys.stdin)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  (not on Windows)

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        seconds = int(request["seconds"]) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    write(run(request))


if __name__ == "__main__":
    main()
