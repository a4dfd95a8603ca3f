"""Views as streams of rows."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text

from docproc.core.errors import UsageError
from docproc.store.database import Database
from docproc.store.stream import stream
from docproc.store.tables import documents
from tests.store.filled import GRIDS, fill


def test_a_view_streams_in_bounded_lists_with_types(database: Database) -> None:
    with database.write() as conn:
        fill(conn)
    columns, chunks = stream(database, "invoice", chunk=1)
    assert columns[5:10] == [
        ("seller", "text"),
        ("note", "text"),
        ("copies", "integer"),
        ("weight", "numeric"),
        ("total", "numeric"),
    ]
    lists = list(chunks)
    assert [len(rows) for rows in lists] == [1, 1]
    by_name = dict(zip((name for name, _ in columns), lists[0][0], strict=True))
    assert by_name["paid"] is True
    assert by_name["found"] == GRIDS
    assert by_name["tags"] == ["new", "late"]


def test_many_rows_come_in_chunks_and_each_once(database: Database) -> None:
    row = {"media_type": "", "bytes": 0, "message": "", "warnings": [], "meta": {}, "path": "/p", "created_at": 0.0}
    with database.write() as conn:
        conn.execute(insert(documents), [{**row, "sha256": f"{number:064}"} for number in range(2500)])
    columns, chunks = stream(database, "document_list", chunk=1000)
    lists = list(chunks)
    assert [len(rows) for rows in lists] == [1000, 1000, 500]
    place = [name for name, _ in columns].index("document")
    assert len({row[place] for rows in lists for row in rows}) == 2500


def test_ones_own_view_streams_as_text(database: Database) -> None:
    with database.write() as conn:
        conn.execute(text('CREATE VIEW mine AS SELECT 1 AS "a b"'))
    columns, chunks = stream(database, "mine")
    assert (columns, list(chunks)) == ([("a b", "text")], [[(1,)]])


@pytest.mark.parametrize("name", ["nothing", "answers", 'x"; drop table answers; --'])
def test_what_is_no_view_does_not_stream(database: Database, name: str) -> None:
    with pytest.raises(UsageError, match="there are: answers_flat"):
        stream(database, name)
