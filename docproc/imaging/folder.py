"""A folder of files that are whole or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from docproc.core.errors import Rejected, Unavailable

IMAGE = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}\.[a-z]+")  # what else lies in a store is nobody's business
_PARTIAL = re.compile(r"\.[0-9a-f]{32}\.part")
SHARD = re.compile(r"[0-9a-f]{2}")
_BLOCK = 1 << 20
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a store: its name there, bytes, and when it was last put, in seconds since 1970.

    `partial`: what a put left that was cut short.
    """

    name: str
    size: int
    modified: float
    partial: bool = False


class Folder:
    """Files in `root`, by name (`ab/abcdef….jpg`)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def touch(self, name: str) -> bool:
        """Whether the file is there; it counts as put, or used, just now."""
        try:
            os.utime(self.root / name)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except PermissionError:  # another user's file, which may be read all the same
            return True
        return True

    def put(self, name: str, data: bytes) -> None:
        """Write a file, durably, unless it is there already. Raises Unavailable."""
        if self.touch(name):
            return
        try:
            with self.whole(name) as file:
                file.write(data)
        except OSError as error:
            raise Unavailable(f"{self.root} cannot be written to: {error}") from error

    def put_file(self, name: str, path: Path, sha256: str) -> None:
        """Copy a file in a stream, unless it is there already. Raises Rejected where its bytes are not of that SHA-256,
        OSError where it cannot be read, Unavailable.
        """
        if self.touch(name):
            return
        with path.open("rb") as source, self.whole(name) as file:
            digest = hashlib.sha256()
            while block := source.read(_BLOCK):
                digest.update(block)
                file.write(block)
            verify(path, digest.hexdigest(), sha256)

    def adopt(self, name: str, partial: Path) -> None:
        """Give a file that is on the disk already, whole, its name, unless there is one. Raises OSError."""
        if self.touch(name):
            return
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        partial.replace(self.root / name)

    def path(self, name: str) -> Path:
        """Where the file is. Raises FileNotFoundError."""
        path = self.root / name
        if not path.is_file():
            raise FileNotFoundError(name)
        return path

    def listing(self) -> Iterator[list[Stored]]:
        """The images and the partial files, one sub-folder after the other."""
        for shard in sorted(_folders(self.root)):
            yield list(_files(self.root, shard))
        sources = self.root / "sources"
        for shard in sorted(_folders(sources)):
            yield [file for file in _files(self.root, f"sources/{shard}") if file.partial]

    def remove(self, names: list[str]) -> None:
        """Remove files; one that is gone already is no error."""
        for name in names:
            (self.root / name).unlink(missing_ok=True)

    @contextmanager
    def whole(self, name: str) -> Iterator[BinaryIO]:
        """A file to be written, which gets its name when all of it is on the disk. Raises Unavailable where that is
        full, and OSError.
        """
        path = self.root / name
        partial = path.with_name(f".{uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            if not no_room(error):
                raise
            raise Unavailable(f"{self.root} cannot be written to: {error.strerror}; make room there") from error
        finally:
            partial.unlink(missing_ok=True)


def no_room(error: Exception) -> bool:
    """Whether it is our own disk that is at fault."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def verify(path: Path, found: str, sha256: str) -> None:
    """Raises Rejected where a file is not what it was when it was hashed first."""
    if found != sha256:
        raise Rejected(f"{path}: has changed while it was taken in; run `docproc run` on it again", "unreadable")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _folders(root: Path) -> list[str]:
    try:
        with os.scandir(root) as entries:
            return [entry.name for entry in entries if SHARD.fullmatch(entry.name) and entry.is_dir()]
    except FileNotFoundError:
        return []


def _files(root: Path, shard: str) -> Iterator[Stored]:
    with os.scandir(root / shard) as entries:
        for entry in entries:
            name = f"{shard}/{entry.name}"
            partial = _PARTIAL.fullmatch(entry.name) is not None
            if not partial and not IMAGE.fullmatch(name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # finished, or removed by somebody else
                continue
            yield Stored(name, status.st_size, status.st_mtime, partial)
