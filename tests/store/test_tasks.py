"""The work queue in SQL, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from docproc.core.questions import Question, QuestionSet
from docproc.store import crashes, documents, jobs, sets, tasks
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.tables import tasks as table
from docproc.store.tasks import Key, Task

SET = QuestionSet("letters", "", (Question("sender", "Who wrote it?", "string"),))
LEASE = 60.0


@pytest.fixture
def job(database: Database) -> jobs.JobRef:
    with database.write() as conn:
        set_id = sets.put_set(conn, SET)
        engine_id = sets.put_engine(conn, "scripted", "scripted:1")
        return jobs.JobRef(jobs.create(conn, set_id, engine_id), set_id, engine_id)


def _document(database: Database, job: jobs.JobRef, pages: int, name: str = "a") -> Key:
    row = DocumentRow(0, name.ljust(64, "0"), "application/pdf", pages, None, "", False, f"/{name}.pdf", 1, 0.0)
    with database.write() as conn:
        key = Key(documents.put(conn, row), job.set_id, job.engine_id)
        jobs.add_document(conn, job.id, row.path, key)
        tasks.plan(conn, key, pages, job.id)
    return key


def _claim(database: Database, job: jobs.JobRef, limit: int = 10, token: str = "t", alone: bool = False) -> list[Task]:
    with database.write() as conn:
        return tasks.claim(conn, job.id, limit, LEASE, token, "worker", alone)


def _finish(database: Database, task: Task, state: str = "answered") -> bool:
    with database.write() as conn:
        held = tasks.finish(conn, task, state)
        tasks.wake_documents(conn, [Key(task.document_id, task.set_id, task.engine_id)])
        return held


def _expire(database: Database) -> None:
    with database.write() as conn:
        conn.execute(update(table).values(lease_until=now() - 1.0))
        crashes.reap(conn)


def test_pages_are_claimed_once_and_in_order(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 3)
    assert [task.number for task in _claim(database, job, 2)] == [1, 2]
    assert [task.number for task in _claim(database, job, 2)] == [3]
    assert _claim(database, job) == []


def test_the_document_step_is_ready_when_its_last_page_is_finished(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 2)
    first, second = _claim(database, job)
    assert _finish(database, first)
    assert _claim(database, job) == []
    assert _finish(database, second, "failed")
    assert [task.number for task in _claim(database, job)] == [0]


def test_a_document_without_pages_left_to_do_goes_to_its_step_at_once(database: Database, job: jobs.JobRef) -> None:
    key = _document(database, job, 1)
    (page,) = _claim(database, job)
    _finish(database, page)
    (step,) = _claim(database, job)
    _finish(database, step)
    with database.write() as conn:
        tasks.plan(conn, key, 1, job.id)
    assert _claim(database, job) == []


def test_who_lost_the_lease_cannot_commit(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    (slow,) = _claim(database, job, token="first")
    _expire(database)
    (quick,) = _claim(database, job, token="second", alone=True)
    assert not _finish(database, slow)
    assert _finish(database, quick)


def test_a_renewed_lease_is_not_taken_away(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    (task,) = _claim(database, job)
    with database.write() as conn:
        conn.execute(update(table).values(lease_until=now() - 1.0))
        tasks.renew(conn, ["t"], LEASE)
        assert crashes.reap(conn).leases == 0
    assert _finish(database, task)


def test_a_page_whose_worker_died_is_claimed_alone(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 3)
    _claim(database, job, 2)
    _expire(database)
    assert [task.number for task in _claim(database, job)] == [3]
    assert [task.number for task in _claim(database, job, alone=True)] == [1]
    assert [task.number for task in _claim(database, job, alone=True)] == [2]


def test_a_page_that_three_workers_died_of_is_quarantined_and_its_document_goes_on(
    database: Database, job: jobs.JobRef
) -> None:
    key = _document(database, job, 1)
    for attempt in range(crashes.MAX_CRASHES):
        assert len(_claim(database, job, alone=attempt > 0)) == 1
        _expire(database)
    assert [task.number for task in _claim(database, job)] == [0]
    with database.read() as conn:
        assert tasks.failures(conn, key)[0][:2] == (1, "worker_lost")


def test_released_pages_are_claimed_again_and_carry_no_crash(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    (task,) = _claim(database, job)
    with database.write() as conn:
        tasks.release(conn, [task])
    (again,) = _claim(database, job)
    assert again.attempt == 2


def test_released_pages_rest_for_their_delay(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    with database.write() as conn:
        tasks.release(conn, [tasks.claim(conn, job.id, 1, LEASE, "t", "worker")[0]], delay=3600.0)
    assert _claim(database, job) == []


def test_a_dead_workers_pages_come_back_without_waiting_for_the_lease(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 2)
    _claim(database, job)
    with database.write() as conn:
        assert tasks.workers(conn) == ["worker"]
        assert crashes.reap_workers(conn, ["somebody else"]).leases == 0
        assert crashes.reap_workers(conn, ["worker"]).leases == 2


def test_a_second_job_on_the_same_document_takes_over_what_is_not_finished(
    database: Database, job: jobs.JobRef
) -> None:
    key = _document(database, job, 2)
    (first,) = _claim(database, job, 1)
    _finish(database, first)
    with database.write() as conn:
        second = replace(job, id=jobs.create(conn, job.set_id, job.engine_id))
        jobs.add_document(conn, second.id, "/a.pdf", key)
        tasks.plan(conn, key, 2, second.id)
    assert _claim(database, job) == []
    assert [task.number for task in _claim(database, second)] == [2]


def test_a_job_adopts_what_it_waits_for_when_the_job_that_had_it_is_gone(database: Database, job: jobs.JobRef) -> None:
    key = _document(database, job, 1)
    with database.write() as conn:
        second = replace(job, id=jobs.create(conn, job.set_id, job.engine_id))
        jobs.add_document(conn, second.id, "/a.pdf", key)
    assert _claim(database, second) == []
    with database.write() as conn:
        assert tasks.adopt(conn, second.id) == 2
    assert [task.number for task in _claim(database, second)] == [1]


def test_retry_puts_back_what_failed_and_nothing_else(database: Database, job: jobs.JobRef) -> None:
    key = _document(database, job, 2)
    good, bad = _claim(database, job)
    _finish(database, good)
    _finish(database, bad, "failed")
    (step,) = _claim(database, job)
    _finish(database, step)
    with database.write() as conn:
        assert tasks.retry(conn, key, job.id) == 1
        assert tasks.counts(conn, key) == {"answered": 1, "ready": 1}
    (again,) = _claim(database, job)
    assert again.number == 2
    _finish(database, again)
    assert [task.number for task in _claim(database, job)] == [0]


def test_ten_thousand_pages_are_planned_and_counted(database: Database, job: jobs.JobRef) -> None:
    key = _document(database, job, 10_000)
    with database.read() as conn:
        assert tasks.counts(conn, key) == {"ready": 10_000}
        assert conn.execute(select(table.c.state).where(table.c.number == 0)).scalar() == "waiting"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL scans tables as small as these
@pytest.mark.parametrize("act", ["claim", "wake", "reap"])
def test_finding_work_looks_at_no_finished_page(database: Database, job: jobs.JobRef, act: str) -> None:
    key = _document(database, job, 2)
    statements: list[str] = []
    with database.write() as conn:
        listened = conn.connection.driver_connection
        assert listened is not None
        listened.set_trace_callback(statements.append)
        if act == "claim":
            tasks.claim(conn, job.id, 2, LEASE, "t", "worker")
        elif act == "wake":
            tasks.wake_documents(conn, [key])
        else:
            crashes.reap(conn)
        listened.set_trace_callback(None)
        wanted = {"claim": "ix_tasks_ready", "wake": "ix_tasks_unfinished", "reap": "ix_tasks_leased"}[act]
        plans = [
            row[3]
            for statement in statements
            if statement.startswith(("UPDATE", "WITH"))
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
        ]
    assert any(wanted in plan for plan in plans), plans
    assert not any(plan.startswith("SCAN tasks") and "INDEX" not in plan for plan in plans), plans
