"""Remove page images that nobody needs: pages are rendered again when they are asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docproc.core.errors import UsageError
from docproc.imaging.folder import Stored
from docproc.imaging.store import ImageStore
from docproc.service.parts import Parts
from docproc.store import images as queries
from docproc.store.database import Database

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Seconds for which nothing is removed that was just put: its page is stored with its answers, which may take hours.
# Putting what is there makes it young again (on a remote store, every twelve hours).
GUARD = 86_400.0
_CHUNK = 5_000  # pages read at a time
_BATCH = 500  # images removed at a time


@dataclass(frozen=True, slots=True)
class Pile:
    """How many files, and how many bytes in all."""

    files: int = 0
    size: int = 0

    def plus(self, more: Iterable[Stored]) -> Pile:
        """With those files."""
        sizes = [file.size for file in more]
        return Pile(self.files + len(sizes), self.size + sum(sizes))


@dataclass(frozen=True, slots=True)
class Collected:
    """What was removed (or would be): `unused` images belong to no page, `retired` to documents that no job has worked
    on for long, `partial` are writes that were cut short. `kept` is what is left.
    """

    unused: Pile = Pile()
    retired: Pile = Pile()
    partial: Pile = Pile()
    kept: Pile = Pile()

    @property
    def piles(self) -> tuple[Pile, ...]:
        """All four, in that order."""
        return self.unused, self.retired, self.partial, self.kept


def collect(parts: Parts, older_than: float | None = None, dry_run: bool = False) -> Collected:
    """Remove what no page refers to, and with `older_than` (seconds, a day at least) the images of documents all of
    whose jobs ended before that. Nothing that was put in the last day is touched, nor what a job works on.

    Rows stay as they are. Raises UsageError, Unavailable. Memory: 8 bytes for each page in the database.
    """
    if older_than is not None and older_than < GUARD:
        raise UsageError("--older-than is a day at least: younger images may belong to work that is under way")
    before = time.time() - GUARD
    kept, known = _referenced(parts.database, older_than)
    told = Collected()
    for files in parts.images.listing():
        found = _sorted(parts.database, files, before, (kept, known))
        if not dry_run:
            _remove(parts.images, [file.name for pile in found[:3] for file in pile])
        told = Collected(*(pile.plus(more) for pile, more in zip(told.piles, found, strict=True)))
    return told


def _sorted(
    database: Database, files: Sequence[Stored], before: float, names: tuple[_Names, _Names]
) -> tuple[list[Stored], ...]:
    """The files as those of `Collected`; those put since `before` are kept."""
    kept, known = names
    old = [file for file in files if file.modified < before]
    partial = [file for file in old if file.partial]
    loose = kept.without([file for file in old if not file.partial])
    unused = known.without(loose)
    never = {file.name for file in unused}
    retired = _at_rest(database, [file for file in loose if file.name not in never])
    gone = {file.name for pile in (unused, retired, partial) for file in pile}
    return unused, retired, partial, [file for file in files if file.name not in gone]


def _remove(images: ImageStore, names: Sequence[str]) -> None:
    for first in range(0, len(names), _BATCH):
        images.remove(list(names[first : first + _BATCH]))


def _at_rest(database: Database, files: Sequence[Stored]) -> list[Stored]:
    """The files but for those whose document some job has begun to work on since it was looked at."""
    busy: set[str] = set()
    for first in range(0, len(files), _BATCH):
        with database.read() as conn:
            busy |= queries.worked_on(conn, [file.name for file in files[first : first + _BATCH]])
    return [file for file in files if file.name not in busy]


def _referenced(database: Database, older_than: float | None) -> tuple[_Names, _Names]:
    """The images of documents that are in use, and all images of pages."""
    kept, known = _Names(), _Names()
    for rows in _pages(database):
        known.add(image for _, _, image in rows)
        if older_than is None:
            continue
        ids = {document for document, _, _ in rows}
        with database.read() as conn:
            used = queries.in_use(conn, ids, older_than)
        kept.add(image for document, _, image in rows if document in used)
    return (known if older_than is None else kept), known


def _pages(database: Database) -> Iterator[list[tuple[int, int, str]]]:
    place = queries.START
    while True:
        with database.read() as conn:
            rows = queries.chunk(conn, place, _CHUNK)
        if not rows:
            return
        yield rows
        place = rows[-1][:2]


class _Names:
    """Names of images in eight bytes each: the first half of what matters of a SHA-256. Should two ever be alike, an
    image is kept that could have gone.
    """

    def __init__(self) -> None:
        self._chunks: list[NDArray[np.uint64]] = []
        self._known = _numbers(())  # in order

    def add(self, names: Iterable[str]) -> None:
        self._chunks.append(_numbers(names))

    def without(self, files: Sequence[Stored]) -> list[Stored]:
        """Those of the files that are not among the names."""
        import numpy as np  # noqa: PLC0415 - a heavy library, loaded where it is used

        if self._chunks:
            self._known = np.unique(np.concatenate([self._known, *self._chunks]))
            self._chunks = []
        known, wanted = self._known, _numbers(file.name for file in files)
        found = np.zeros(len(wanted), bool)
        if len(known):
            places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            found = known[places] == wanted
        return [file for file, is_known in zip(files, found, strict=True) if not is_known]


def _numbers(names: Iterable[str]) -> NDArray[np.uint64]:
    import numpy as np  # noqa: PLC0415 - as above

    return np.fromiter((int(name[3:19], 16) for name in names), np.uint64)
