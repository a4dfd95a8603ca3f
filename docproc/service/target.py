"""Which engine a name stands for now, without a slow start: the fingerprint that answers will be recorded with."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from threading import Lock

from docproc.core.errors import DocprocError
from docproc.engines import Engine, engine_names
from docproc.store import sets
from docproc.store.database import Database

FRESH = 60.0  # seconds for which a fingerprint is believed: a server's model, or a folder's, may be another by then


@dataclass(frozen=True, slots=True)
class _Known:
    fingerprint: str
    until: float


class Targets:
    """Fingerprints by the name of the engine, kept for a minute. Any thread may ask."""

    def __init__(self, create: Callable[[str], Engine]) -> None:
        """`create` makes an engine, which is closed again: nothing heavy is loaded before its first prompt."""
        self._create = create
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def fingerprint(self, name: str, database: Database) -> str:
        """What the engine here would sign with; where there can be none here, the newest that a worker has registered.

        Raises what kept the engine from being made here (UsageError, MissingExtra, EngineUnavailable), where no worker
        has had one of that name either.
        """
        known = self._known.get(name)
        if known is not None and time.monotonic() < known.until:
            return known.fingerprint
        # The first of a name is waited for; while one thread looks again, the others go by what was known.
        if not self._lock.acquire(blocking=known is None):
            assert known is not None
            return known.fingerprint
        try:
            known = self._known.get(name)
            if known is None or time.monotonic() >= known.until:
                known = self._known[name] = _Known(self._find(name, database), time.monotonic() + FRESH)
        finally:
            self._lock.release()
        return known.fingerprint

    def _find(self, name: str, database: Database) -> str:
        try:
            with closing(self._create(name)) as engine:
                return engine.fingerprint
        except DocprocError as error:
            registered = None
            if name in engine_names():
                with database.read() as conn:
                    registered = sets.newest_engine(conn, name)
            if registered is None:
                raise _advised(error, name) from error
            return registered


def _advised(error: DocprocError, name: str) -> DocprocError:
    """The same error, which says as well that a worker with the engine would do."""
    if name in engine_names():
        error.args = (f"{error}; or start a worker that has the engine {name!r}: it is known here from then on",)
    return error
