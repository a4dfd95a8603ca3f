"""SQL text that turns canonical value texts into typed columns, for both databases.

These are trusted fragments: names pass `quoted`, texts pass `literal`, nothing else comes from outside.
"""

from __future__ import annotations

from docproc.core.kinds import SqlType
from docproc.store.dialect import Dialect

# What completes a partial date to its first day: "2004" + "-01-01", "2004-08" + "-01".
_REST_OF_DATE = "({value} || substr('-01-01', length({value}) - 3))"

_SQLITE: dict[SqlType, str] = {
    "text": "{value}",
    # A longer integer fits no 64-bit column; `answers_flat` has its digits.
    "integer": "CASE WHEN length({value}) <= 18 THEN CAST({value} AS INTEGER) END",
    "numeric": "CAST({value} AS NUMERIC)",  # reads the number that the text begins with: "1021.91 GBP"
    "boolean": "({value} = 'true')",
    "date": _REST_OF_DATE,
    "json": "{value}",
}
_POSTGRESQL: dict[SqlType, str] = {
    "text": "{value}",
    "integer": "CASE WHEN length({value}) <= 18 THEN ({value})::bigint END",
    "numeric": "split_part({value}, ' ', 1)::numeric",
    "boolean": "({value})::boolean",
    "date": f"{_REST_OF_DATE}::date",
    "json": "({value})::jsonb",
}


def typed(dialect: Dialect, sql: SqlType, value: str) -> str:
    """The expression `value` (a canonical text or NULL) as a value of type `sql`.

    On SQLite a boolean is 0 or 1, a date a text of ten characters, JSON a text.
    """
    return (_SQLITE if dialect == "sqlite" else _POSTGRESQL)[sql].format(value=value)


def currency(dialect: Dialect, value: str) -> str:
    """The currency of a canonical money text: what stands behind the blank, or NULL."""
    if dialect == "sqlite":
        return f"nullif(substr({value}, instr({value} || ' ', ' ') + 1), '')"
    return f"nullif(split_part({value}, ' ', 2), '')"


def moment(dialect: Dialect, seconds: str) -> str:
    """Seconds since 1970 as a text that people read: UTC, `2026-01-31 12:00:00`."""
    if dialect == "sqlite":
        return f"datetime({seconds}, 'unixepoch')"
    return f"to_char(to_timestamp({seconds}) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"


def file_name(dialect: Dialect, path: str) -> str:
    """The last part of a path."""
    if dialect == "sqlite":
        # rtrim takes away every character at the end that is not the last slash: what is left is the folder.
        return f"substr({path}, length(rtrim({path}, replace({path}, '/', ''))) + 1)"
    return f"regexp_replace({path}, '^.*/', '')"


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"
