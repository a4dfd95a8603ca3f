"""Take files in: hash them, look at them in a child process, and plan the work on their pages."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from pathlib import Path

from docproc.core.errors import Rejected
from docproc.imaging import Renderer
from docproc.imaging.values import Probe
from docproc.store import documents, jobs, tasks
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.jobs import DocumentResult
from docproc.store.tasks import Key

_BLOCK = 1 << 20
_AHEAD = 32  # files that are hashed and probed at a time


@dataclass(frozen=True, slots=True)
class Target:
    """The job that files are taken in for; `first_choice` is the renderer that is tried first."""

    job_id: int
    set_id: int
    engine_id: int
    first_choice: str


@dataclass(frozen=True, slots=True)
class _Seen:
    path: Path
    sha256: str
    size: int
    modified: float


def ingest(
    database: Database, renderer: Renderer, pool: Executor, target: Target, paths: Iterable[Path]
) -> Iterator[DocumentResult | None]:
    """Enter every file into the job; yield per file None (accepted, work is planned) or how it was refused.

    Files are hashed and probed ahead of the one that is entered, a bounded number at a time.
    """
    waiting: deque[tuple[Path, Future[_Seen]]] = deque()
    probing: deque[tuple[_Seen | DocumentResult, Future[Probe] | None]] = deque()
    source = iter(paths)
    while True:
        while len(waiting) < _AHEAD and (path := next(source, None)) is not None:
            waiting.append((path, pool.submit(_look, path)))
        while waiting and len(probing) < _AHEAD:
            probing.append(_start_probe(database, renderer, *waiting.popleft()))
        if not probing:
            return
        yield _enter(database, target, *probing.popleft())


def _look(path: Path) -> _Seen:
    digest = hashlib.sha256()
    status = path.stat()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return _Seen(path.absolute(), digest.hexdigest(), status.st_size, status.st_mtime)


def _start_probe(
    database: Database, renderer: Renderer, path: Path, looking: Future[_Seen]
) -> tuple[_Seen | DocumentResult, Future[Probe] | None]:
    try:
        seen = looking.result()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; check that it exists and that you may read it"
        return DocumentResult(str(path), None, None, "rejected:unreadable", "failed", message), None
    with database.read() as conn:
        known = documents.find(conn, seen.sha256)
    if known is not None and known.rejected is None:
        return seen, None
    return seen, renderer.probe(seen.path)


def _enter(
    database: Database, target: Target, seen: _Seen | DocumentResult, probing: Future[Probe] | None
) -> DocumentResult | None:
    if isinstance(seen, DocumentResult):
        database.insist(lambda conn: jobs.add_rejected(conn, target.job_id, seen))
        return seen
    row = None if probing is None else _judge(seen, probing)
    with database.write() as conn:
        if row is not None:
            document_id = documents.put(conn, row)
        else:
            known = documents.find(conn, seen.sha256)
            assert known is not None, "a document that was known a moment ago"
            row, document_id = known, known.id
            documents.moved(conn, document_id, str(seen.path), seen.modified)
        if row.rejected is not None:
            outcome = f"rejected:{row.rejected}"
            result = DocumentResult(str(seen.path), row.sha256, document_id, outcome, "failed", row.message)
            jobs.add_rejected(conn, target.job_id, result)
            return result
        key = Key(document_id, target.set_id, target.engine_id)
        jobs.add_document(conn, target.job_id, str(seen.path), key)
        tasks.plan(conn, key, row.page_count, target.job_id)
        jobs.settle(conn, [key], target.first_choice)  # an earlier job may have done all of its work
    return None


def _judge(seen: _Seen, probing: Future[Probe]) -> DocumentRow:
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
