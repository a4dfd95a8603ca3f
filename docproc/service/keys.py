"""API keys: made once and shown once; dp_<prefix>_<secret>, of which only the secret's SHA-256 is kept.

The secret has 256 random bits, so that a plain hash is enough: there is nothing to guess by dictionary.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from docproc.core.errors import NotFound, Unauthorized, Unavailable, UsageError
from docproc.service.parts import Parts
from docproc.store import keys
from docproc.store.database import Database
from docproc.store.keys import KeyRow, NewKey

SCOPES = ("read", "submit", "review", "sql", "admin")  # admin: all of them, and what is nobody else's
_FORM = re.compile(r"dp_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
_PREFIX = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is taken for another
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_SPAN = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a key belongs to."""

    id: int
    name: str
    scopes: frozenset[str]


def create_key(parts: Parts, name: str, scopes: Sequence[str], expires: str | None = None) -> str:
    """Make a key and return its text, which nobody can read again. `expires`: 12h, 90d, 8w; None: never.

    Raises UsageError for an unknown scope, a name with control characters, a span that is none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"a key's name has 1 to 128 characters, none of them a control character; not {name!r}")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise UsageError(f"a key needs scopes of {', '.join(SCOPES)}; unknown: {', '.join(unknown) or 'none given'}")
    prefix = "".join(secrets.choice(_PREFIX) for _ in range(10))
    secret = secrets.token_urlsafe(32)
    kept = tuple(scope for scope in SCOPES if scope in scopes)
    webhook = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    new = NewKey(name, prefix, _hash(secret), kept, webhook, _seconds(expires))
    with parts.database.write() as conn:
        keys.create(conn, new)
    return f"dp_{prefix}_{secret}"


def list_keys(parts: Parts) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and one row per key, the newest first."""
    with parts.database.read() as conn:
        found = keys.listing(conn)
    columns = ["key", "name", "scopes", "state", "created", "expires", "used"]
    return columns, [
        (
            f"dp_{row.prefix}",
            row.name,
            " ".join(row.scopes),
            "revoked" if row.revoked_at else "expired" if row.expired else "live",
            *(_time(moment) for moment in (row.created_at, row.expires_at, row.used_at)),
        )
        for row in found
    ]


def revoke_key(parts: Parts, name: str) -> str:
    """End a key at once; return its name. `name` is its prefix (dp_abc…) or a name that only one live key has.

    Raises NotFound, and UsageError where several keys have that name.
    """
    with parts.database.write() as conn:
        live = [row for row in keys.listing(conn) if row.revoked_at is None]
        found = [row for row in live if f"dp_{row.prefix}" == name] or [row for row in live if row.name == name]
        if not found:
            raise NotFound(f"no key {name!r} is in use; `docproc keys list` lists them")
        if len(found) > 1:
            prefixes = ", ".join(f"dp_{row.prefix}" for row in found)
            raise UsageError(f"{len(found)} keys are called {name!r}: name one of {prefixes}")
        keys.revoke(conn, found[0].id)
    return found[0].name


def any_keys(database: Database) -> bool:
    """Whether there is a key at all: then nobody gets in without one."""
    with database.read() as conn:
        return keys.any_left(conn)


def prefix_of(text: str) -> str | None:
    """The part of a key that may be named; None where it is no key."""
    found = _FORM.fullmatch(text)
    return None if found is None else found[1]


def holder_of(database: Database, text: str) -> Holder:
    """Whose key this is. Raises Unauthorized, with the same words whatever is wrong with it."""
    found = _FORM.fullmatch(text)
    prefix, secret = (found[1], found[2]) if found else ("", "")
    with database.read() as conn:
        row = keys.by_prefix(conn, prefix)
    # Compared in any case, so that the time tells nothing of which prefixes there are.
    same = hmac.compare_digest(_hash(secret), _NOBODY if row is None else row.hash)
    if row is None or not same or not row.live:
        raise Unauthorized("this API key is not known here, or has expired or been revoked; ask for another one")
    return _noted(database, row)


def holder_by_id(database: Database, key_id: int) -> Holder:
    """Who the key of that number belongs to, as a session remembers it. Raises Unauthorized."""
    with database.read() as conn:
        row = keys.by_id(conn, key_id)
    if row is None or not row.live:
        raise Unauthorized("the API key of this session has expired or been revoked; sign in again")
    return _noted(database, row)


def _noted(database: Database, row: KeyRow) -> Holder:
    if row.stale:
        try:
            with database.write() as conn:
                keys.note_use(conn, row.id)
        except Unavailable:
            pass  # it reads, so it lets in; when it was used is a comfort
    return Holder(row.id, row.name, frozenset(row.scopes))


def _seconds(span: str | None) -> float | None:
    if span is None:
        return None
    found = _SPAN.fullmatch(span)
    if found is None or int(found[1]) == 0:
        raise UsageError(f"{span!r} is no span of time: write 12h, 90d or 8w")
    return int(found[1]) * _UNITS[found[2]]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _time(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
