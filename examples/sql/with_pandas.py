"""The answers in pandas: python examples/sql/with_pandas.py docproc-data/docproc.db

On PostgreSQL, hand `read_sql` a SQLAlchemy engine or a psycopg connection instead.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd


def least_sure(database: Path, most: int = 10) -> pd.DataFrame:
    """The answers with the least confidence: what to look at first."""
    # mode=ro: nothing can be changed by mistake, and a typing error in the path makes no new database.
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        query = "select * from answers_flat where status = 'ok' order by confidence limit ?"
        return pd.read_sql(query, connection, params=(most,))[["file", "page", "key", "value", "confidence"]]


def confidence_by_question(database: Path) -> pd.DataFrame:
    """How sure the answers to each question are."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        answers = pd.read_sql("select key, confidence from answers_flat where status = 'ok'", connection)
    return answers.groupby("key")["confidence"].describe()[["count", "mean", "min"]]


if __name__ == "__main__":
    where = Path(sys.argv[1])
    print(least_sure(where).to_string(index=False))
    print(confidence_by_question(where).round(2).to_string())
