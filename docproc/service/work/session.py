"""A job worked on from its first file to its last answer, with its progress told on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from docproc.imaging import Renderer
from docproc.service.events import Event, Finished, Progress
from docproc.service.work.asking import Asker
from docproc.service.work.claims import JobClaims
from docproc.service.work.ingest import ingest
from docproc.service.work.items import Assignment
from docproc.service.work.record import Record
from docproc.service.work.watch import Watch
from docproc.service.work.worker import Worker
from docproc.sources.files import Skipped, files
from docproc.store import jobs
from docproc.store.database import Database
from docproc.store.intake import Target

_BEAT = 0.1  # seconds between two looks at the progress
_HASHING = 4  # files that are hashed at a time


@dataclass(slots=True)
class _Intake:
    """How far the taking in of files is; written by one thread, read by another."""

    seen: int = 0
    stop: bool = False
    skipped: Skipped = field(default_factory=Skipped)


class Session:
    """One job in this process."""

    def __init__(
        self,
        database: Database,
        renderer: Renderer,
        asker: Asker,
        assignment: Assignment,
        job_id: int,
        record: Record | None = None,
    ) -> None:
        self._database, self._renderer, self._asker = database, renderer, asker
        self._assignment, self._job_id = assignment, job_id
        claims = JobClaims(job_id, assignment.first_choice)
        self._worker = Worker(database, renderer, asker, assignment, claims, record)
        self._watch = Watch(database, job_id, assignment)
        self._intake = _Intake()
        self._began = time.monotonic()

    def work(self, paths: Sequence[str]) -> Iterator[Event]:
        """Take in `paths` and work until every document of the job has ended."""
        with ThreadPoolExecutor(1 + _HASHING, "docproc-intake") as pool:
            taking = pool.submit(self._take_in, pool, paths)
            self._worker.start()
            try:
                yield from self._until_done(taking)
            except BaseException:
                # What the children have in hand is not waited for: the leases are given back instead.
                self._asker.engine.close()
                self._renderer.close()
                raise
            finally:
                self._intake.stop = True
                self._worker.stop()
        with self._database.write() as conn:
            jobs.close(conn, self._job_id)
        pages = dict(self._worker.counts)
        skipped = dict(self._intake.skipped.by_suffix)
        yield Finished(self._job_id, self._seconds(), dict(self._watch.statuses), pages, skipped)

    def _take_in(self, pool: ThreadPoolExecutor, paths: Sequence[str]) -> None:
        assignment = self._assignment
        target = Target(self._job_id, assignment.set_id, assignment.engine_id, assignment.first_choice)
        found = files(paths, self._intake.skipped)
        for entered in ingest(self._database, self._renderer, pool, target, found):
            self._intake.seen += entered
            if self._intake.stop:
                return

    def _until_done(self, taking: Future[None]) -> Iterator[Event]:
        while True:
            taken = taking.done()
            if taken:
                taking.result()
            idle = self._worker.check()
            looked = time.monotonic()
            running = self._watch.running()
            yield from self._watch.news()
            yield self._progress()
            if taken and idle and not running:
                return
            # Looking costs more the more documents there are; it may take a twentieth of the time.
            time.sleep(max(_BEAT, 20 * (time.monotonic() - looked)))

    def _progress(self) -> Progress:
        return Progress(
            self._seconds(),
            self._intake.seen,
            self._watch.ended,
            dict(self._worker.counts),
            tuple(self._worker.failures),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._began
