"""Who follows jobs: one poller a process for all of them, however many they are.

A topic is a job that somebody follows. It has a log of what ended (in the order in which that was seen) and the counts
as they stand; each listener has its place in the log, so that a slow one costs nothing and misses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from docproc.core.errors import Unavailable
from docproc.service.job_views import OPEN_STATES, FileRow, JobRow, happened
from docproc.service.parts import Parts

EVERY = 0.5  # seconds between two looks, or ten times as long as one takes
SOON = 0.05  # seconds until somebody new is looked after
# A transaction reads the clock before it commits: what ended this long before the last look may be seen only now.
OVERLAP = 30.0
log = logging.getLogger(__name__)


@dataclass
class Topic:
    """A job that is followed. `version` counts the changes of `job`, which is None while nobody has looked."""

    job: JobRow | None = None
    version: int = 0
    log: list[FileRow] = field(default_factory=list)
    looked: bool = False
    listeners: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: dict[int, float | None] = field(default_factory=dict)  # files of the log by number, and when they ended

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self.looked and (self.job is None or self.job.state not in OPEN_STATES)

    def take(self, job: JobRow | None, files: list[FileRow]) -> None:
        """Note what was seen, and wake who waits."""
        fresh = [row for row in files if self._seen.get(row.id) != row.finished_at]
        self.log += fresh
        self._seen |= {row.id: row.finished_at for row in fresh}
        if job != self.job or not self.looked:
            self.job, self.version, self.looked = job, self.version + 1, True
        elif not fresh:
            return
        self.wake()

    def wake(self) -> None:
        """Let who waits look again."""
        self.changed.set()
        self.changed = asyncio.Event()


class Following:
    """The topics of a server process; all but the queries runs in its event loop. Ended by `stop`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._topics: dict[int, Topic] = {}
        self._wanted = asyncio.Event()
        self._since = 0.0
        self.stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Poll while the block runs."""
        task = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def stop(self) -> None:
        """Let every listener end."""
        self.stopping = True
        for topic in self._topics.values():
            topic.wake()

    @contextmanager
    def topic(self, job_id: int) -> Iterator[Topic]:
        """The topic of a job, which is looked after while the block runs."""
        topic = self._topics.get(job_id)
        if topic is None or topic.over:  # one that is over may have been put back to work
            topic = self._topics[job_id] = Topic()
            self._wanted.set()
        topic.listeners += 1
        try:
            yield topic
        finally:
            topic.listeners -= 1
            if not topic.listeners and self._topics.get(job_id) is topic:
                del self._topics[job_id]

    async def ended(self, job_id: int, seconds: float) -> None:
        """Wait until a job has ended, or so long."""
        with self.topic(job_id) as topic:
            try:
                async with asyncio.timeout(seconds):
                    while not topic.over and not self.stopping:
                        await topic.changed.wait()
            except TimeoutError:
                return

    async def _poll(self) -> None:
        while True:
            topics = {job_id: topic for job_id, topic in self._topics.items() if not topic.over}
            self._wanted.clear()
            if not topics:
                await self._wanted.wait()
                continue
            began = time.monotonic()
            try:
                await self._look(topics)
            except Unavailable as error:
                log.warning("who follows jobs has to wait: %s", error)
            try:
                async with asyncio.timeout(max(EVERY, 10 * (time.monotonic() - began))):
                    await self._wanted.wait()
                await asyncio.sleep(SOON)
            except TimeoutError:
                continue

    async def _look(self, topics: dict[int, Topic]) -> None:
        fresh = [job_id for job_id, topic in topics.items() if not topic.looked]
        known = [job_id for job_id, topic in topics.items() if topic.looked]
        found = await run_in_threadpool(happened, self._parts, fresh, known, self._since - OVERLAP)
        self._since = found.moment
        files: dict[int, list[FileRow]] = {}
        for row in found.files:
            files.setdefault(row.job_id, []).append(row)
        for job_id, topic in topics.items():
            topic.take(found.jobs.get(job_id), files.get(job_id, []))
