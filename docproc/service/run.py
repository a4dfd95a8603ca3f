"""Run a question set over files, in this process, to the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docproc import questionsets
from docproc.core.errors import NotFound, UsageError
from docproc.service.events import Event, Started
from docproc.service.parts import Parts
from docproc.service.work.opening import assignment_of, calibrated, opened
from docproc.service.work.session import Session
from docproc.sources.files import Skipped, files
from docproc.store import jobs, sets, tasks


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
    with opened(parts, name) as open_parts:
        engine = open_parts.asker.engine
        with parts.database.write() as conn:
            set_id = sets.put_set(conn, questions)
            engine_id = sets.put_engine(conn, engine.name, engine.fingerprint)
            job_id = jobs.create(conn, set_id, engine_id)
        assignment = assignment_of(parts, open_parts, questions, set_id, engine_id)
        asker = calibrated(parts, open_parts.asker, engine_id)
        yield Started(job_id, set_name, name, why)
        session = Session(parts.database, open_parts.renderer, asker, assignment, job_id, open_parts.record)
        yield from session.work(paths)


def retry(parts: Parts, job_id: int) -> Iterator[Event]:
    """Put what failed in a job back to work, pages and refused files, and do it. Events as of `run`."""
    with parts.database.read() as conn:
        found = jobs.find(conn, job_id)
    if found is None:
        raise NotFound(f"there is no job {job_id}; `docproc jobs` lists them")
    with parts.database.read() as conn:
        questions = sets.load_set(conn, found.set_id)
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
        assignment = assignment_of(parts, open_parts, questions, found.set_id, found.engine_id)
        asker = calibrated(parts, open_parts.asker, found.engine_id)
        yield Started(job_id, questions.name, found.engine, "as the job says")
        session = Session(parts.database, open_parts.renderer, asker, assignment, job_id, open_parts.record)
        yield from session.work(paths)
