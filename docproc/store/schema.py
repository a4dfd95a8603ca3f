"""The schema brought up to date: drop the views, migrate the tables, make the views, all in one transaction.

Views are derived from the code and the registered question sets, never migrated (PostgreSQL refuses to alter a column
under a view).
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

import docproc
from docproc.core.errors import UsageError
from docproc.store import sets, views
from docproc.store.dialect import dialect_of

# A transaction lock that all who upgrade (or change views) take: "docproc" as a number.
ADVISORY_LOCK = int.from_bytes(b"docproc", "big")


def migrations() -> Path:
    """The folder of the migrations: beside the package in a checkout, inside it where it was installed."""
    package = Path(docproc.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


@cache
def head() -> str:
    """The newest revision: the files' names begin with it."""
    return max(path.name[:4] for path in (migrations() / "versions").glob("[0-9]*.py"))


@cache
def fingerprint() -> str:
    """What the views were made by: changes whenever the code that makes them does."""
    folder = Path(views.__file__).parent
    sources = b"".join(
        (folder / name).read_bytes() for name in ("views.py", "set_views.py", "fixed_views.py", "typed.py")
    )
    return hashlib.sha256(sources).hexdigest()[:16]


def is_current(conn: Connection) -> bool:
    """Whether tables and views are those of this version of docproc."""
    if not _has(conn, "alembic_version") or not _has(conn, views.STAMP):
        return False
    revisions = conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    stamp = conn.execute(text(f"SELECT fingerprint FROM {views.STAMP}")).scalar()  # noqa: S608  (a constant)
    return list(revisions) == [head()] and stamp == fingerprint()


def upgrade(conn: Connection) -> None:
    """Bring tables and views up to this version. Of several callers at once one does the work, the others wait for it.

    Raises UsageError where the database was made by a newer docproc.
    """
    postgresql = dialect_of(conn) == "postgresql"
    if postgresql:
        limits = "set_config('lock_timeout', '120s', true), set_config('statement_timeout', '0', true)"
        conn.execute(text(f"SELECT {limits}"))
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    if is_current(conn):
        return
    migrate(conn, "head")
    broken = None if postgresql else conn.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise UsageError(f"the upgrade failed: row {broken[1]} of {broken[0]} points at no row of {broken[2]}")


def migrate(conn: Connection, revision: str) -> None:
    """Move the tables to a revision ("head", "base" or a number), with the views dropped before and made after."""
    from alembic import command  # noqa: PLC0415  (slow to load, and seldom needed)
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    config.attributes["connection"] = conn
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = set(_revisions(conn))
    if not present <= known:
        raise UsageError(
            f"the database is at revision {', '.join(sorted(present - known))}, made by a newer docproc than "
            f"{docproc.__version__}; upgrade docproc, or use another database"
        )
    views.drop_views(conn)
    if revision == "base" or (present and revision < max(present)):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
    if _revisions(conn) == [head()]:
        views.create_views(conn, sets.load_newest(conn), fingerprint())


def _revisions(conn: Connection) -> list[str]:
    if not _has(conn, "alembic_version"):
        return []
    return list(conn.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _has(conn: Connection, relation: str) -> bool:
    if dialect_of(conn) == "postgresql":
        return conn.execute(text("SELECT to_regclass(:name)"), {"name": relation}).scalar() is not None
    known = text("SELECT 1 FROM sqlite_master WHERE name = :name")
    return conn.execute(known, {"name": relation}).scalar() is not None
