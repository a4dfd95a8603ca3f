"""Run a question set over files, in this process, to the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from docproc import questionsets
from docproc.core.errors import NotFound, UsageError
from docproc.core.questions import QuestionSet
from docproc.engines import Engine
from docproc.imaging import Renderer
from docproc.service.events import Event, Started
from docproc.service.parts import Parts
from docproc.service.work.asking import Asker
from docproc.service.work.items import Assignment
from docproc.service.work.session import Session
from docproc.sources.files import Skipped, files
from docproc.store import answers, calibrations, jobs, sets, tasks


def run(parts: Parts, paths: Sequence[str], set_name: str, engine_name: str | None) -> Iterator[Event]:
    """Do the work and tell how it goes; the last event is `Finished`.

    Stopped at any moment (an interrupt, a kill), the next run goes on where this one was. Raises UsageError for a bad
    request before anything is stored, Unavailable where the database or the engine is away.
    """
    default, reason = parts.default_engine
    name, why = (engine_name, "as asked") if engine_name else (default, reason)
    questions = questionsets.load(set_name, parts.set_folders)
    for path in paths:  # a path that names nothing is found before anything starts
        next(files([path], Skipped()), None)
    with _opened(parts, name) as (asker, renderer):
        engine = asker.engine
        with parts.database.write() as conn:
            set_id = sets.put_set(conn, questions)
            engine_id = sets.put_engine(conn, engine.name, engine.fingerprint)
            job_id = jobs.create(conn, set_id, engine_id)
        assignment = _assignment(parts, jobs.JobRef(job_id, set_id, engine_id), questions, (engine, renderer))
        yield Started(job_id, set_name, name, why)
        yield from Session(parts.database, renderer, _calibrated(parts, asker, engine_id), assignment).work(paths)


def retry(parts: Parts, job_id: int) -> Iterator[Event]:
    """Put what failed in a job back to work, pages and refused files, and do it. Events as of `run`."""
    with parts.database.read() as conn:
        found = jobs.find(conn, job_id)
    if found is None:
        raise NotFound(f"there is no job {job_id}; `docproc jobs` lists them")
    with parts.database.read() as conn:
        questions = sets.load_set(conn, found.set_id)
    with _opened(parts, found.engine) as (asker, renderer):
        engine = asker.engine
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
        ref = jobs.JobRef(job_id, found.set_id, found.engine_id)
        assignment = _assignment(parts, ref, questions, (engine, renderer))
        yield Started(job_id, questions.name, found.engine, "as the job says")
        yield from Session(parts.database, renderer, _calibrated(parts, asker, found.engine_id), assignment).work(paths)


@contextmanager
def _opened(parts: Parts, engine_name: str) -> Iterator[tuple[Asker, Renderer]]:
    with ExitStack() as stack:
        engine = parts.engine(engine_name)
        stack.callback(engine.close)
        reader = parts.engine(parts.reader) if parts.reader not in (None, engine_name) else None
        if reader is not None:
            stack.callback(reader.close)
        renderer = parts.renderer()
        stack.callback(renderer.close)
        yield Asker(engine, reader), renderer


def _calibrated(parts: Parts, asker: Asker, engine_id: int) -> Asker:
    """The asker with what has been learnt of its engine's confidence."""
    with parts.database.read() as conn:
        return replace(asker, calibration=calibrations.newest(conn, engine_id))


def _assignment(parts: Parts, job: jobs.JobRef, questions: QuestionSet, opened: tuple[Engine, Renderer]) -> Assignment:
    engine, renderer = opened
    with parts.database.read() as conn:
        question_ids = answers.question_ids(conn, job.set_id)
    return Assignment(
        job_id=job.id,
        set_id=job.set_id,
        engine_id=job.engine_id,
        questions=questions,
        question_ids=question_ids,
        render=renderer.fingerprint,
        first_choice=renderer.settings.renderer,
        document_pages=engine.pages,
    )
