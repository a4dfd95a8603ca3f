"""A fleet as people run one: Celery workers, Redis and PostgreSQL, each a process of its own, and what it survives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import psycopg
import pytest

from tests.e2e.conftest import ROOT, Shell, make_pdf, script
from tests.servers_redis import Redis, redis_server

pytestmark = pytest.mark.postgres
TEXT = "A letter about the harbour, with enough words to be more than nothing. Total 12.50"


class Fleet:
    """Workers of one shell, by the names of their queues."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.logs = shell.folder / "logs"
        self.logs.mkdir()
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, queues: str) -> subprocess.Popen[bytes]:
        name = f"{queues.replace(',', '-')}-{len(self._running)}"
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queues, "-n", f"{name}@%h"]
        quiet = ["-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        with (self.logs / name).open("wb") as log:
            worker = subprocess.Popen(
                [*command, *quiet],
                cwd=ROOT,
                env={**self.shell.environment, "TMPDIR": str(self.logs)},
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that a SIGKILL reaches its children too
            )
        self._running.append(worker)
        return worker

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        with psycopg.connect(self.shell.settings["DOCPROC_DATABASE_URL"]) as conn:
            row = conn.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As the kernel does where memory ends: no warning, parent and children."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def close(self) -> None:
        for worker in self._running:
            if worker.poll() is None:
                children = psutil.Process(worker.pid).children(recursive=True)
                self.kill(worker)
                for child in children:
                    with suppress(psutil.NoSuchProcess):
                        child.kill()
                psutil.wait_procs(children, timeout=10)

    def said(self) -> str:
        """The workers' logs, for a test that failed."""
        return "\n".join(
            f"== {log.name}\n{log.read_text('utf-8', 'replace')}" for log in sorted(self.logs.glob("*-[0-9]"))
        )


@pytest.fixture
def redis() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


@pytest.fixture
def fleet(shell: Shell, redis: Redis, postgres_url: str) -> Iterator[Fleet]:
    """A fleet without workers, on PostgreSQL and a Redis of its own."""
    shell.settings |= {"DOCPROC_DATABASE_URL": postgres_url, "DOCPROC_REDIS_URL": redis.url, "DOCPROC_QUEUE": "celery"}
    fleet = Fleet(shell)
    try:
        yield fleet
    finally:
        fleet.close()
        sys.stderr.write(fleet.said())  # shown where a test failed


def letters(shell: Shell, files: int, pages: int, folder: str = "in") -> None:
    for number in range(files):
        texts = [f"{TEXT} {folder} {number} {page}" for page in range(pages)]
        make_pdf(shell.folder / folder / f"{number}.pdf", texts)


def wait_for(met: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not come to it in time"
        time.sleep(0.2)


def test_what_is_submitted_is_answered_exactly_once(fleet: Fleet) -> None:
    shell = fleet.shell
    letters(shell, files=6, pages=10)
    fleet.start("gpu")
    fleet.start("raster,io")
    run = shell("run", "in", "-q", "letters", "--json")
    assert run.code == 0, run.err
    assert [line["pages"]["answered"] for line in run.lines] == [10] * 6
    assert done(fleet)
    assert_once(fleet, pages=60)


def test_killed_workers_lose_nothing_and_double_nothing(fleet: Fleet) -> None:
    shell = fleet.shell
    letters(shell, files=6, pages=10)
    slow(shell)
    submitted = shell("run", "in", "-q", "letters", "--no-wait")
    assert submitted.code == 0, submitted.err
    shutil.rmtree(shell.folder / "in")  # the workers have the files from the common store
    asking = fleet.start("gpu")
    fleet.start("raster,io")
    wait_for(lambda: 5 < answered(fleet) < 60)
    fleet.kill(asking)
    fleet.start("gpu")
    wait_for(lambda: done(fleet))
    assert_once(fleet, pages=60)


def test_a_redis_that_is_killed_and_comes_back_empty_stops_nothing(fleet: Fleet, redis: Redis) -> None:
    shell = fleet.shell
    letters(shell, files=6, pages=10)
    slow(shell)
    fleet.start("gpu")
    fleet.start("raster,io")
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    wait_for(lambda: 5 < answered(fleet) < 60)
    redis.kill()
    letters(shell, files=2, pages=10, folder="more")
    more = shell("run", "more", "-q", "letters", "--no-wait")  # nobody can be woken: that is no reason to fail
    assert more.code == 0, more.err
    redis.start()
    wait_for(lambda: answered(fleet) == 80 and done(fleet))
    assert_once(fleet, pages=80)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGQUIT])
def test_a_worker_that_is_told_to_stop_gives_back_what_it_has(fleet: Fleet, sign: signal.Signals) -> None:
    shell = fleet.shell
    letters(shell, files=2, pages=15)
    slow(shell)
    asking = fleet.start("gpu")
    fleet.start("raster,io")
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    wait_for(lambda: 2 < answered(fleet) < 30)
    asking.send_signal(sign)
    asking.wait(30)
    assert fleet.number("SELECT count(*) FROM tasks WHERE state = 'leased' AND stage = 'ask'") == 0
    assert answered(fleet) < 30
    fleet.start("gpu")
    wait_for(lambda: done(fleet))
    assert_once(fleet, pages=30)


def slow(shell: Shell) -> None:
    """Answers that take long enough to be interrupted."""
    script(shell, [{"key": "sender", "value": "Anna Example", "delay": 0.1}, {"key": "total", "value": 12.5}])
    shell.settings |= {"DOCPROC_SCRIPTED_LANES": "1", "DOCPROC_SCRIPTED_BATCH": "2"}


def answered(fleet: Fleet) -> int:
    """Pages that are done."""
    return fleet.number("SELECT count(*) FROM tasks WHERE number > 0 AND state = 'answered'")


def done(fleet: Fleet) -> bool:
    """Whether every job has ended well."""
    return fleet.number("SELECT count(*) FROM jobs WHERE state != 'succeeded'") == 0


def assert_once(fleet: Fleet, pages: int) -> None:
    """Each page, and each document, has one answer to each of the two questions; nothing waits or is in hand."""
    documents = fleet.number("SELECT count(*) FROM documents")
    assert fleet.number("SELECT count(*) FROM answers WHERE number > 0") == 2 * pages
    assert fleet.number("SELECT count(*) FROM answers WHERE number = 0") == 2 * documents
    assert fleet.number("SELECT count(*) FROM current_answers") == 2 * (pages + documents)
    assert fleet.number("SELECT count(*) FROM tasks WHERE state != 'answered'") == 0
    assert fleet.number("SELECT count(*) FROM job_documents WHERE status != 'succeeded'") == 0
