"""The schema: made, found up to date, moved up and down, and the same as the tables in the code."""

from __future__ import annotations

from docproc.store.database import open_database


def test_an_empty_database_is_not_current_and_an_upgraded_one_is(empty_url: str) -> None:
    database = open_database(empty_url)
    assert not database.current()
    database.upgrade()
    assert database.current()
    database.upgrade()
    database.close()
