"""Queries on API keys. Only a secret's SHA-256 is kept; times are by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, or_, select, update

from docproc.store.clock import now
from docproc.store.face_tables import api_keys

FRESH = 60.0  # seconds in which a key's use is not noted again
_EXPIRED = case((api_keys.c.expires_at <= now(), 1), else_=0)
_STALE = or_(api_keys.c.used_at.is_(None), api_keys.c.used_at < now() - FRESH)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key; `expired` and `stale` (its use has to be noted) as of when it was read."""

    id: int
    name: str
    prefix: str
    hash: str
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None
    expired: bool
    stale: bool

    @property
    def live(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and not self.expired


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is kept of a key that is made; it ends after `seconds`, None: never."""

    name: str
    prefix: str
    hash: str
    scopes: tuple[str, ...]
    webhook_secret: str
    seconds: float | None


def create(conn: Connection, new: NewKey) -> int:
    """Keep a key; return its number."""
    values: dict[str, Any] = {
        "name": new.name,
        "prefix": new.prefix,
        "hash": new.hash,
        "scopes": list(new.scopes),
        "webhook_secret": new.webhook_secret,
        "created_at": now(),
        "expires_at": None if new.seconds is None else now() + new.seconds,
    }
    return int(conn.execute(insert(api_keys).values(values).returning(api_keys.c.id)).scalar_one())


def by_prefix(conn: Connection, prefix: str) -> KeyRow | None:
    """The key with that prefix, whether or not it still opens anything."""
    return _one(conn.execute(_by_prefix(), {"asked": prefix}).first())


def by_id(conn: Connection, key_id: int) -> KeyRow | None:
    """The key of that number."""
    return _one(conn.execute(_by_id(), {"asked": key_id}).first())


def listing(conn: Connection) -> list[KeyRow]:
    """All keys that ever were, the newest first."""
    return [_row(row) for row in conn.execute(_columns().order_by(api_keys.c.id.desc()))]


def any_left(conn: Connection) -> bool:
    """Whether there is a key that nobody has revoked; one that has expired counts, so that a lapse opens no door."""
    return conn.execute(select(api_keys.c.id).where(api_keys.c.revoked_at.is_(None)).limit(1)).first() is not None


def revoke(conn: Connection, key_id: int) -> bool:
    """End a key. False where it has been ended already."""
    this = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    return conn.execute(this.values(revoked_at=now())).rowcount == 1


def note_use(conn: Connection, key_id: int) -> None:
    """Note that a key was used, where that was not noted in the last minute."""
    conn.execute(update(api_keys).where(api_keys.c.id == key_id, _STALE).values(used_at=now()))


def _columns() -> Any:
    table = api_keys.c
    columns = (table.id, table.name, table.prefix, table.hash, table.scopes, table.created_at, table.expires_at)
    return select(*columns, table.revoked_at, table.used_at, _EXPIRED, case((_STALE, 1), else_=0))


@cache
def _by_prefix() -> Any:
    """Kept, as below: every request asks, and building a statement costs more than running it."""
    return _columns().where(api_keys.c.prefix == bindparam("asked"))


@cache
def _by_id() -> Any:
    return _columns().where(api_keys.c.id == bindparam("asked"))


def _one(row: Any) -> KeyRow | None:
    return None if row is None else _row(row)


def _row(row: Any) -> KeyRow:
    key_id, name, prefix, digest, scopes, created, expires, revoked, used, expired, stale = row
    return KeyRow(
        key_id, name, prefix, digest, tuple(scopes), created, expires, revoked, used, bool(expired), bool(stale)
    )
