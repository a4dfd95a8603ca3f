"""Small writes of many threads in one transaction: each as if it were alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, text

from docproc.store.database import Database
from docproc.store.tables import engines


def names(database: Database) -> set[str]:
    with database.read() as conn:
        return set(conn.execute(select(engines.c.name)).scalars())


def test_writes_of_many_threads_are_all_there_and_each_gets_its_own_result(database: Database) -> None:
    def enter(number: int) -> int:
        values = insert(engines).values(name=f"e{number}", fingerprint=f"f{number}").returning(engines.c.id)
        return database.shared(lambda conn: int(conn.execute(values).scalar_one()))

    with ThreadPoolExecutor(16) as threads:
        ids = list(threads.map(enter, range(200)))
    assert len(set(ids)) == 200
    assert names(database) == {f"e{number}" for number in range(200)}


def test_what_raises_is_undone_alone_and_raises_where_it_was_asked(database: Database) -> None:
    def enter(number: int) -> str:
        def action(conn: object) -> None:
            conn.execute(insert(engines).values(name=f"e{number}", fingerprint=f"f{number}"))  # type: ignore[attr-defined]
            if number % 3 == 0:
                raise ValueError(str(number))

        try:
            database.shared(action)
        except ValueError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(enter, range(60)))
    assert said == [str(number) if number % 3 == 0 else "" for number in range(60)]
    assert names(database) == {f"e{number}" for number in range(60) if number % 3}


def test_a_wrong_statement_raises_and_leaves_the_door_open(database: Database) -> None:
    with pytest.raises(Exception, match="nothing_like_it"):
        database.shared(lambda conn: conn.execute(text("SELECT * FROM nothing_like_it")))
    database.shared(lambda conn: conn.execute(insert(engines).values(name="e", fingerprint="f")))
    assert names(database) == {"e"}
