"""A job worked on from its first file to its last answer, with its progress told on the way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from docproc.imaging import Renderer
from docproc.service.describe import result_lines
from docproc.service.events import Ended, Event, Finished, Progress
from docproc.service.work.asking import Asker
from docproc.service.work.ingest import ingest
from docproc.service.work.items import Assignment
from docproc.service.work.worker import Worker
from docproc.sources.files import Skipped, files
from docproc.store import jobs
from docproc.store.database import Database
from docproc.store.intake import Target

_BEAT = 0.1  # seconds between two looks at the progress
_HASHING = 4  # files that are hashed at a time
_LINES = 100  # documents whose answers are loaded at a time


@dataclass(slots=True)
class _Intake:
    """How far the taking in of files is; written by one thread, read by another."""

    seen: int = 0
    stop: bool = False
    skipped: Skipped = field(default_factory=Skipped)


class Session:
    """One job in this process."""

    def __init__(self, database: Database, renderer: Renderer, asker: Asker, assignment: Assignment) -> None:
        self._database, self._renderer, self._asker, self._assignment = database, renderer, asker, assignment
        self._worker = Worker(database, renderer, asker, assignment)
        self._intake = _Intake()
        with database.read() as conn:
            self._told = set(jobs.ended(conn, assignment.job_id))
        self._statuses: Counter[str] = Counter()
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
            jobs.close(conn, self._assignment.job_id)
        pages = dict(self._worker.counts)
        skipped = dict(self._intake.skipped.by_suffix)
        yield Finished(self._assignment.job_id, self._seconds(), dict(self._statuses), pages, skipped)

    def _take_in(self, pool: ThreadPoolExecutor, paths: Sequence[str]) -> None:
        assignment = self._assignment
        target = Target(assignment.job_id, assignment.set_id, assignment.engine_id, assignment.first_choice)
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
            running = self._running()
            yield from self._news()
            yield self._progress()
            if taken and idle and not running:
                return
            # Looking costs more the more documents there are; it may take a twentieth of the time.
            time.sleep(max(_BEAT, 20 * (time.monotonic() - looked)))

    def _running(self) -> bool:
        with self._database.read() as conn:
            return jobs.progress(conn, self._assignment.job_id).get("running", 0) > 0

    def _news(self) -> Iterator[Ended]:
        with self._database.read() as conn:
            fresh = [row for row in jobs.ended(conn, self._assignment.job_id) if row not in self._told]
        self._told.update(fresh)
        for first in range(0, len(fresh), _LINES):
            with self._database.read() as conn:
                results = jobs.results(conn, fresh[first : first + _LINES])
            for result, line in result_lines(self._database, self._assignment, results):
                self._statuses[result.status] += 1
                yield Ended(result, line)

    def _progress(self) -> Progress:
        return Progress(
            self._seconds(),
            self._intake.seen,
            len(self._told),
            dict(self._worker.counts),
            tuple(self._worker.failures),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._began
