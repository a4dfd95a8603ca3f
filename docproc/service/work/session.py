"""A job worked on from its first file to its last answer, with its progress told on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from docproc.imaging import Renderer
from docproc.service.events import Event, Finished, Progress
from docproc.service.work.asking import Asker
from docproc.service.work.claims import JobClaims
from docproc.service.work.intake import Intake, intake_pool
from docproc.service.work.items import Assignment
from docproc.service.work.record import Record
from docproc.service.work.watch import Watch
from docproc.service.work.worker import Worker
from docproc.store import jobs
from docproc.store.database import Database
from docproc.store.intake import Target

_BEAT = 0.1  # seconds between two looks at the progress


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
        self._job_id = job_id
        claims = JobClaims(job_id, assignment.first_choice)
        self._worker = Worker(database, renderer, asker, assignment, claims, record)
        self._watch = Watch(database, job_id, assignment)
        target = Target(job_id, assignment.set_id, assignment.engine_id, assignment.first_choice)
        self._intake = Intake(database, renderer, target)
        self._began = time.monotonic()

    def work(self, paths: Sequence[str]) -> Iterator[Event]:
        """Take in `paths` and work until every document of the job has ended."""
        with intake_pool() as pool:
            taking = self._intake.start(pool, paths)
            self._worker.start()
            try:
                yield from self._until_done(taking)
            except BaseException:
                # What the children have in hand is not waited for: the leases are given back instead.
                self._worker.loop.leave()
                self._asker.engine.close()
                self._renderer.close()
                raise
            finally:
                self._intake.stop()
                self._worker.stop()
        with self._database.write() as conn:
            jobs.close(conn, self._job_id)
        pages = dict(self._worker.counts)
        skipped = dict(self._intake.skipped.by_suffix)
        yield Finished(self._job_id, self._seconds(), dict(self._watch.statuses), pages, skipped)

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
