"""What a teacher has said so far, a line per page and kind: what is paid for is never lost, nor asked for again."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from docproc.core.errors import Conflict, UsageError


class Journal:
    """A file of lines, each found by its key. Threads share it; one process at a time.

    A line that was cut off by a kill is taken away: its page is asked about again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requests = self.tokens = 0
        self._at: dict[int, int] = {}
        self._change = threading.Lock()

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("a+b")
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written: {error.strerror}; name another --out") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise Conflict(f"another docproc generate writes {self.path}; wait for it, or name another --out") from None
        self._file.seek(0)
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise
        return self

    def _read(self) -> None:
        at = 0
        while line := self._file.readline():
            if not line.endswith(b"\n"):
                self._file.truncate(at)
                break
            self._note(line, at)
            at += len(line)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, key: str) -> bool:
        return _short(key) in self._at

    def add(self, key: str, record: dict[str, Any]) -> None:
        """Keep what was said; it is on the disk when this returns."""
        line = json.dumps({"key": key, **record}, ensure_ascii=False).encode() + b"\n"
        with self._change:
            at = self._file.seek(0, os.SEEK_END)
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._note(line, at)

    def get(self, key: str) -> dict[str, Any] | None:
        """What was said, None where nothing was."""
        with self._change:
            at = self._at.get(_short(key))
            if at is None:
                return None
            self._file.seek(at)
            found: dict[str, Any] = json.loads(self._file.readline())
        return found

    def _note(self, line: bytes, at: int) -> None:
        try:
            record = json.loads(line)
            key, requests, tokens = record["key"], int(record["requests"]), int(record["tokens"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{self.path} is no journal of docproc generate, at byte {at}; move it away") from error
        self._at[_short(key)] = at
        self.requests += requests
        self.tokens += tokens


def _short(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
