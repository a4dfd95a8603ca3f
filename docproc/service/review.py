"""What people say of answers: accept, correct, mark absent, clear; and take it back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from docproc.service.parts import Parts
from docproc.service.shown import ShownAnswer, shown
from docproc.store import reviewing
from docproc.store.reviewing import Done, Say

__all__ = ["Reviewed", "Say", "say", "undo"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The row of the log that was written (`undo` takes it), and what stands now of what was reviewed."""

    log_id: int
    document: str
    answer: ShownAnswer


def say(parts: Parts, said: Say) -> Reviewed:
    """Store what a reviewer says.

    Raises NotFound, Conflict where the answer or the review that was seen is not the one that stands now, and
    UsageError where the value is none of the question's kind, saying what is wrong.
    """
    return _reviewed(parts.database.insist(partial(reviewing.say, said=said)))


def undo(parts: Parts, reviewer: str, log_id: int | None = None) -> Reviewed:
    """Take back a row of the log, or the last thing that the reviewer said: what held before it holds again.

    Raises NotFound, and Conflict where something was said of the same place since.
    """
    return _reviewed(parts.database.insist(partial(reviewing.undo, reviewer=reviewer, log_id=log_id)))


def _reviewed(done: Done) -> Reviewed:
    return Reviewed(done.log_id, done.document.sha256, shown(done.standing))
