"""A page's picture, the same with the boxes of its answers, and the document's own file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePath

from docproc.core.boxes import Box
from docproc.core.errors import NotFound, PageFailed
from docproc.core.text.fold import clean
from docproc.imaging import Renderer
from docproc.service.library import known, name_of
from docproc.service.page import page_of, version_of
from docproc.service.parts import Parts
from docproc.service.shown import shown
from docproc.service.work.prepare import source as source_of
from docproc.service.work.restore import redraw
from docproc.store import documents, library, standing
from docproc.store.documents import DocumentRow

# Pixels of an overlay's longer side: larger ones take seconds to make, and no screen shows them.
LONGEST = 2_400
MOST_BOXES = 2_000
LONGEST_NAME = 150  # characters of a file name that is suggested to a browser
_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
Gate = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with a page's picture, to be opened within a minute; `version` is the SHA-256 of its bytes."""

    path: Path
    version: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Source:
    """A document's own file, to be opened within a minute; `name` is safe to be written to a disk."""

    path: Path
    name: str
    sha256: str
    bytes: int


def image(parts: Parts, sha256: str, number: int, gate: Gate = nullcontext) -> Picture:
    """The picture of a page, drawn again where it is gone; `gate` is passed by whoever draws.

    Raises NotFound, also where neither the picture nor the file it was drawn from is there any more; PageFailed.
    """
    row, drawn = page_of(parts.database, sha256, number)
    if drawn is None:
        raise NotFound(f"page {number} of {row.sha256[:12]} was not rendered; its document's jobs say why")
    name = drawn.image
    if not parts.images.has(name):
        with gate(), parts.renderer() as renderer:
            name = _redrawn(renderer, row, number)
    return Picture(parts.images.path(name), version_of(name), _TYPES.get(PurePath(name).suffix, "image/jpeg"))


def overlay(parts: Parts, sha256: str, number: int, set_name: str | None, gate: Gate = nullcontext) -> bytes:
    """A PNG of a page with the boxes of what stands on it, and of the document's answers that were found there.

    Raises what `image` raises.
    """
    from docproc.imaging.draw import draw  # noqa: PLC0415 - a heavy library

    picture = image(parts, sha256, number, gate)
    with parts.database.read() as conn:
        row = known(documents.find(conn, sha256), sha256)
        stands = [shown(one) for one in standing.of_numbers(conn, row.id, [number, 0], set_name)]
    own = {(one.set, one.key) for one in stands if one.number == number}
    labelled = []
    for one in stands:
        if one.number == number or (one.set, one.key) not in own:
            boxes = [Box(*box[1:]) for box in one.boxes if int(box[0]) == number]
            labelled += [(one.key, box, one.confidence) for box in boxes]
    with gate(), tempfile.TemporaryDirectory(prefix="docproc-overlay-") as folder:
        target = Path(folder) / "overlay.png"
        draw(picture.path, labelled[:MOST_BOXES], target, LONGEST)
        return target.read_bytes()


def source(parts: Parts, sha256: str) -> Source:
    """The file that a document was taken in as. Raises NotFound where it is not there any more, or not the same."""
    with parts.database.read() as conn:
        row = known(documents.find(conn, sha256), sha256)
        entries = library.entries(conn, row.id)
    try:
        path = source_of(row, parts.images)
    except PageFailed as error:
        raise NotFound(f"the file of {row.sha256[:12]} is not there any more: {error}") from error
    # Whatever lies at that path by now: only the bytes that were taken in leave this machine.
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:
            raise NotFound(f"the file of {row.sha256[:12]} has other bytes by now; take it in again: docproc run")
    return Source(path, safe_name(name_of(row, entries), row.sha256), row.sha256, row.bytes)


def _redrawn(renderer: Renderer, row: DocumentRow, number: int) -> str:
    try:
        return redraw(renderer, row, [number])[number].image
    except PageFailed as error:
        if error.code == "source_changed":
            raise NotFound(
                f"the picture of page {number} is gone, and so is what it was drawn from: {error}"
            ) from error
        raise


def safe_name(name: str, sha256: str) -> str:
    """A file name that means nothing but itself to a shell, a disk or a header."""
    kept = "".join(letter for letter in clean(name) if letter.isprintable() and letter not in '/\\:*?"<>|;')
    kept = kept.strip(". ")
    if len(kept) > LONGEST_NAME:
        stem, suffix = PurePath(kept).stem, PurePath(kept).suffix[:16]
        kept = stem[: LONGEST_NAME - len(suffix)] + suffix
    return kept or sha256[:12]
