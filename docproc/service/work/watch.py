"""A job watched from the database: which of its documents have ended since the last look, and with which answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from docproc.service.describe import result_lines
from docproc.service.events import Ended
from docproc.service.work.items import Assignment
from docproc.store import jobs
from docproc.store.database import Database

_LINES = 100  # documents whose answers are loaded at a time


class Watch:
    """What is new of a job since it was made."""

    def __init__(self, database: Database, job_id: int, assignment: Assignment) -> None:
        self._database, self._job_id, self._assignment = database, job_id, assignment
        with database.read() as conn:
            self._told = set(jobs.ended(conn, job_id))
        self.statuses: Counter[str] = Counter()  # of the documents that `news` has told

    @property
    def ended(self) -> int:
        """How many documents of the job have ended, as far as `news` has told."""
        return len(self._told)

    def running(self) -> bool:
        """Whether a document of the job has not ended."""
        with self._database.read() as conn:
            return jobs.progress(conn, self._job_id).get("running", 0) > 0

    def news(self) -> Iterator[Ended]:
        """The documents that have ended since the last look."""
        with self._database.read() as conn:
            fresh = [row for row in jobs.ended(conn, self._job_id) if row not in self._told]
        self._told.update(fresh)
        for first in range(0, len(fresh), _LINES):
            with self._database.read() as conn:
                results = jobs.results(conn, fresh[first : first + _LINES])
            for result, line in result_lines(self._database, self._assignment, results):
                self.statuses[result.status] += 1
                yield Ended(result, line)
