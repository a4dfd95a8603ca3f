"""The answers in DuckDB: python examples/sql/with_duckdb.py invoice.parquet

The file is made by `docproc export invoice -o invoice.parquet`.
DuckDB can also attach the database itself (`INSTALL sqlite; ATTACH 'docproc-data/docproc.db' (TYPE sqlite, READ_ONLY)`,
and `postgres` likewise); it downloads that extension once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb


def totals(parquet: Path) -> list[tuple[Any, ...]]:
    """(currency, invoices, sum of their totals), the largest first."""
    with duckdb.connect() as connection:
        query = "select currency, count(*), sum(grand_total) from read_parquet(?) group by 1 order by 3 desc nulls last"
        found: list[tuple[Any, ...]] = connection.execute(query, [str(parquet)]).fetchall()
    return found


if __name__ == "__main__":
    for row in totals(Path(sys.argv[1])):
        print(*row)
