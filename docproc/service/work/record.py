"""What a worker tells of its work, to a meter and to the log at once: one call where something happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

from docproc.core.types import Answer
from docproc.service.log import Place, tell
from docproc.service.meter import Meter, Stage, Unmetered
from docproc.store.crashes import TakenBack
from docproc.store.results import Outcome
from docproc.store.status import QUARANTINED
from docproc.store.tasks import Task


class Record:
    """A worker's own account. Any thread may call; it names ids and codes, never what stands on a page."""

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter or Unmetered()

    def started(self, worker: str) -> None:
        """A worker begins to claim."""
        tell("worker_started", worker=worker)

    def stopped(self, worker: str, given_back: int) -> None:
        """A worker ended and gave back what was in hand."""
        tell("worker_stopped", worker=worker, count=given_back)

    def took(self, stage: Stage, began: float) -> None:
        """A batch that entered a stage at `began` (`time.perf_counter`) has left it."""
        self._meter.took(stage, perf_counter() - began)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Times one batch through a stage, however it ends."""
        began = perf_counter()
        try:
            yield
        finally:
            self.took(stage, began)

    def saved(self, outcomes: Sequence[Outcome], kept: Sequence[Outcome]) -> None:
        """A commit: what was to be stored, and what was (the others had lost their lease)."""
        held = {outcome.task.id for outcome in kept}
        lost = [outcome.task for outcome in outcomes if outcome.task.id not in held]
        if lost:
            self._meter.fenced(len(lost))
        for task in lost:
            tell("lease_lost", **_place(task))
        for outcome in kept:
            if outcome.task.number > 0:
                self._meter.ended(outcome.state)
            if outcome.tokens is not None:
                self._meter.tokens(*outcome.tokens)
            if outcome.state == "failed":
                tell("page_failed", **_place(outcome.task), code=outcome.code or "unknown")
            for answer in outcome.answers:
                _retried(outcome.task, answer)

    def taken_back(self, taken: TakenBack) -> None:
        """Leases had ended, or their workers, and were taken back; some of the tasks are given to nobody any more."""
        if taken.leases:
            self._meter.expired(taken.leases)
            tell("leases_expired", count=taken.leases)
        for task in taken.quarantined:
            self._meter.quarantined()
            tell("page_quarantined", **_place(task), code=QUARANTINED)

    def finished(self, jobs: Sequence[int]) -> None:
        """Jobs have ended, whoever did their last page."""
        for job in jobs:
            tell("job_finished", job=job)

    def away(self, engine: str, attempt: int, delay: float) -> None:
        """A call found the engine away, for the `attempt`th time in a row; its pages wait `delay` seconds."""
        self._meter.away()
        tell("engine_away", engine=engine, attempt=attempt, delay=delay)

    def store_away(self, delay: float) -> None:
        """Pages cannot be drawn since the store of images is away; they wait `delay` seconds."""
        tell("store_away", delay=delay)


def _retried(task: Task, answer: Answer) -> None:
    if answer.steps:
        tell("page_retried", **_place(task), question=answer.question.key, steps=", ".join(answer.steps))


def _place(task: Task) -> Place:
    return {"task": task.id, "document": task.document_id, "page": task.number, "attempt": task.attempt}
