"""Metrics: Prometheus reads them, their labels are few, and they come from any process."""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from docproc.core.errors import EngineUnavailable, MissingExtra, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.service.metrics import Counters, host_and_port, metered, new_registry, serve, text
from docproc.service.work.claims import JobClaims
from docproc.service.work.record import Record
from docproc.store import documents, jobs, sets, tasks
from docproc.store.clock import now
from docproc.store.crashes import TakenBack
from docproc.store.database import Database, open_database
from docproc.store.documents import DocumentRow
from docproc.store.results import Outcome
from docproc.store.tables import tasks as task_table
from docproc.store.tasks import Key, Task

SET = QuestionSet("letters", "", (Question("sender", "Who wrote it?", "string"),))


def _samples(said: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(said)
        for sample in family.samples
    }


def _value(said: str, name: str, **labels: str) -> float:
    return _samples(said)[name, tuple(sorted(labels.items()))]


@pytest.fixture
def worked(database: Database) -> Database:
    """A database with a job of four pages: one answered, one failed, one in hand, one ready."""
    with database.write() as conn:
        set_id = sets.put_set(conn, SET)
        engine_id = sets.put_engine(conn, "scripted", "scripted:1")
        job_id = jobs.create(conn, set_id, engine_id)
        row = DocumentRow(0, "a" * 64, "application/pdf", 4, None, "", False, "/a.pdf", 1, 0.0)
        key = Key(documents.put(conn, row), set_id, engine_id)
        jobs.add_document(conn, job_id, row.path, key)
        tasks.plan(conn, key, 4, job_id)
        first, second, _ = tasks.claim(conn, job_id, 3, 60.0, "t", "here:1:aa")
        tasks.finish(conn, first, "answered")
        tasks.count_tokens(conn, {first.id: (1000, 50)})
        tasks.finish(conn, second, "failed", "render_error")
    return database


def test_the_database_tells_what_the_fleet_has_to_do(worked: Database) -> None:
    said = text(new_registry(worked))
    queue = {"stage": "raster", "engine": "scripted", "queue": "inline"}
    assert _value(said, "docproc_database_up") == 1
    assert _value(said, "docproc_tasks", state="ready", **queue) == 1
    assert _value(said, "docproc_tasks", state="leased", **queue) == 1
    assert _value(said, "docproc_oldest_ready_seconds", **queue) >= 0
    assert _value(said, "docproc_last_minute_pages", state="answered") == 1
    assert _value(said, "docproc_last_minute_tokens", direction="in") == 1000
    assert _value(said, "docproc_last_minute_failures", code="render_error") == 1
    assert _value(said, "docproc_quarantined_tasks") == 0
    assert _value(said, "docproc_leasing_workers") == 1
    assert _value(said, "docproc_open_jobs") == 1


def test_an_empty_database_has_figures_too(database: Database) -> None:
    said = text(new_registry(database))
    assert _value(said, "docproc_last_minute_pages", state="answered") == 0
    assert _value(said, "docproc_last_minute_failures", code="worker_lost") == 0


def test_no_label_has_a_value_that_a_document_or_a_person_chose(worked: Database) -> None:
    registry = new_registry(worked)
    Counters(registry)
    labels = {name for _, found in _samples(text(registry)) for name, _ in found}
    assert labels == {"stage", "state", "engine", "queue", "direction", "code", "version", "le"}
    assert "letters" not in text(registry)


def test_a_code_that_is_unknown_is_another(worked: Database) -> None:
    with worked.write() as conn:
        conn.exec_driver_sql("UPDATE tasks SET error_code = 'of its own' WHERE state = 'failed'")
    assert _value(text(new_registry(worked)), "docproc_last_minute_failures", code="other") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_away_is_told_and_the_scrape_goes_on(database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    with closing(open_database(database_url, patience=0.1)) as database:
        database.close()
        for file in path.parent.glob("docproc.db*"):
            file.unlink()
        path.mkdir()
        said = text(new_registry(database))
    assert _value(said, "docproc_database_up") == 0
    assert "docproc_tasks" not in said


def _outcome(
    number: int, state: str = "answered", code: str | None = None, tokens: tuple[int, int] | None = None
) -> Outcome:
    return Outcome(Task(number, 1, number, 1, 1, 1, "t"), state, tokens=tokens, code=code)


def test_a_worker_counts_what_it_did() -> None:
    registry = new_registry()
    record = Record(Counters(registry))
    outcomes = [_outcome(1, tokens=(100, 7)), _outcome(2, "failed", "render_error"), _outcome(3), _outcome(0)]
    record.saved(outcomes, [outcomes[0], outcomes[1], outcomes[3]])
    record.taken_back(TakenBack(2, (Task(9, 1, 9, 1, 1, 3, ""),)))
    record.taken_back(TakenBack())
    record.away("scripted", 1, 2.0)
    with pytest.raises(EngineUnavailable), record.stage("ask"):
        raise EngineUnavailable("away")
    said = text(registry)
    assert _value(said, "docproc_pages_total", state="answered") == 1
    assert _value(said, "docproc_pages_total", state="failed") == 1
    assert _value(said, "docproc_pages_total", state="blank") == 0
    assert _value(said, "docproc_tokens_total", direction="in") == 100
    assert _value(said, "docproc_tokens_total", direction="out") == 7
    assert _value(said, "docproc_fenced_commits_total") == 1
    assert _value(said, "docproc_lease_expiries_total") == 2
    assert _value(said, "docproc_quarantined_total") == 1
    assert _value(said, "docproc_engine_away_total") == 1
    assert _value(said, "docproc_stage_seconds_count", stage="ask") == 1
    assert _value(said, "docproc_stage_seconds_count", stage="render") == 0


def test_leases_that_ended_are_counted_where_they_are_taken_back(worked: Database) -> None:
    claims = JobClaims(1, "pymupdf")
    assert claims.tend(worked).leases == 0
    with worked.write() as conn:
        conn.execute(update(task_table).where(task_table.c.state == "leased").values(lease_until=now() - 1.0))
    assert claims.tend(worked).leases == 1


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtra, match=r"docproc\[metrics\]"):
        new_registry()


def test_metrics_are_answered_over_http(worked: Database) -> None:
    address, end = serve(new_registry(worked), "127.0.0.1:0")
    try:
        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            said = answer.read().decode()
    finally:
        end()
    assert _value(said, "docproc_open_jobs") == 1
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://{address}/metrics", timeout=10)


def test_processes_of_one_machine_share_a_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with metered(f"127.0.0.1:{port}") as meter:
            meter.ended("answered", 3)
            found = [said for one in range(port + 1, port + 16) if (said := _asked(one))]
    assert any(_value(said, "docproc_pages_total", state="answered") == 3 for said in found)


def _asked(port: int) -> str:
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match=address):
            serve(new_registry(), address)


def test_an_address_without_a_host_is_of_this_machine_alone() -> None:
    assert host_and_port("9464") == ("127.0.0.1", 9464)
    assert host_and_port(":9464") == ("127.0.0.1", 9464)
    assert host_and_port("0.0.0.0:9464") == ("0.0.0.0", 9464)
    assert host_and_port("[::1]:9464") == ("::1", 9464)


@pytest.mark.parametrize("address", ["", "here", "here:", "here:port", "here:70000", "here:-1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        host_and_port(address)


def test_an_answers_value_is_in_no_metric() -> None:
    registry = new_registry()
    question = Question("sender", "Who wrote it?", "string")
    answer = Answer(1, question, "ok", "Anna Example", steps=("closer (invalid)",))
    outcome = Outcome(Task(1, 1, 1, 1, 1, 1, "t"), "answered", answers=(answer,))
    Record(Counters(registry)).saved([outcome], [outcome])
    assert "Anna" not in text(registry)
