"""Run a question set over files, to the end: in this process, or by a fleet that is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from docproc.core.errors import Conflict, NotFound, UsageError
from docproc.core.questions import QuestionSet
from docproc.queues import STAGES, Queue
from docproc.service.events import Event, Started
from docproc.service.hands import hands
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.service.work.follow import Following
from docproc.service.work.intake import Intake
from docproc.service.work.items import Assignment
from docproc.service.work.opening import Opened, assignment_of, calibrated, drawing, opened
from docproc.service.work.session import Session
from docproc.service.work.watch import Watch
from docproc.sources.files import Skipped, files
from docproc.store import answers, jobs, sets, states, tasks
from docproc.store.intake import Target
from docproc.store.jobs import JobIdentity, JobRef
from docproc.store.tables import INLINE, OPEN_STATES


@dataclass(frozen=True, slots=True)
class How:
    """Who works on a job (`queue`, None: the configured one), and whether its end is waited for."""

    queue: str | None = None
    wait: bool = True


def run(
    parts: Parts, paths: Sequence[str], set_name: str, engine_name: str | None, how: How | None = None
) -> Iterator[Event]:
    """Do the work, or have it done, and tell how it goes; the last event is `Finished`.

    Stopped at any moment (an interrupt, a kill), the next run goes on where this one was. Raises UsageError for a bad
    request before anything is stored, Unavailable where the database or the engine is away.
    """
    how = how or How()
    default, reason = parts.default_engine
    name, why = (engine_name, "as asked") if engine_name else (default, reason)
    questions = resolve_set(parts, set_name)
    for path in paths:  # a path that names nothing is found before anything starts
        next(files([path], Skipped()), None)
    with closing(parts.queue(how.queue)) as queue, opened(parts, name) as open_parts:
        engine = open_parts.asker.engine
        with parts.database.write() as conn:
            set_id = sets.put_set(conn, questions)
            engine_id = sets.put_engine(conn, engine.name, engine.fingerprint)
            job_id = jobs.create(conn, set_id, engine_id, queue.name)
        yield Started(job_id, set_name, name, why)
        yield from _worked(parts, open_parts, queue, questions, JobRef(job_id, set_id, engine_id), paths, how.wait)


def retry(parts: Parts, job_id: int) -> Iterator[Event]:
    """Put what failed in a job back to work, pages and refused files, and see to its end. Events as of `run`.

    A job that was submitted in this process's way is done in this process, another by whoever works for its queue.
    """
    with parts.database.read() as conn:
        found = jobs.find(conn, job_id)
    if found is None:
        raise NotFound(f"there is no job {job_id}; `docproc jobs` lists them")
    with parts.database.read() as conn:
        questions = sets.load_set(conn, found.set_id)
    if found.queue != INLINE:
        yield from _elsewhere(parts, job_id, found, questions)
        return
    with opened(parts, found.engine) as open_parts:
        engine = open_parts.asker.engine
        if engine.fingerprint != found.fingerprint:
            raise UsageError(
                f"job {job_id} was done by {found.fingerprint}, here is {engine.fingerprint}: "
                f"run `docproc run` on its files again, so that all its answers come from one engine"
            )
        with parts.database.write() as conn:
            for key in jobs.keys(conn, job_id, ("partial", "failed")):
                tasks.retry(conn, key, job_id)
                jobs.reopen(conn, key)
            paths = jobs.take_refused(conn, job_id)
        yield Started(job_id, questions.name, found.engine, "as the job says")
        ref = JobRef(job_id, found.set_id, found.engine_id)
        yield from _session(parts, open_parts, questions, ref).work(paths)


def _worked(
    parts: Parts,
    open_parts: Opened,
    queue: Queue,
    questions: QuestionSet,
    job: JobRef,
    paths: Sequence[str],
    wait: bool,
) -> Iterator[Event]:
    if queue.inline:
        yield from _session(parts, open_parts, questions, job).work(paths)
        return
    renderer = open_parts.renderer
    assignment = assignment_of(parts, open_parts, questions, job.set_id, job.engine_id)
    target = Target(job.id, job.set_id, job.engine_id, assignment.first_choice)
    intake = Intake(parts.database, renderer, target, parts.images)
    following = Following(parts.database, queue, Watch(parts.database, job.id, assignment), intake, job.id)
    yield from following.submit(paths)
    if wait:
        yield from following.follow()
    yield following.finished()


def _elsewhere(parts: Parts, job_id: int, job: JobIdentity, questions: QuestionSet) -> Iterator[Event]:
    """Try a job again that others work on; where that is this machine, it is worked on meanwhile."""
    with parts.database.read() as conn:
        state, question_ids = states.state_of(conn, job_id), answers.question_ids(conn, job.set_id)
    if state in OPEN_STATES:
        raise Conflict(f"job {job_id} is {state}: what failed is tried again once it has ended")
    with closing(parts.queue(job.queue)) as queue, drawing(parts) as drawn, hands(parts, queue):
        renderer, name = drawn.renderer, drawn.renderer.settings.renderer
        parts.database.insist(partial(states.retry, job_id=job_id))
        yield Started(job_id, questions.name, job.engine, "as the job says")
        for stage in STAGES:
            queue.ring(stage, job.engine if stage == "gpu" else "")
        assignment = Assignment(job.set_id, job.engine_id, questions, question_ids, renderer.fingerprint, name, 1)
        intake = Intake(parts.database, renderer, Target(job_id, job.set_id, job.engine_id, name))
        watch = Watch(parts.database, job_id, assignment)
        following = Following(parts.database, queue, watch, intake, job_id)
        yield from following.follow()
        yield following.finished()


def _session(parts: Parts, open_parts: Opened, questions: QuestionSet, job: JobRef) -> Session:
    assignment = assignment_of(parts, open_parts, questions, job.set_id, job.engine_id)
    asker = calibrated(parts, open_parts.asker, job.engine_id)
    return Session(parts.database, open_parts.renderer, asker, assignment, job.id, open_parts.record)
