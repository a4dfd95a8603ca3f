"""What tests of every part share: databases of both kinds, fresh for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from docproc.store.database import Database, open_database
from tests.servers import EMPTY, postgresql

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
_NUMBERS = itertools.count()

# A shell starts what runs in the background with SIGINT ignored, and ignored it stays in every child: tests that
# interrupt a child would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server, started when the first test needs it."""
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with docproc's schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    with closing(open_database(f"sqlite:///{path}")) as database:
        database.upgrade()
    return path


@pytest.fixture(scope="session")
def postgres_kept(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with docproc's schema, which `database_url` empties after each test.

    (Copying one takes 150 ms; emptying one 10.)
    """
    with _postgres_database(postgres_server) as url:
        with closing(open_database(url)) as database:
            database.upgrade()
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with docproc's schema. Tests that change the schema take `empty_url`."""
    if request.param == "sqlite":
        path = tmp_path / "docproc.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def postgres_url(postgres_kept: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database with docproc's schema."""
    yield postgres_kept
    with psycopg.connect(postgres_kept, autocommit=True) as conn:
        conn.execute(EMPTY)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with docproc's schema."""
    with closing(open_database(database_url)) as database:
        yield database


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database without any schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with _postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture
def empty_database(empty_url: str) -> Iterator[Database]:
    """A fresh database without any schema."""
    with closing(open_database(empty_url)) as database:
        yield database


@contextmanager
def _postgres_database(server: str) -> Iterator[str]:
    """The URL of a new database; dropped in the end, whoever is still connected."""
    name = f"docproc_test_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
