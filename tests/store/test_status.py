"""Where the work stands, on both databases: counts that are right, and that cost nothing of what was done long ago."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, text, update

from docproc.core.questions import Question, QuestionSet
from docproc.store import crashes, documents, jobs, sets, status, tasks
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.tables import job_documents
from docproc.store.tables import jobs as job_table
from docproc.store.tables import tasks as table
from docproc.store.tasks import Key, Task

SET = QuestionSet("letters", "", (Question("sender", "Who wrote it?", "string"),))
LEASE = 60.0


@pytest.fixture
def job(database: Database) -> jobs.JobRef:
    return _job(database)


def _job(database: Database) -> jobs.JobRef:
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


def _claim(database: Database, job: jobs.JobRef, limit: int, worker: str = "here:1:aa") -> list[Task]:
    with database.write() as conn:
        return tasks.claim(conn, job.id, limit, LEASE, f"token of {worker}", worker)


def _finish(database: Database, task: Task, state: str = "answered", code: str | None = None) -> None:
    with database.write() as conn:
        assert tasks.finish(conn, task, state, code)
        tasks.count_tokens(conn, {task.id: (1000, 50)})
        tasks.wake_documents(conn, [Key(task.document_id, task.set_id, task.engine_id)])


def _set(database: Database, **values: object) -> None:
    with database.write() as conn:
        conn.execute(update(table).values(**values))


def test_nothing_is_told_of_an_empty_database(database: Database) -> None:
    with database.read() as conn:
        assert not [*status.queues(conn), *status.leases(conn), *status.done(conn, 60), *status.open_jobs(conn)]
        assert status.failures(conn, 3600) == {}
        assert status.quarantined(conn) == status.count_open(conn) == 0


def test_queues_tell_what_is_ready_and_what_is_in_hand(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 5)
    _claim(database, job, 2)
    with database.read() as conn:
        (row,) = status.queues(conn)
    assert (row.stage, row.engine, row.queue, row.ready, row.leased) == ("raster", "scripted", "inline", 3, 2)
    assert row.oldest is not None
    assert row.oldest >= 0


def test_a_queue_is_as_old_as_its_job_or_as_what_was_given_back(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    with database.write() as conn:
        conn.execute(update(job_table).values(created_at=now() - 500.0))
    with database.read() as conn:
        assert status.queues(conn)[0].oldest == pytest.approx(500, abs=30)
    _set(database, available_at=now() - 100.0)
    with database.read() as conn:
        assert status.queues(conn)[0].oldest == pytest.approx(100, abs=30)
    _set(database, available_at=now() + 100.0)
    with database.read() as conn:
        assert status.queues(conn)[0].oldest == 0.0


def test_a_queue_without_ready_tasks_has_no_age(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    _claim(database, job, 1)
    with database.read() as conn:
        assert [(row.ready, row.leased, row.oldest) for row in status.queues(conn)] == [(0, 1, None)]


def test_workers_are_told_with_what_they_hold(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 5)
    _claim(database, job, 2, "here:1:aa")
    _claim(database, job, 1, "there:2:bb")
    with database.read() as conn:
        held = status.leases(conn)
    assert [(row.worker, row.held) for row in held] == [("here:1:aa", 2), ("there:2:bb", 1)]
    assert all(0 < row.left <= LEASE for row in held)


def test_pages_of_the_last_minute_are_counted_and_documents_steps_are_not(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 2)
    for task in _claim(database, job, 2):
        _finish(database, task)
    (step,) = _claim(database, job, 1)
    assert step.number == 0
    _finish(database, step)
    with database.read() as conn:
        (row,) = status.done(conn, 60)
    assert (row.job_id, row.state, row.pages, row.tokens_in, row.tokens_out) == (job.id, "answered", 2, 2000, 100)
    _set(database, finished_at=now() - 61.0)
    with database.read() as conn:
        assert status.done(conn, 60) == []


def test_a_page_that_is_tried_again_was_not_finished(database: Database, job: jobs.JobRef) -> None:
    key = _document(database, job, 1)
    (page,) = _claim(database, job, 1)
    _finish(database, page, "failed", "render_error")
    with database.write() as conn:
        tasks.retry(conn, key, job.id)
    with database.read() as conn:
        assert status.done(conn, 60) == []
        assert status.failures(conn, 60) == {}


def test_failures_are_counted_by_code_and_time(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 4)
    for task, code in zip(
        _claim(database, job, 4), ["engine_error", "render_error", "engine_error", None], strict=True
    ):
        _finish(database, task, "failed", code)
    with database.read() as conn:
        assert status.failures(conn, 3600) == {"engine_error": 2, "render_error": 1, "unknown": 1}
    _set(database, finished_at=now() - 3601.0)
    with database.read() as conn:
        assert status.failures(conn, 3600) == {}


def test_a_page_that_its_workers_died_of_is_quarantined_and_failed_now(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 1)
    for crash in range(crashes.MAX_CRASHES):
        with database.write() as conn:
            assert tasks.claim(conn, job.id, 1, LEASE, f"t{crash}", "worker", alone=crash > 0)
            assert crashes.reap_workers(conn, ["worker"]).leases == 1
    with database.read() as conn:
        assert status.quarantined(conn) == 1
        assert status.failures(conn, 60) == {"worker_lost": 1}
        assert sum(row.pages for row in status.done(conn, 60)) == 1


def test_an_open_job_tells_its_documents_and_pages(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 2, "a")
    _document(database, job, 3, "b")
    _finish(database, _claim(database, job, 1)[0])
    with database.read() as conn:
        (row,) = status.open_jobs(conn)
    assert (row.id, row.set_name, row.engine, row.documents, row.succeeded) == (job.id, "letters", "scripted", 2, 0)
    assert (row.pages, row.left) == (5, 4)


def test_cancelled_documents_have_ended(database: Database, job: jobs.JobRef) -> None:
    _document(database, job, 2)
    with database.write() as conn:
        conn.execute(update(job_documents).values(state="done", status="cancelled"))
        conn.execute(update(table).values(state="cancelled", finished_at=now()))
    with database.read() as conn:
        (row,) = status.open_jobs(conn)
    assert (row.documents, row.cancelled, row.pages, row.left) == (1, 1, 2, 0)


def test_jobs_that_wait_for_the_same_pages_both_tell_them(database: Database, job: jobs.JobRef) -> None:
    other = _job(database)
    _document(database, job, 3)
    _document(database, other, 3)
    with database.read() as conn:
        assert [(row.id, row.pages, row.left) for row in status.open_jobs(conn)] == [(job.id, 3, 3), (other.id, 3, 3)]


def test_two_files_with_the_same_content_are_one_documents_pages(database: Database, job: jobs.JobRef) -> None:
    key = _document(database, job, 3)
    with database.write() as conn:
        jobs.add_document(conn, job.id, "/copy.pdf", key)
    with database.read() as conn:
        (row,) = status.open_jobs(conn)
    assert (row.documents, row.pages, row.left) == (2, 3, 3)


def test_an_ended_job_is_not_told(database: Database, job: jobs.JobRef) -> None:
    with database.write() as conn:
        conn.execute(update(job_table).values(state="succeeded", finished_at=now()))
    with database.read() as conn:
        assert status.open_jobs(conn) == []
        assert status.count_open(conn) == 0


def _fill(conn: Connection, job: jobs.JobRef, count: int, ended: int) -> None:
    """`count` documents of 100 pages; the first `ended` of them are finished, the latest of these an hour ago."""
    postgres = conn.dialect.name == "postgresql"

    def series(last: int) -> str:
        if postgres:
            return f"generate_series(1, {last}) AS s(i)"
        return (
            f"(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {last}) SELECT i FROM c) AS s"
        )

    name, no = ("lpad(s.i::text, 64, '0')", "false") if postgres else ("printf('%064d', s.i)", "0")
    common = f"{job.set_id}, {job.engine_id}, {job.id}"
    conn.execute(
        text(
            "INSERT INTO documents (sha256, media_type, bytes, page_count, message, repaired, warnings, meta, path, "
            "modified, created_at) "
            f"SELECT {name}, 'application/pdf', 1, 100, '', {no}, '[]', '{{}}', '/x', 0, 0 FROM {series(count)}"
        )
    )
    conn.execute(
        text(
            "INSERT INTO job_documents (set_id, engine_id, job_id, document_id, path, state, message) "
            f"SELECT {common}, id, sha256, CASE WHEN id <= {ended} THEN 'done' ELSE 'running' END, '' FROM documents"
        )
    )
    done = f"d.id <= {ended}"
    conn.execute(
        text(
            "INSERT INTO tasks (set_id, engine_id, job_id, document_id, number, stage, state, attempt, crashes, "
            "available_at, lease_until, worker, error_code, finished_at) "
            f"SELECT {common}, d.id, s.i, 'ask', CASE WHEN {done} AND s.i % 50 = 0 THEN 'failed' "
            f"WHEN {done} THEN 'answered' WHEN s.i = 1 THEN 'leased' ELSE 'ready' END, 1, 0, 0, "
            f"CASE WHEN NOT {done} AND s.i = 1 THEN 9e9 END, 'w', "
            f"CASE WHEN {done} AND s.i % 50 = 0 THEN 'render_error' END, CASE WHEN {done} THEN d.id END "
            f"FROM documents d, {series(100)}"
        )
    )


def _plans(database: Database, conn: Connection) -> list[str]:
    """The plans of every query that this module asks, a line each."""
    asked: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    status.queues(conn), status.leases(conn), status.open_jobs(conn)
    status.done(conn, 60), status.failures(conn, 3600), status.quarantined(conn), status.count_open(conn)
    event.remove(database.engine, "before_cursor_execute", note)
    postgres = conn.dialect.name == "postgresql"
    cursor = conn.connection.cursor()
    lines = []
    for statement, parameters in asked:
        cursor.execute(("EXPLAIN " if postgres else "EXPLAIN QUERY PLAN ") + statement, parameters)
        lines += [row[0] if postgres else row[3] for row in cursor.fetchall()]
    return lines


def _settle(database: Database) -> None:
    """What a server does by itself after a while. What earlier tests left in the indexes would change the plans."""
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("REINDEX TABLE tasks"))
            conn.execute(text("VACUUM"))
    with database.write() as conn:
        conn.execute(text("ANALYZE"))


def test_no_query_reads_what_was_finished_long_ago(database: Database, job: jobs.JobRef) -> None:
    with database.write() as conn:
        _fill(conn, job, 1000, 900)
    _settle(database)
    with database.read() as conn:
        lines = _plans(database, conn)
    whole = [
        line for line in lines if "Seq Scan on tasks" in line or (line.startswith("SCAN tasks") and "INDEX" not in line)
    ]
    assert not whole, lines
    for index in ("ix_tasks_ready", "ix_tasks_leased", "ix_tasks_unfinished", "ix_tasks_finished", "ix_tasks_failed"):
        assert any(index in line for line in lines), (index, lines)
    with database.read() as conn:
        (row,) = status.open_jobs(conn)
        (queue,) = status.queues(conn)
    assert (row.pages, row.left) == (100_000, 10_000)
    assert replace(queue, oldest=0.0) == status.QueueRow("ask", "scripted", "inline", 9_900, 100, 0.0)


def test_a_job_is_unattended_where_something_is_ready_and_nobody_has_anything_in_hand(
    database: Database, job: jobs.JobRef
) -> None:
    _document(database, job, 2)
    with database.read() as conn:
        assert status.unattended(conn, job.id) == ["raster"]
    (task,) = _claim(database, job, 1)
    with database.read() as conn:
        assert status.unattended(conn, job.id) == []
    _finish(database, task)
    with database.write() as conn:
        conn.execute(update(table).where(table.c.state == "ready").values(stage="ask"))
    with database.read() as conn:
        assert status.unattended(conn, job.id) == ["ask"]
