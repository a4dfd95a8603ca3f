"""Question sets that people wrote in the browser or sent to the API: every version is kept, the newest counts.

Rows are only added. A retired set's newest row says so; what it asked once, its jobs, answers and views, stay.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, text

from docproc.core.errors import Conflict, NotFound, QuestionSetError
from docproc.core.questions import QuestionSet
from docproc.store import sets
from docproc.store.clock import now
from docproc.store.face_tables import authored_sets

# Those who write sets at the same time take turns (a transaction lock of PostgreSQL; SQLite has one writer anyway).
_LOCK = int.from_bytes(b"docproca", "big") & 0x7FFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class Authored:
    """A version of a set. `source` is YAML as written; `version` the set's own; `created_at` in seconds since 1970."""

    id: int
    name: str
    version: str
    source: str
    author: str
    retired: bool
    created_at: float


_COLUMNS = (
    authored_sets.c.id,
    authored_sets.c.name,
    authored_sets.c.version,
    authored_sets.c.source,
    authored_sets.c.author,
    authored_sets.c.retired,
    authored_sets.c.created_at,
)


def newest(conn: Connection, name: str) -> Authored | None:
    """The newest version of a set, retired or not."""
    row = conn.execute(_query(name).limit(1)).first()
    return None if row is None else Authored(*row)


def versions(conn: Connection, name: str) -> list[Authored]:
    """Every version of a set, the newest first."""
    return [Authored(*row) for row in conn.execute(_query(name))]


def listing(conn: Connection) -> list[Authored]:
    """The newest version of each set that is not retired, by name."""
    last = select(func.max(authored_sets.c.id)).group_by(authored_sets.c.name)
    query = (
        select(*_COLUMNS)
        .where(authored_sets.c.id.in_(last), authored_sets.c.retired.is_(False))
        .order_by(authored_sets.c.name)
    )
    return [Authored(*row) for row in conn.execute(query)]


def put(conn: Connection, asked: QuestionSet, source: str, author: str, seen: int | None) -> Authored:
    """Add a version, which is then the newest; the same source again adds nothing.

    `seen` is the id of the version that the author changed, 0: there was none; None: whatever is there is replaced.
    Raises Conflict where another is the newest, QuestionSetError where its views' names are taken.
    """
    _take_turn(conn)
    last = newest(conn, asked.name)
    standing = None if last is None or last.retired else last
    if seen is not None and seen != (standing.id if standing else 0):
        raise _changed(asked.name, standing)
    if standing is not None and standing.source == source:
        return standing
    faults = sets.name_faults(asked, [other for other in sets.load_newest(conn) if other.name != asked.name])
    if faults:
        raise QuestionSetError(asked.name, faults)
    return _add(conn, Authored(0, asked.name, asked.version, source, author, False, 0.0))


def retire(conn: Connection, name: str, author: str, seen: int | None) -> Authored:
    """Take an authored set out of use; its versions are kept. Raises NotFound, Conflict."""
    _take_turn(conn)
    last = newest(conn, name)
    if last is None or last.retired:
        raise NotFound(f"no set called {name!r} was written here; only those can be retired")
    if seen is not None and seen != last.id:
        raise _changed(name, last)
    return _add(conn, replace(last, author=author, retired=True))


def _take_turn(conn: Connection) -> None:
    """Until the transaction ends, nobody else writes sets: what is read now is still so when the row is added."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _add(conn: Connection, row: Authored) -> Authored:
    values = {key: value for key, value in asdict(row).items() if key not in ("id", "created_at")}
    statement = insert(authored_sets).values(created_at=now(), **values).returning(*_COLUMNS)
    return Authored(*conn.execute(statement).one())


def _changed(name: str, standing: Authored | None) -> Conflict:
    if standing is None:
        return Conflict(f"the set {name!r} was retired meanwhile; look at it again before you save")
    return Conflict(
        f"{standing.author or 'somebody'} saved another version of {name!r} meanwhile (revision {standing.id}); "
        "look at it, and save again on top of it"
    )


def _query(name: str) -> Select[Any]:
    return select(*_COLUMNS).where(authored_sets.c.name == name).order_by(authored_sets.c.id.desc())
