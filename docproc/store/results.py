"""Store what work made of tasks: fenced, and all of a batch in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from docproc.core.types import Answer, Reading
from docproc.store import answers, jobs, pages, review_merge, tasks
from docproc.store.pages import RenderedPage
from docproc.store.tasks import Key, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended, and everything that is to be stored with it.

    `cached` are answers that stood already, as question key → answer id, and are shown anew. `tokens` is how many the
    engine was shown and said, where it counts them.
    """

    task: Task
    state: str
    rendered: RenderedPage | None = None
    answers: tuple[Answer, ...] = ()
    cached: dict[str, int] = field(default_factory=dict)
    readings: tuple[tuple[int, Reading], ...] = ()
    tokens: tuple[int, int] | None = None
    code: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """What outcomes of one worker share; `question_ids` maps question hashes to ids."""

    set_name: str
    engine_id: int
    question_ids: dict[str, int]
    first_choice: str


def save(conn: Connection, fence: Fence, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Store those outcomes whose lease still holds, each page with all that belongs to it; return them."""
    held = _held(conn, outcomes)
    pages.save(conn, [(done.task.document_id, done.rendered) for done in held if done.rendered is not None])
    pages.save_readings(conn, [(done.task.document_id, *reading) for done in held for reading in done.readings])
    given = [(done.task.document_id, answer) for done in held for answer in done.answers]
    ids = answers.save(conn, fence.engine_id, fence.question_ids, given)
    shown = list(ids.values()) + [answer_id for done in held for answer_id in done.cached.values()]
    answers.show(conn, fence.set_name, shown)
    if shown:
        review_merge.follow_answers(conn, fence.set_name, {done.task.document_id for done in held})
    tasks.count_tokens(conn, {done.task.id: done.tokens for done in held if done.tokens is not None})
    tasks.wake_documents(conn, dict.fromkeys(_key(done) for done in held if done.task.number > 0))
    jobs.settle(conn, [_key(done) for done in held if done.task.number == 0], fence.first_choice)
    return held


def _held(conn: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """End the tasks; return those outcomes whose lease still held."""
    held: set[int] = set()
    for state in {done.state for done in outcomes if done.code is None}:
        held |= tasks.finish_all(
            conn, [done.task for done in outcomes if done.code is None and done.state == state], state
        )
    for done in outcomes:
        if done.code is not None and tasks.finish(conn, done.task, done.state, done.code, done.error):
            held.add(done.task.id)
    return [done for done in outcomes if done.task.id in held]


def _key(done: Outcome) -> Key:
    return Key(done.task.document_id, done.task.set_id, done.task.engine_id)
