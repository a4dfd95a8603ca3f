"""Small writes of several threads in one transaction: on SQLite each commit waits for the disk, and for its turn.

Who has the turn does what the others have brought meanwhile as well, each in a savepoint of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)
MOST = 64  # of one transaction: others wait for its end


class Block(Protocol[R_co]):
    """Opens a block."""

    def __call__(self) -> AbstractContextManager[R_co]: ...


class _Errand:
    """What a thread wants done; `outcome` once it is `done`, which it is after the commit."""

    def __init__(self, action: Callable[[Connection], Any]) -> None:
        self._action = action
        self._result: Any = None
        self._error: BaseException | None = None
        self.done = False

    def do(self, conn: Connection) -> None:
        """Do it in a savepoint; what it raises undoes it alone."""
        try:
            with conn.begin_nested():
                self._result = self._action(conn)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that it is of
            self._error = error

    def end(self, error: BaseException | None = None) -> None:
        """It is over; `error`: the transaction failed."""
        self._error = error or self._error
        self.done = True

    def outcome(self) -> Any:
        """What the action returned. Raises what it raised, or what the transaction did."""
        if self._error is not None:
            raise self._error
        return self._result


class Errands:
    """What waits to be done. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Errand] = []

    def run(self, action: Callable[[Connection], T], turn: Block[None], transaction: Block[Connection]) -> T:
        """Have `action` done: here, in a transaction of this thread's turn, or by who has the turn before.

        Raises what it raises, what the transaction does, and what waiting for a turn does: then it is not done.
        """
        errand = _Errand(action)
        with self._lock:
            self._waiting.append(errand)
        try:
            with turn():
                while not errand.done:
                    _do(self._taken(), transaction)
        finally:
            with self._lock:
                if errand in self._waiting:
                    self._waiting.remove(errand)
        return cast(T, errand.outcome())

    def _taken(self) -> list[_Errand]:
        """Those that are next, in the order in which they came."""
        with self._lock:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return taken


def _do(errands: Sequence[_Errand], transaction: Block[Connection]) -> None:
    error: BaseException | None = None
    try:
        with transaction() as conn:
            for errand in errands:
                errand.do(conn)
    except BaseException as failed:  # noqa: BLE001 - raised again by each of the errands
        error = failed
    for errand in errands:
        errand.end(error)
