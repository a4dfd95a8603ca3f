"""The gate that all requests to a server go through: how many are on their way, and when there is a pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# Requests that must have gone well before one more than now is let through at once, per request let through.
_TRUST = 4
_LONGEST = 3600.0  # seconds of one sleep: a condition cannot wait for infinity


class Closed(Exception):
    """The gate was closed: nothing goes through any more."""


class Gate:
    """Lets at most `limit` requests through at once; threads share it.

    A server that is overloaded makes all threads pause and halves how many go through at once; it grows back by one
    whenever a few rounds of requests have gone well. A request for a page that the server has seen goes before one for
    a new page, so that pages are finished while the server still remembers them.
    """

    def __init__(self, limit: int) -> None:
        self._most = limit
        self._limit = limit
        self._within = 0
        self._waiting = 0
        self._known_waiting = 0
        self._well = 0
        self._until = 0.0
        self._closed = False
        self._change = threading.Condition()

    @property
    def limit(self) -> int:
        """How many are let through at once now."""
        return self._limit

    @property
    def waiting(self) -> int:
        """How many wait before it."""
        return self._waiting

    @contextmanager
    def through(self, known: bool, deadline: float) -> Iterator[bool]:
        """Be one of those on their way; yields False where the monotonic `deadline` came first.

        `known`: the server has seen the request's page. Raises Closed.
        """
        entered = self._enter(known, deadline)
        try:
            yield entered
        finally:
            if entered:
                with self._change:
                    self._within -= 1
                    self._change.notify_all()

    def went_well(self) -> None:
        """A request was answered."""
        with self._change:
            self._well += 1
            if self._limit < self._most and self._well >= _TRUST * self._limit:
                self._well = 0
                self._limit += 1
                self._change.notify_all()

    def overloaded(self, seconds: float) -> None:
        """The server has too much to do: nobody goes through for that many seconds, and fewer afterwards.

        Many requests are told so at once; only the first of them within a pause counts as a sign.
        """
        with self._change:
            now = time.monotonic()
            if now >= self._until:
                self._limit = max(1, self._limit // 2)
                self._well = 0
            self._until = max(self._until, now + seconds)

    def rest(self, seconds: float) -> None:
        """Wait, outside of the gate. Raises Closed as soon as it is closed."""
        until = time.monotonic() + seconds
        with self._change:
            while not self._closed and (left := until - time.monotonic()) > 0:
                self._change.wait(left)
            self._check()

    def close(self) -> None:
        """Wake all who wait; they get Closed."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _enter(self, known: bool, deadline: float) -> bool:
        with self._change:
            self._waiting += 1
            self._known_waiting += known
            try:
                while True:
                    self._check()
                    now = time.monotonic()
                    free = self._within < self._limit and (known or not self._known_waiting)
                    if free and now >= self._until:
                        self._within += 1
                        return True
                    if now >= deadline:
                        return False
                    wake = deadline if now >= self._until else min(deadline, self._until)
                    self._change.wait(min(wake - now, _LONGEST))
            finally:
                self._waiting -= 1
                self._known_waiting -= known
                if known and not self._known_waiting:
                    self._change.notify_all()

    def _check(self) -> None:
        if self._closed:
            raise Closed
