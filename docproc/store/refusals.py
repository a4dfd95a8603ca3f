"""What a person who wrote SQL needs to know when it was not run."""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from docproc.core.errors import UsageError
from docproc.store.database import Database
from docproc.store.dialect import dialect_of
from docproc.store.views import STAMP


def list_views(conn: Connection) -> list[str]:
    """The names of all views that can be asked, docproc's and the user's own."""
    if dialect_of(conn) == "postgresql":
        found = text("SELECT viewname FROM pg_views WHERE schemaname = current_schema()")
    else:
        found = text("SELECT name FROM sqlite_master WHERE type = 'view'")
    return sorted(name for name in conn.execute(found).scalars() if name != STAMP)


def misunderstood(db: Database, said: str) -> UsageError:
    """The database could make nothing of the statement, and said why."""
    missing = re.search(r'no such table: (?:main\.)?(\S+)|relation "([^"]+)" does not exist', said)
    if missing:
        return no_view(db, missing.group(1) or missing.group(2))
    return UsageError(f"the database does not understand this statement: {said}")


def no_view(db: Database, name: str) -> UsageError:
    """There is no such view."""
    return UsageError(f"there is no view {name!r}; {_there_are(db)}")


def refused(db: Database, what: str) -> UsageError:
    """The statement wants what it may not have."""
    return UsageError(f"only SELECT over the views can be asked, not {what}; {_there_are(db)}")


def too_long(seconds: float) -> UsageError:
    """The time is up."""
    return UsageError(f"the query took longer than {seconds:g} s; ask for less, or raise the limit with --seconds")


def too_much(limit: int) -> UsageError:
    """A row or the result is larger than may be."""
    return UsageError(
        f"the result, or a row of it, is larger than {limit >> 20} MiB; name fewer columns, or use docproc export"
    )


def _there_are(db: Database) -> str:
    with db.read() as conn:
        return "there are: " + ", ".join(list_views(conn))
