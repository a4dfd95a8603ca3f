"""Opening, transactions, retries and errors, on both databases."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from docproc.core.errors import MissingExtra, Unavailable, UsageError
from docproc.store.clock import now
from docproc.store.database import Database, open_database
from docproc.store.tables import engines


def put(conn: Connection, name: str) -> None:
    conn.execute(insert(engines).values(name="scripted", fingerprint=name))


def names(database: Database) -> list[str]:
    with database.read() as conn:
        return sorted(conn.execute(select(engines.c.fingerprint)).scalars())


def test_what_a_block_wrote_is_there_when_it_ended(database: Database) -> None:
    with database.write() as conn:
        put(conn, "a")
    assert names(database) == ["a"]


def test_what_a_block_wrote_is_gone_when_it_raised(database: Database) -> None:
    def fail() -> None:
        with database.write() as conn:
            put(conn, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(database) == []


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), database.read() as conn:
        put(conn, "a")
    with database.write() as conn:
        put(conn, "b")
    assert names(database) == ["b"]


def test_the_clock_is_the_databases_and_goes_on_within_a_transaction(database: Database) -> None:
    with database.read() as conn:
        first = conn.execute(select(now())).scalar_one()
        time.sleep(0.05)
        second = conn.execute(select(now() + 1.5)).scalar_one()
    assert isinstance(first, float)
    assert abs(first - time.time()) < 60
    assert 1.5 < second - first < 60


def test_a_time_is_stored_and_compared_to_the_millisecond(database: Database) -> None:
    with database.read() as conn:
        assert conn.execute(select(now() < now() + 0.002)).scalar_one()
        assert not conn.execute(select(now() < now() - 0.5)).scalar_one()


def test_threads_that_write_at_once_all_succeed(database: Database) -> None:
    def work(mine: int) -> None:
        for number in range(10):
            with database.write() as conn:
                put(conn, f"{mine}-{number}")

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 60


def test_a_writer_waits_for_one_in_another_process(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "docproc.db"
    path.write_bytes(sqlite_template.read_bytes())
    program = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(7); c.execute('COMMIT')"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    database = open_database(f"sqlite:///{path}")
    with database.write() as conn:  # longer than the busy timeout of 5 s
        put(conn, "a")
    holder.communicate()
    assert names(database) == ["a"]
    database.close()


def test_patience_ends(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "docproc.db"
    path.write_bytes(sqlite_template.read_bytes())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = open_database(f"sqlite:///{path}", patience=0.1)
    with pytest.raises(Unavailable, match="locked"), database.write():
        pass
    other.close()
    with database.write() as conn:
        put(conn, "a")
    database.close()


def test_a_second_write_in_the_same_thread_is_not_a_deadlock(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "docproc.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}", patience=0.1)
    with database.write(), pytest.raises(Unavailable, match="writing"), database.write():
        pass
    database.close()


def test_insisting_repeats_an_action_while_the_database_is_away(database: Database) -> None:
    tries: list[int] = []

    def action(conn: Connection) -> str:
        tries.append(1)
        put(conn, "a")
        if len(tries) < 3:
            raise Unavailable("gone for a moment")
        return "done"

    assert database.insist(action) == "done"
    assert len(tries) == 3
    assert names(database) == ["a"]


def test_a_look_is_repeated_while_the_database_is_away_and_writes_nothing(database: Database) -> None:
    tries: list[int] = []

    def look(_conn: Connection) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("gone for a moment")
        return len(tries)

    assert database.look(look) == 3
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        database.look(lambda conn: put(conn, "a"))


def test_insisting_gives_up_when_its_patience_ends(database_url: str) -> None:
    database = open_database(database_url, patience=0.05)

    def action(_conn: Connection) -> None:
        raise Unavailable("gone for good")

    with pytest.raises(Unavailable, match="for good"):
        database.insist(action)
    database.close()


def test_sqlite_is_set_up_to_survive_a_power_cut_and_share(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/deep/er/x.db")
    with database.write() as conn:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        assert [conn.execute(text(f"PRAGMA {name}")).scalar() for name in asked] == ["wal", 2, 1, 5000]
    database.close()
    assert sorted(path.name for path in (tmp_path / "deep/er").iterdir()) == ["x.db"]


@pytest.mark.postgres
def test_postgresql_is_set_up_with_limits(postgres_kept: str) -> None:
    database = open_database(postgres_kept)
    with database.read() as conn:
        asked = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_read_only")
        assert [conn.execute(text(f"SHOW {name}")).scalar() for name in asked] == ["15s", "5s", "30s", "on"]
    database.close()


@pytest.mark.postgres
def test_a_connection_that_the_server_ended_is_replaced(postgres_kept: str) -> None:
    database = open_database(postgres_kept)
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
    with pytest.raises(Unavailable), database.read() as conn:
        conn.execute(end)
    with database.read() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1
    database.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/x", "sqlite:////proc/none/x.db"])
def test_a_database_that_is_not_there_says_what_to_do(url: str) -> None:
    with pytest.raises(Unavailable, match=r"is away.*check that|cannot make the folder"):
        open_database(url)


def test_a_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as told:
        open_database("postgresql://me:secret@127.0.0.1:1/x")
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"%PDF-1.7 this is not a database, and long enough to be seen as none" * 20)
    with pytest.raises(Unavailable, match="not a database"):
        open_database(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["mysql://localhost/x", "x.db", "sqlite://", "sqlite:///:memory:", ""])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        open_database(url)


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"docproc\[postgres\]"):
        open_database("postgresql://localhost/x")


def test_a_wrong_statement_is_not_taken_for_an_absent_database(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as conn:
        conn.execute(text("SELECT * FROM nothing"))
