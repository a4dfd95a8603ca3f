"""A job's events, written to the log as they pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docproc.service.events import Event, Finished, Started
from docproc.service.log import tell


def told(events: Iterable[Event]) -> Iterator[Event]:
    """The same events; that the job was submitted, and how it finished, is in the log."""
    for event in events:
        if isinstance(event, Started):
            tell("job_submitted", job=event.job_id, question_set=event.set_name, engine=event.engine)
        elif isinstance(event, Finished):
            _finished(event)
        yield event


def _finished(event: Finished) -> None:
    pages, failed = sum(event.pages.values()), event.pages.get("failed", 0)
    documents, seconds = sum(event.statuses.values()), round(event.seconds, 3)
    tell("job_finished", job=event.job_id, seconds=seconds, count=documents, pages=pages, failed=failed)
