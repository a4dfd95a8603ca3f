"""A database: where it is, how to get a transaction on it, and its schema brought up to date.

SQLite is the embedded default (one file, one host, WAL), PostgreSQL the one for many machines. Both give the same two
doors, `write` and `read`; the queries in this package are written once for both.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from docproc.core.errors import MissingExtra, Unavailable, UsageError
from docproc.store import schema
from docproc.store.dialect import Dialect
from docproc.store.sharing import Errands

T = TypeVar("T")

PATIENCE = 180.0  # seconds that a transaction waits for a busy or absent database before it gives up
CONNECTIONS = 32  # per process; more threads than this wait for one another

# Statement and lock limits keep one stuck session from holding up the others; a dead peer's transaction ends by itself.
# Compiling the many expressions of a view to machine code (jit) takes longer than running them.
POSTGRES_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
}
# SQLite's primary codes for "not now" or "not here", as against "your SQL is wrong".
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_PERM,
}


class Database:
    """One database, used by any number of threads. Made by `open_database`; `close` gives its connections back."""

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self.engine = engine
        self.dialect: Dialect = cast(Dialect, engine.dialect.name)
        self.patience = patience
        # SQLite's busy handler polls and is not fair: the threads of one process queue here instead.
        self._writer = threading.Lock()
        self._errands = Errands()

    @property
    def where(self) -> str:
        """The database's address without its password, for messages."""
        return self.engine.url.set(drivername=self.dialect).render_as_string(hide_password=True)

    def write(self, migrating: bool = False) -> AbstractContextManager[Connection]:
        """A transaction that may write: committed at the end of the block, rolled back when the block raises.

        On SQLite it has the write lock from its start (BEGIN IMMEDIATE), which it waits for up to `patience` seconds.
        Keep it short, and do not nest it. `migrating` is for the schema's changes: on SQLite, foreign keys are not
        enforced, so that a table that is made anew does not cascade into those that point at it. Raises Unavailable.
        """
        return self._write_sqlite(migrating) if self.dialect == "sqlite" else self._transaction(write=True)

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads; on SQLite all its statements see one state. Raises Unavailable."""
        return self._transaction(write=False)

    def insist(self, action: Callable[[Connection], T]) -> T:
        """Run `action` in a write transaction, and again while the database is away, for `patience` seconds.

        `action` must be safe to run again from its start: a commit whose acknowledgement was lost is repeated.
        """
        return self._again(self.write, action)

    def look(self, action: Callable[[Connection], T]) -> T:
        """Run `action` in a read transaction, and again while the database is away, as `insist` does."""
        return self._again(self.read, action)

    def _again(self, door: Callable[[], AbstractContextManager[Connection]], action: Callable[[Connection], T]) -> T:
        deadline = time.monotonic() + self.patience
        for attempt in range(10_000):
            try:
                with door() as conn:
                    return action(conn)
            except Unavailable:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_pause(attempt))
        raise AssertionError("unreachable: the deadline comes first")

    def shared(self, action: Callable[[Connection], T]) -> T:
        """Run a short `action` in a write transaction, on SQLite together with those of other threads that wait."""
        if self.dialect != "sqlite":
            with self.write() as conn:
                return action(conn)
        return self._errands.run(action, self._turn, lambda: self._transaction(write=True))

    def current(self) -> bool:
        """Whether the schema and the views are those of this version of docproc; a few milliseconds, no Alembic."""
        with self.read() as conn:
            return schema.is_current(conn)

    def upgrade(self) -> None:
        """Bring schema and views up to this version, in one transaction; of several callers one does the work."""
        with self.write(migrating=True) as conn:
            schema.upgrade(conn)

    def close(self) -> None:
        """Give back every connection. On SQLite the last one out also folds the write-ahead log into the file."""
        self.engine.dispose()

    @contextmanager
    def _write_sqlite(self, migrating: bool) -> Iterator[Connection]:
        with self._turn(), self._transaction(write=True, migrating=migrating) as conn:
            yield conn

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writer.acquire(timeout=self.patience):
            raise Unavailable(f"{self.where}: another thread has been writing for {self.patience:.0f} s")
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _transaction(self, write: bool, migrating: bool = False) -> Iterator[Connection]:
        with self._translated(write), self.engine.connect() as conn:
            conn.execution_options(
                docproc_write=write, docproc_foreign_keys=not migrating, postgresql_readonly=not write
            )
            self._begin(conn)
            with conn.get_transaction() or conn.begin():
                yield conn
                if not write:
                    conn.rollback()

    def _begin(self, conn: Connection) -> None:
        """Start the transaction; only here may SQLite be busy, so only this is tried again."""
        deadline = time.monotonic() + self.patience
        for attempt in range(10_000):
            try:
                conn.begin()
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= deadline:
                    raise
                time.sleep(_pause(attempt))
            else:
                return

    @contextmanager
    def _translated(self, write: bool) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            raise Unavailable(f"{self.where}: all {CONNECTIONS} connections of this process are in use") from error
        except DBAPIError as error:
            if not is_away(error, write):
                raise
            said = str(error.orig).strip().partition("\n")[0]  # without SQLAlchemy's statement and link
            raise Unavailable(f"the database {self.where} is away: {said}; {self._advice()}") from error

    def _advice(self) -> str:
        if self.dialect == "sqlite":
            return "check that its folder exists, is writable, on a local disk, and has room"
        return "check that the server runs and that DOCPROC_DATABASE_URL names it"


def open_database(url: str, patience: float = PATIENCE) -> Database:
    """The database at `url`: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user@host/name`.

    A SQLite file and its folder are made when they are not there; the schema is not (see `Database.upgrade`).
    Raises UsageError for another kind of URL, MissingExtra without psycopg, Unavailable when nobody answers.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(f"{url!r} is no database URL; write sqlite:///path or postgresql://user@host/name") from error
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        engine = _sqlite(parsed)
    elif kind in ("postgresql", "postgres"):
        engine = _postgresql(parsed)
    else:
        raise UsageError(f"docproc keeps its data in SQLite or PostgreSQL, not in {kind!r}")
    database = Database(engine, patience)
    try:
        with database.read():
            pass
    except Unavailable:
        database.close()
        raise
    return database


def _sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise UsageError("a SQLite database needs a file that several connections can share: sqlite:///path")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"cannot make the folder of the database {path}: {error}") from error
    # isolation_level None: the driver starts no transaction by itself, so that the BEGIN below is the one that counts.
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path), query=url.query),
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 5.0, "cached_statements": 32},
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,  # the connection used last has its pages in memory, and the others' caches stay small
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi: Any, _record: object) -> None:
    for attempt in range(100):
        try:
            # Switching a new file to WAL does not honour the busy timeout when two processes do it at once.
            dbapi.execute("PRAGMA journal_mode=WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 99:
                raise
            time.sleep(_pause(attempt))
    dbapi.execute("PRAGMA synchronous=FULL")
    dbapi.execute("PRAGMA busy_timeout=5000")
    dbapi.execute("PRAGMA cache_size=-1024")  # KiB, for each thread of a worker; what queries is in `sqlite_child`
    dbapi.execute("PRAGMA temp_store=MEMORY")
    dbapi.execute("PRAGMA journal_size_limit=67108864")  # a log that a long reader let grow is cut back to 64 MiB


def _begin_sqlite(conn: Connection) -> None:
    options = conn.get_execution_options()
    write = bool(options.get("docproc_write", False))
    if write:
        conn.exec_driver_sql(f"PRAGMA foreign_keys={int(options.get('docproc_foreign_keys', True))}")
    # query_only: what only reads cannot write, as on PostgreSQL, where the transaction is read-only.
    conn.exec_driver_sql(f"PRAGMA query_only={int(not write)}")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _postgresql(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401, PLC0415  (only whether it is there)
    except ImportError as error:
        raise MissingExtra("postgres", "a PostgreSQL database") from error
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": 5, "application_name": "docproc"},
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=CONNECTIONS - 8,
        pool_recycle=1800,
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(dbapi: Any, _record: object) -> None:
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in POSTGRES_SETTINGS.items())
    with dbapi.cursor() as cursor:
        cursor.execute(f"SELECT {settings}")
    dbapi.commit()


def _is_busy(error: DBAPIError) -> bool:
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_away(error: DBAPIError, write: bool = False) -> bool:
    """Whether the database could not do it now, as against a statement that is wrong and stays wrong."""
    if isinstance(error.orig, sqlite3.Error):
        code: int = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        # In a transaction that may write, "readonly" is the file's fault; in one that may not, the statement's.
        return code in SQLITE_AWAY or (write and code == sqlite3.SQLITE_READONLY)
    # psycopg files lost connections, refused logins, shutdowns, deadlocks and time limits under OperationalError.
    return error.connection_invalidated or isinstance(error, OperationalError)


def _pause(attempt: int) -> float:
    """Seconds to wait before another try: growing to 1 s, jittered so that waiters do not march in step."""
    return random.uniform(0.5, 1.0) * min(1.0, 0.01 * float(2 ** min(attempt, 10)))  # noqa: S311  (no secret)
