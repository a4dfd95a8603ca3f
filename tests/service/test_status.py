"""Rates and times left that can be trusted: told where there is something to go by, and left out where there is not."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from docproc.cli.status import duration
from docproc.core.questions import Question, QuestionSet
from docproc.service.status import measure
from docproc.store import documents, jobs, sets, tasks
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.tables import jobs as job_table
from docproc.store.tasks import Key

SET = QuestionSet("letters", "", (Question("sender", "Who wrote it?", "string"),))


def _job(database: Database, pages: int, finished: int, age: float, worker: str = "here:1:aa") -> int:
    """A job of one document, begun `age` seconds ago, some of whose pages were finished just now."""
    with database.write() as conn:
        set_id = sets.put_set(conn, SET)
        engine_id = sets.put_engine(conn, "scripted", "scripted:1")
        job_id = jobs.create(conn, set_id, engine_id)
        conn.execute(update(job_table).where(job_table.c.id == job_id).values(created_at=now() - age))
        name = f"{job_id:064}"
        row = DocumentRow(0, name, "application/pdf", pages, None, "", False, f"/{name}.pdf", 1, 0.0)
        key = Key(documents.put(conn, row), set_id, engine_id)
        jobs.add_document(conn, job_id, row.path, key)
        tasks.plan(conn, key, pages, job_id)
        for task in tasks.claim(conn, job_id, finished, 60.0, "t", worker):
            tasks.finish(conn, task, "answered")
    return job_id


def test_of_nothing_there_is_no_rate_and_no_time_left(database: Database) -> None:
    seen = measure(database)
    assert (seen.rate, seen.jobs, seen.queues, seen.workers, seen.failures) == (0.0, (), (), (), {})


def test_a_job_without_a_finished_page_has_no_rate_and_no_time_left(database: Database) -> None:
    _job(database, 10, 0, 30.0)
    (job,) = measure(database).jobs
    assert (job.pages, job.pages_ended, job.rate, job.eta) == (10, 0, None, None)


def test_a_jobs_rate_is_that_of_the_last_minute_and_its_time_left_goes_by_it(database: Database) -> None:
    _job(database, 90, 30, 1000.0)
    seen = measure(database)
    (job,) = seen.jobs
    assert seen.rate == pytest.approx(0.5)
    assert job.rate == pytest.approx(0.5)
    assert job.eta == pytest.approx(120.0)
    assert (job.pages, job.pages_ended) == (90, 30)


def test_a_job_that_has_just_begun_is_not_measured_over_a_whole_minute(database: Database) -> None:
    _job(database, 90, 30, 10.0)
    (job,) = measure(database).jobs
    assert job.rate is not None
    assert 0.5 < job.rate <= 3.0


def test_a_job_whose_pages_are_all_finished_has_no_time_left_to_tell(database: Database) -> None:
    _job(database, 3, 3, 100.0)
    (job,) = measure(database).jobs
    assert job.rate is not None
    assert job.eta is None


def test_a_job_that_is_paused_has_no_time_left_to_tell(database: Database) -> None:
    _job(database, 90, 30, 1000.0)
    with database.write() as conn:
        conn.execute(update(job_table).values(state="paused"))
    (job,) = measure(database).jobs
    assert (job.state, job.eta) == ("paused", None)


def test_a_worker_is_told_that_holds_tasks_or_finished_some_in_the_last_minute(database: Database) -> None:
    job_id = _job(database, 5, 2, 100.0)
    with database.write() as conn:
        tasks.claim(conn, job_id, 1, 60.0, "u", "there:2:bb")
    workers = measure(database).workers
    assert [(one.worker, one.held, one.pages) for one in workers] == [("here:1:aa", 0, 2), ("there:2:bb", 1, 0)]
    assert all(0 <= one.seen < 60 for one in workers)


def test_its_object_is_plain_json(database: Database) -> None:
    _job(database, 90, 30, 1000.0)
    line = json.loads(json.dumps(measure(database).line()))
    assert line["jobs"][0]["pages_ended"] == 30
    assert line["queues"][0]["ready"] == 60
    assert line["failures"] == {}
    assert line["quarantined"] == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3725, "1 h 02 min"), (100_000, "1 d 3 h")],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
