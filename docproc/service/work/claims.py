"""Where a worker's tasks come from: the job of this process, or whatever the fleet has for an engine or a renderer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol
from uuid import uuid4

from docproc.store import claims, crashes, jobs, tasks
from docproc.store.crashes import TakenBack
from docproc.store.database import Database
from docproc.store.leasing import Hold
from docproc.store.tasks import Task

PATIENCE = 120.0  # seconds for which a fleet's worker waits for a store of images that is away


class Claims(Protocol):
    """Tasks to be had, leased to a worker for so many seconds. Each claim has a token of its own, so that one whose
    acknowledgement was lost is not kept alive by the claim that was made in its place.

    `patience`: seconds for which the store of images may be away; who runs a job by hand is told at once.
    """

    patience: ClassVar[float]

    def take(self, database: Database, room: int, worker: str, lease: float) -> list[Task]:
        """Up to `room` tasks; none that was in hand when a worker died."""

    def take_alone(self, database: Database, worker: str, lease: float) -> list[Task]:
        """One task that was in hand when a worker died: it is tried by itself, so that it takes no other down."""

    def tend(self, database: Database) -> TakenBack:
        """What has to be looked at now and then; what dead workers had in hand and was taken back."""


@dataclass(frozen=True, slots=True)
class JobClaims:
    """The tasks of one job, at any stage. `first_choice` is the renderer that is tried first."""

    job_id: int
    first_choice: str
    patience: ClassVar[float] = 0.0

    def take(self, database: Database, room: int, worker: str, lease: float) -> list[Task]:
        """As of `Claims`."""
        return database.insist(lambda conn: tasks.claim(conn, self.job_id, room, lease, uuid4().hex, worker))

    def take_alone(self, database: Database, worker: str, lease: float) -> list[Task]:
        """As of `Claims`."""
        return database.insist(lambda conn: tasks.claim(conn, self.job_id, 1, lease, uuid4().hex, worker, alone=True))

    def tend(self, database: Database) -> TakenBack:
        """Take expired leases back, and settle what has ended."""
        return database.insist(self._tended)

    def _tended(self, conn: Any) -> TakenBack:
        taken_back = crashes.reap(conn)
        jobs.tend(conn, self.job_id, self.first_choice)
        return taken_back


@dataclass(frozen=True, slots=True)
class AskClaims:
    """What a fleet has to ask of one engine with one question set: rendered pages and documents' own steps."""

    engine_id: int
    set_id: int
    patience: ClassVar[float] = PATIENCE

    def take(self, database: Database, room: int, worker: str, lease: float) -> list[Task]:
        """As of `Claims`."""
        return self._claim(database, Hold(room, lease, "", worker))

    def take_alone(self, database: Database, worker: str, lease: float) -> list[Task]:
        """As of `Claims`."""
        return self._claim(database, Hold(1, lease, "", worker, alone=True))

    def tend(self, database: Database) -> TakenBack:  # noqa: ARG002
        """A fleet is tended by `service.fleet.tend`."""
        return TakenBack()

    def _claim(self, database: Database, hold: Hold) -> list[Task]:
        return database.insist(lambda conn: claims.claim_ask(conn, self.engine_id, self.set_id, _fenced(hold)))


@dataclass(frozen=True, slots=True)
class RasterClaims:
    """What a fleet has to draw, as long as no more than `most_ahead` pages wait for an engine that are drawn."""

    most_ahead: int
    patience: ClassVar[float] = PATIENCE

    def take(self, database: Database, room: int, worker: str, lease: float) -> list[Task]:
        """As of `Claims`."""
        return self._claim(database, Hold(room, lease, "", worker))

    def take_alone(self, database: Database, worker: str, lease: float) -> list[Task]:
        """As of `Claims`."""
        return self._claim(database, Hold(1, lease, "", worker, alone=True))

    def tend(self, database: Database) -> TakenBack:  # noqa: ARG002
        """A fleet is tended by `service.fleet.tend`."""
        return TakenBack()

    def _claim(self, database: Database, hold: Hold) -> list[Task]:
        return database.insist(lambda conn: claims.claim_raster(conn, _fenced(hold), self.most_ahead))


def _fenced(hold: Hold) -> Hold:
    return replace(hold, token=uuid4().hex)
