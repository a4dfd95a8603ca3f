"""SQL for people: one read-only statement over the views."""

from __future__ import annotations

from docproc.service.parts import Parts
from docproc.store.readonly import Result
from docproc.store.readonly import query as ask


def query(parts: Parts, sql: str, row_limit: int, seconds: float) -> Result:
    """The rows of a statement, at most `row_limit`, within `seconds`. Raises UsageError for one that cannot be run."""
    return ask(parts.database, sql, {}, row_limit, seconds)
