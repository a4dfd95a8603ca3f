"""A source file while it comes in, piece by piece: in memory while it is small, then in a partial file of the store.

It has no name until all of it is there, since its name is made of its content.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from docproc.core.errors import Unavailable
from docproc.imaging.folder import Folder, no_room
from docproc.imaging.remote import Bucket

SMALL = 1 << 20  # bytes that are kept in memory
# Where `docproc gc` looks for what was cut short by a kill.
_PLACE = "sources/00"


class Arriving:
    """One file on its way into a store; one thread at a time. `sha256` and `size` are of what has come so far."""

    def __init__(self, shelf: Folder | Bucket, spool: Path) -> None:
        """`spool` is a folder for what is too large for the memory; for a store in a folder, that folder."""
        self._shelf, self._spool = shelf, spool
        self._digest, self.size = hashlib.sha256(), 0
        self._held = bytearray()
        self._partial: Path | None = None
        self._file: BinaryIO | None = None

    @property
    def sha256(self) -> str:
        """Of all that has come."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Take the next piece. Raises Unavailable where the disk is full."""
        self._digest.update(data)
        self.size += len(data)
        self._held += data
        if len(self._held) >= SMALL:
            self._spill()

    def keep(self, name: str) -> None:
        """Store it under its name; durable when it returns. Raises Unavailable."""
        if self._file is None or self._partial is None:
            self._shelf.put(name, bytes(self._held))
            self._held = bytearray()
            return
        self._spill()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if isinstance(self._shelf, Folder):
                self._shelf.adopt(name, self._partial)
            else:
                self._shelf.put_file(name, self._partial, self.sha256)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            self.drop()

    def drop(self) -> None:
        """Leave nothing behind; once it is kept, there is nothing left to drop."""
        self._held = bytearray()
        if self._file is not None and self._partial is not None:
            self._file.close()
            self._partial.unlink(missing_ok=True)
            self._file = self._partial = None

    def _spill(self) -> None:
        try:
            if self._file is None:
                self._partial = self._spool / _PLACE / f".{uuid4().hex}.part"
                self._partial.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._partial.open("xb", buffering=0)
            self._file.write(self._held)
        except OSError as error:
            raise self._unwritable(error) from error
        self._held = bytearray()

    def _unwritable(self, error: OSError) -> Unavailable:
        self.drop()
        advice = "make room there" if no_room(error) else "check that it may be written to"
        return Unavailable(f"{self._spool} cannot be written to: {error.strerror}; {advice}")
