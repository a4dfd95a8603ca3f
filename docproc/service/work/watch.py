"""A job watched from the database: which of its documents have ended since the last look, and with which answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

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
        self._ended = partial(jobs.ended, job_id=job_id)
        self._told = set(database.look(self._ended))
        self.statuses: Counter[str] = Counter()  # of the documents that `news` has told

    @property
    def ended(self) -> int:
        """How many documents of the job have ended, as far as `news` has told."""
        return len(self._told)

    def running(self) -> bool:
        """Whether a document of the job has not ended."""
        return self._database.look(lambda conn: jobs.progress(conn, self._job_id)).get("running", 0) > 0

    def news(self) -> Iterator[Ended]:
        """The documents that have ended since the last look."""
        fresh = [row for row in self._database.look(self._ended) if row not in self._told]
        self._told.update(fresh)
        for first in range(0, len(fresh), _LINES):
            results = self._database.look(partial(jobs.results, ids=fresh[first : first + _LINES]))
            for result, line in result_lines(self._database, self._assignment, results):
                self.statuses[result.status] += 1
                yield Ended(result, line)
