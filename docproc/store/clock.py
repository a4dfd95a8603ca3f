"""The database's clock, so that a lease means the same to every worker, whatever its own clock says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class now(FunctionElement[float]):  # noqa: N801  (a SQL function is written like one)
    """Seconds since 1970 by the database's clock: a double, exact to 1 µs on PostgreSQL and to 1 ms on SQLite.

    It moves within a transaction (PostgreSQL: `clock_timestamp`, not the transaction's start); on SQLite it stands
    still within one statement.
    """

    type = Double()
    inherit_cache = True
    name = "now"


@compiles(now, "sqlite")
def _sqlite(_element: now, _compiler: Any, **_kw: Any) -> str:
    # unixepoch('subsec') came with SQLite 3.42. 2440587.5 is the Julian day of 1970-01-01T00:00Z.
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql(_element: now, _compiler: Any, **_kw: Any) -> str:
    return "extract(epoch FROM clock_timestamp())::double precision"
