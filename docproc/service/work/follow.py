"""A job that a fleet works on, followed from the database: told as `session` tells of one in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from functools import partial

from docproc.queues import Queue
from docproc.service.events import Event, Finished, Progress
from docproc.service.work.intake import Intake, intake_pool
from docproc.service.work.watch import Watch
from docproc.store import counts, jobs, states, status, tasks
from docproc.store.database import Database

_BEAT = 0.5  # seconds between two looks at the progress
_ALONE = 10.0  # seconds for which nobody takes what is ready, before that is told

log = logging.getLogger(__name__)


class Following:
    """One job, taken in here and worked on elsewhere."""

    def __init__(self, database: Database, queue: Queue, watch: Watch, intake: Intake, job_id: int) -> None:
        self._database, self._queue, self._watch, self._intake = database, queue, watch, intake
        self._job_id = job_id
        job = database.look(partial(jobs.find, job_id=job_id))
        self._engine = "" if job is None else job.engine
        self._began = self._attended = time.monotonic()
        self._waiting: list[str] = []  # the stage at which nobody takes what is ready
        self._told = False
        self._pages: dict[str, int] = {}

    def submit(self, paths: Sequence[str]) -> Iterator[Event]:
        """Take the files in, wake the fleet, and say when no more files come."""
        with intake_pool() as pool:
            taking = self._intake.start(pool, paths)
            try:
                entered = 0
                while not taking.done():
                    if self._intake.seen > entered:
                        entered = self._intake.seen
                        self._queue.ring("raster")
                    yield from self._news()
                    time.sleep(_BEAT)
            finally:
                self._intake.stop()
            taking.result()
        self._database.insist(partial(states.seal, job_id=self._job_id))
        self._queue.ring("raster")
        self._queue.ring("gpu", self._engine)  # pages that were rendered for another job are ready to be asked
        yield from self._news()

    def follow(self) -> Iterator[Event]:
        """Tell how it goes until the job has ended."""
        while True:
            looked = time.monotonic()
            running = self._watch.running()
            yield from self._news()
            if not running:
                break
            self._look_for_workers()
            # Looking costs more the more documents there are; it may take a twentieth of the time.
            time.sleep(max(_BEAT, 20 * (time.monotonic() - looked)))
        self._database.insist(partial(jobs.close, job_id=self._job_id))

    def finished(self) -> Finished:
        """What came of it so far."""
        return Finished(
            self._job_id,
            self._seconds(),
            dict(self._watch.statuses),
            self._pages,
            dict(self._intake.skipped.by_suffix),
        )

    def _look_for_workers(self) -> None:
        """Say so, once, where work is ready and nobody takes any."""
        stages = self._database.look(partial(status.unattended, job_id=self._job_id))
        now = time.monotonic()
        if stages[:1] != self._waiting:
            self._waiting, self._attended, self._told = stages[:1], now, False
        elif stages and now - self._attended >= _ALONE and not self._told:
            self._told = True
            start = {"raster": "-Q raster,io`", "ask": f"-Q gpu` with DOCPROC_ENGINE={self._engine}"}[stages[0]]
            log.warning(
                "no worker has taken a page for %.0f s: start `celery -A workers.app worker %s, with the same "
                "DOCPROC_DATABASE_URL and DOCPROC_REDIS_URL; the job waits for it, an interrupt leaves it waiting",
                now - self._attended,
                start,
            )

    def _news(self) -> Iterator[Event]:
        yield from self._watch.news()
        found = self._database.look(partial(counts.page_counts, job_id=self._job_id))
        self._pages = {state: found[state] for state in tasks.FINISHED if state in found}
        yield Progress(self._seconds(), self._intake.seen, self._watch.ended, self._pages, ())

    def _seconds(self) -> float:
        return time.monotonic() - self._began
