"""Question sets and engines in SQL."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from docproc.core.errors import NotFound
from docproc.core.questions import Column, PageRange, Question, QuestionSet
from docproc.store import sets
from docproc.store.database import Database
from tests.store.filled import SET

words = st.text(max_size=8)
questions = st.builds(
    Question,
    key=words,
    ask=words,
    kind=words,
    scope=st.sampled_from(["page", "document"]),
    pages=st.lists(st.builds(PageRange, st.integers(1, 9), st.none() | st.integers(1, 9)), max_size=3).map(tuple),
    merge=st.sampled_from(["first", "union"]),
    required=st.booleans(),
    choices=st.lists(words, max_size=3).map(tuple),
    pattern=words,
    labels=st.lists(words, max_size=3).map(tuple),
    columns=st.lists(st.builds(Column, words, words, st.lists(words, max_size=2).map(tuple)), max_size=3).map(tuple),
    role=words,
)


@given(st.builds(QuestionSet, words, words, st.lists(questions, max_size=4).map(tuple)))
def test_a_set_comes_back_from_json_as_it_was(asked: QuestionSet) -> None:
    back = sets.from_json(sets.to_json(asked))
    assert back == asked
    assert back.version == asked.version


def test_a_set_comes_back_from_the_database_as_it_was(database: Database) -> None:
    with database.write() as conn:
        set_id = sets.put_set(conn, SET)
    with database.read() as conn:
        assert sets.load_set(conn, set_id) == SET
        assert sets.load_newest(conn) == [SET]


def test_the_same_version_is_registered_once(database: Database) -> None:
    with database.write() as conn:
        first = sets.put_set(conn, SET)
        assert sets.put_set(conn, SET) == first
        changed = replace(SET, description="another")
        second = sets.put_set(conn, changed)
        assert second != first
        assert sets.put_set(conn, SET) == first
        assert sets.load_newest(conn) == [SET]
        assert conn.execute(text("SELECT count(*) FROM questions")).scalar() == len(SET.questions)


def test_an_unknown_set_is_not_found(database: Database) -> None:
    with database.read() as conn, pytest.raises(NotFound):
        sets.load_set(conn, 99)


def test_an_engine_is_registered_once_per_fingerprint(database: Database) -> None:
    with database.write() as conn:
        first = sets.put_engine(conn, "qwen", "qwen:a@1")
        assert sets.put_engine(conn, "qwen", "qwen:a@1") == first
        assert sets.put_engine(conn, "qwen", "qwen:a@2") != first


def test_threads_that_register_the_same_set_at_once_get_one_id(database: Database) -> None:
    found: list[object] = []

    def register() -> None:
        try:
            with database.write() as conn:
                found.append(sets.put_set(conn, SET))
        except Exception as error:  # noqa: BLE001 - told below, in the thread that asserts
            found.append(error)

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
