"""Take files that a client sends, piece by piece, into the store of sources; nothing is left of those not kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from docproc.core.errors import NotFound, TooLarge
from docproc.imaging.arriving import SMALL, Arriving
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.service.submit import File, Order, cleaned
from docproc.store import documents

PIECE = SMALL  # bytes that are worth being written at once


class Upload:
    """A file on its way in; `name` is what the client calls it, `most` the bytes that it may have."""

    def __init__(self, parts: Parts, name: str, most: int) -> None:
        self._images, self._most = parts.images, most
        self._file: Arriving = parts.images.arriving()
        self.name = cleaned(name)

    def write(self, data: bytes) -> None:
        """Take a piece. Raises TooLarge, Unavailable where the disk is full; then nothing is left of it."""
        if self._file.size + len(data) > self._most:
            self.drop()
            raise TooLarge(
                f"{self.name}: more than {self._most // 1_000_000} MB, the most that a file may have here; "
                "whoever runs the server can raise DOCPROC_MAX_FILE_MB"
            )
        self._file.write(data)

    def keep(self) -> File:
        """Store it under its content; durable when this returns. Raises Unavailable."""
        return File(self.name, self._images.keep_arrived(self._file), self._file.size)

    def drop(self) -> None:
        """Forget what has come; no harm once it is kept."""
        self._file.drop()


def stored(parts: Parts, sha256: str, name: str | None) -> File:
    """A file that is here already, by the SHA-256 of its bytes: a document, or a source. Raises NotFound, Unavailable.

    `name`: what it is called in the job; None: as it was called when it came first.
    """
    with parts.database.read() as conn:
        row = documents.find(conn, sha256)
    if row is not None and (row.page_count or parts.images.has_source(sha256)):
        path = Path(row.path)
        lies = path.is_absolute() and path.is_file()
        called = cleaned(name or path.name)
        return File(called, sha256, row.bytes, str(path) if lies else None, row.modified if lies else 0.0)
    if parts.images.has_source(sha256):
        return File(cleaned(name or sha256[:16]), sha256, parts.images.source(sha256).stat().st_size)
    raise NotFound(f"there is no document {sha256}; upload its bytes first")


def ready(parts: Parts, order: Order) -> Order:
    """An order whose question set and engine there are, before a byte is kept for it. Raises what `submit` would."""
    questions = order.question_set or resolve_set(parts, order.set_name)
    parts.targets.fingerprint(order.engine or parts.default_engine[0], parts.database)
    return replace(order, question_set=questions)
