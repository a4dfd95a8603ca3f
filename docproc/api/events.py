"""A job's events as they happen (Server-Sent Events): `document` as each ends, `pages` and `job` as they stand."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from docproc.api import job_shapes
from docproc.api.following import OVERLAP, Following, Topic
from docproc.service.job_views import JobRow

HEARTBEAT = 15.0  # seconds without an event, after which a comment is sent: proxies cut what is silent
_ID = re.compile(r"(\d{1,16})-([a-z]{1,16})-(\d{1,16})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listener is: milliseconds of the last document's end, and how the job stood (when it ended, or 0)."""

    documents: int = 0
    state: str = ""
    ended: int = 0

    def __str__(self) -> str:
        return f"{self.documents}-{self.state or 'none'}-{self.ended}"


def place_of(last_event_id: str | None) -> Place:
    """The place that an id names; the beginning where it is none of ours."""
    found = _ID.fullmatch(last_event_id or "")
    return Place(int(found[1]), found[2], int(found[3])) if found else Place()


def told_all(job: JobRow, place: Place) -> bool:
    """Whether a listener at that place has been told of this end."""
    return job.finished_at is not None and (place.state, place.ended) == (job.state, _milliseconds(job.finished_at))


async def stream(following: Following, job_id: int, place: Place, seconds: float) -> AsyncIterator[bytes]:
    """The events from that place on until the job has ended, for so long at most.

    After a reconnection some of the last ones come again.
    """
    yield b"retry: 2000\n\n"
    until = time.monotonic() + seconds
    with following.topic(job_id) as topic:
        listener = _Listener(topic, place)
        while not following.stopping and time.monotonic() < until:
            changed = topic.changed
            for event in listener.events():
                yield event
            if topic.over:
                return
            try:
                async with asyncio.timeout(min(HEARTBEAT, seconds)):
                    await changed.wait()
            except TimeoutError:
                yield b": still here\n\n"


class _Listener:
    def __init__(self, topic: Topic, place: Place) -> None:
        self._topic, self._place = topic, place
        self._from = place.documents - int(OVERLAP * 1000) if place.documents else 0
        self._at = self._version = 0
        self._state = ""

    def events(self) -> list[bytes]:
        """What there is to tell; the documents come before the counts that they are in."""
        told = []
        fresh = self._topic.log[self._at :]
        self._at += len(fresh)
        for row in fresh:
            ended = _milliseconds(row.finished_at)
            if ended >= self._from:
                self._place = Place(max(ended, self._place.documents), self._place.state, self._place.ended)
                told.append(_event("document", self._place, job_shapes.file(row).model_dump_json()))
        job = self._topic.job
        if job is not None and self._version != self._topic.version:
            self._version = self._topic.version
            self._place = Place(self._place.documents, job.state, _milliseconds(job.finished_at))
            kind = "pages" if job.state == self._state else "job"
            self._state = job.state
            told.append(_event(kind, self._place, job_shapes.job(job).model_dump_json()))
        return told


def _event(kind: str, place: Place, data: str) -> bytes:
    return f"event: {kind}\nid: {place}\ndata: {data}\n\n".encode()


def _milliseconds(moment: float | None) -> int:
    return 0 if moment is None else int(moment * 1000)
