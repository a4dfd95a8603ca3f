"""A bounded folder of copies of what a remote store holds. Names are made of content, so a copy is never stale."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docproc.imaging.folder import Folder

GRACE = 60.0  # seconds from its last use for which a copy stays in any case: a reader may be about to open it
_FULL = 0.8  # share of the limit that is left after a clearing
_STEP = 0.02  # share of the limit by which this process adds before it looks at the folder again
_ABANDONED = 3600.0  # seconds after which a partial copy belongs to nobody


@dataclass(frozen=True, slots=True)
class _Copy:
    used: float
    size: int
    path: Path


class Cache:
    """Copies in a folder that any number of threads and processes share.

    The folder stays within `limit` bytes, give or take what was used in the last minute: what was used least recently
    goes first. Each process looks after every 2 % that it adds, so up to ten of them keep the limit.
    """

    def __init__(self, root: Path, limit: int) -> None:
        self._folder = Folder(root)
        self._limit = limit
        self._lock = threading.Lock()
        self._added = limit  # nobody knows what is there: look at once

    def get(self, name: str) -> Path | None:
        """The copy of that name, which counts as used now."""
        return self._folder.root / name if self._folder.touch(name) else None

    def put(self, name: str, data: bytes) -> None:
        """Keep a copy. Raises Unavailable where the disk is full."""
        self._folder.put(name, data)
        self._grown(len(data))

    def fetch(self, name: str, download: Callable[[Path], None]) -> Path:
        """The copy that `download` writes to the path it is given. Raises what that raises, and Unavailable."""
        with self._folder.whole(name) as file:
            download(Path(file.name))
        path = self._folder.root / name
        self._grown(path.stat().st_size)
        return path

    def _grown(self, size: int) -> None:
        with self._lock:
            self._added += size
            if self._added < self._limit * _STEP:
                return
            self._added = 0
        with _alone(self._folder.root / ".clearing") as mine:
            if mine:
                self._clear()

    def _clear(self) -> None:
        copies = sorted(_copies(self._folder.root), key=lambda copy: copy.used)
        total = sum(copy.size for copy in copies)
        young = time.time() - GRACE
        for copy in copies:
            if total <= self._limit * _FULL or copy.used > young:
                break
            copy.path.unlink(missing_ok=True)
            total -= copy.size


def _copies(root: Path) -> Iterator[_Copy]:
    abandoned = time.time() - _ABANDONED
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if not name.startswith("."):
                yield _Copy(status.st_mtime, status.st_size, path)
            elif name.endswith(".part") and status.st_mtime < abandoned:
                path.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process is at it."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
