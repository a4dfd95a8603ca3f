"""Take files in: hash them, look at them in a child process, and plan the work on their pages."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from docproc.core.errors import Rejected
from docproc.imaging import Renderer
from docproc.imaging.store import ImageStore
from docproc.imaging.values import Probe
from docproc.store import documents
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.intake import Entry, Target, enter
from docproc.store.jobs import DocumentResult

_BLOCK = 1 << 20
_AHEAD = 64  # files that are hashed, and files that are probed, at a time


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that was hashed: `size` in bytes, `modified` its mtime."""

    path: Path
    sha256: str
    size: int
    modified: float


_Looking = tuple[Path, Future[Seen]]
_Probing = tuple[Seen | DocumentResult, Future[Probe] | None]


def ingest(
    database: Database,
    renderer: Renderer,
    pool: Executor,
    target: Target,
    paths: Iterable[Path],
    keep: ImageStore | None = None,
) -> Iterator[int]:
    """Enter every file into the job; yield how many were entered, batch by batch.

    Files are hashed and probed ahead of those that are entered, a bounded number at a time; what is ready is entered in
    one transaction. `keep` is where their bytes are kept, before they are entered.
    """
    looking: deque[_Looking] = deque()
    probing: deque[_Probing] = deque()
    source = iter(paths)
    while True:
        while len(looking) < _AHEAD and (path := next(source, None)) is not None:
            looking.append((path, pool.submit(_look, path, keep)))
        if looking and len(probing) < _AHEAD:
            probing.extend(_start_probes(database, renderer, _looked(looking)))
        elif probing:
            entries = [_entry(*probed) for probed in _probed(probing)]
            yield database.insist(partial(enter, target=target, entries=entries))
        else:
            return


def _looked(looking: deque[_Looking]) -> Iterator[_Looking]:
    """The first file, once it is hashed, and those behind it that are hashed too."""
    wait([looking[0][1]])
    while looking and looking[0][1].done():
        yield looking.popleft()


def _probed(probing: deque[_Probing]) -> Iterator[_Probing]:
    """The first file, once it is probed, and those behind it that need no waiting for either."""
    first = probing[0][1]
    if first is not None:
        wait([first])
    while probing and ((future := probing[0][1]) is None or future.done()):
        yield probing.popleft()


def _look(path: Path, keep: ImageStore | None) -> Seen:
    digest = hashlib.sha256()
    status = path.stat()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    if keep is not None:
        keep.put_source(path, digest.hexdigest())
    return Seen(path.absolute(), digest.hexdigest(), status.st_size, status.st_mtime)


def _start_probes(database: Database, renderer: Renderer, looked: Iterator[_Looking]) -> list[_Probing]:
    """Probes of the files that are not known as good documents."""
    probing: list[_Probing] = []
    with database.read() as conn:
        for path, looking in looked:
            try:
                seen = looking.result()
            except OSError as error:
                message = f"{path}: cannot be read: {error.strerror}; check that it exists and that you may read it"
                probing.append((_unreadable(path, message), None))
                continue
            except Rejected as error:
                probing.append((_unreadable(path, str(error)), None))
                continue
            known = documents.find(conn, seen.sha256)
            good = known is not None and known.rejected is None
            probing.append((seen, None if good else renderer.probe(seen.path)))
    return probing


def _unreadable(path: Path, message: str) -> DocumentResult:
    return DocumentResult(str(path), None, None, "rejected:unreadable", "failed", message)


def _entry(seen: Seen | DocumentResult, probing: Future[Probe] | None) -> Entry | DocumentResult:
    if isinstance(seen, DocumentResult):
        return seen
    row = None if probing is None else judge(seen, probing)
    return Entry(str(seen.path), seen.sha256, seen.modified, row)


def judge(seen: Seen, probing: Future[Probe]) -> DocumentRow:
    """What a probe found out about a file, or why it was refused."""
    refused = DocumentRow(
        id=0,
        sha256=seen.sha256,
        media_type="",
        page_count=0,
        rejected="corrupt",
        message="",
        repaired=False,
        path=str(seen.path),
        bytes=seen.size,
        modified=seen.modified,
    )
    try:
        probe = probing.result()
    except Rejected as error:
        return replace(refused, rejected=error.code, message=str(error))
    return replace(
        refused,
        rejected=None,
        media_type=probe.media_type,
        page_count=probe.page_count,
        repaired=probe.repaired,
        warnings=tuple(probe.warnings),
        meta=dict(probe.meta),
    )
