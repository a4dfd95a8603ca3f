"""A job that a fleet works on, followed from the database: told as `session` tells of one in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from docproc.queues import Queue
from docproc.service.events import Event, Finished, Progress
from docproc.service.work.intake import Intake, intake_pool
from docproc.service.work.watch import Watch
from docproc.store import counts, jobs, states, tasks
from docproc.store.database import Database

_BEAT = 0.5  # seconds between two looks at the progress


class Following:
    """One job, taken in here and worked on elsewhere."""

    def __init__(self, database: Database, queue: Queue, watch: Watch, intake: Intake, job_id: int) -> None:
        self._database, self._queue, self._watch, self._intake = database, queue, watch, intake
        self._job_id = job_id
        self._began = time.monotonic()
        self._pages: dict[str, int] = {}

    def submit(self, paths: Sequence[str]) -> Iterator[Event]:
        """Take the files in, wake the fleet, and say when no more files come."""
        with intake_pool() as pool:
            taking = self._intake.start(pool, paths)
            try:
                while not taking.done():
                    self._queue.ring("raster")
                    yield from self._news()
                    time.sleep(_BEAT)
            finally:
                self._intake.stop()
            taking.result()
        with self._database.write() as conn:
            states.seal(conn, self._job_id)
        for stage in ("raster", "gpu"):  # pages that were rendered for another job are ready to be asked
            self._queue.ring(stage)
        yield from self._news()

    def follow(self) -> Iterator[Event]:
        """Tell how it goes until the job has ended."""
        while True:
            looked = time.monotonic()
            running = self._watch.running()
            yield from self._news()
            if not running:
                break
            # Looking costs more the more documents there are; it may take a twentieth of the time.
            time.sleep(max(_BEAT, 20 * (time.monotonic() - looked)))
        with self._database.write() as conn:
            jobs.close(conn, self._job_id)

    def finished(self) -> Finished:
        """What came of it so far."""
        return Finished(
            self._job_id,
            self._seconds(),
            dict(self._watch.statuses),
            self._pages,
            dict(self._intake.skipped.by_suffix),
        )

    def _news(self) -> Iterator[Event]:
        yield from self._watch.news()
        with self._database.read() as conn:
            found = counts.page_counts(conn, self._job_id)
        self._pages = {state: found[state] for state in tasks.FINISHED if state in found}
        yield Progress(self._seconds(), self._intake.seen, self._watch.ended, self._pages, ())

    def _seconds(self) -> float:
        return time.monotonic() - self._began
