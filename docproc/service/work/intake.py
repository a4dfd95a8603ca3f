"""The taking in of a job's files, in a thread beside the one that tells how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from docproc.imaging import Renderer
from docproc.imaging.store import ImageStore
from docproc.service.work.ingest import ingest
from docproc.sources.files import Skipped, files
from docproc.store.database import Database
from docproc.store.intake import Target

HASHING = 4  # files that are hashed at a time


class Intake:
    """Takes files into a job. How far it is may be read by any thread."""

    def __init__(self, database: Database, renderer: Renderer, target: Target, keep: ImageStore | None = None) -> None:
        """`keep`: where the files are kept by content, for workers that do not see their paths."""
        self._database, self._renderer, self._target, self._keep = database, renderer, target, keep
        self.seen = 0
        self.skipped = Skipped()
        self._stopping = False

    def start(self, pool: ThreadPoolExecutor, paths: Sequence[str]) -> Future[None]:
        """Begin, with threads of `pool`."""
        return pool.submit(self._take_in, pool, paths)

    def stop(self) -> None:
        """Take no more than what is looked at already."""
        self._stopping = True

    def _take_in(self, pool: ThreadPoolExecutor, paths: Sequence[str]) -> None:
        found = files(paths, self.skipped)
        for entered in ingest(self._database, self._renderer, pool, self._target, found, self._keep):
            self.seen += entered
            if self._stopping:
                return


def intake_pool() -> ThreadPoolExecutor:
    """Threads for an `Intake`."""
    return ThreadPoolExecutor(1 + HASHING, "docproc-intake")
