"""`docproc work`: what was submitted is done by a process of its own, whatever happens to it, on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pymupdf
import pytest

from docproc import wiring
from docproc.queues.local import LocalQueue
from docproc.service.parts import Parts
from docproc.service.submit import File, Order, keep, submit
from docproc.store import states
from tests.e2e.conftest import Shell, make_pdf, script

TEXT = "A letter about the harbour, with enough words to be more than nothing. Total 12.50"
PAGES = "select count(*) as n from answers_flat where page > 0 and key = 'total'"


@pytest.fixture
def parts(shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """Parts of the shell's settings, on a database of each kind."""
    script(shell, [{"key": "sender", "value": "Anna Example", "delay": 0.05}, {"key": "total", "value": 12.5}])
    shell.settings |= {"DOCPROC_DATABASE_URL": database_url, "DOCPROC_SCRIPTED_LANES": "1"}
    for name, value in shell.environment.items():
        if name.startswith("DOCPROC_"):
            monkeypatch.setenv(name, value)
    parts = wiring.assembled()
    with closing(parts.database):
        yield parts


def letters(parts: Parts, folder: Path, count: int, pages: int = 1) -> list[File]:
    return [
        keep(parts, make_pdf(folder / f"{number}.pdf", [f"{TEXT} {number} {page}" for page in range(pages)]))
        for number in range(count)
    ]


def order(parts: Parts, files: list[File], **more: object) -> int:
    return submit(parts, LocalQueue(), Order("letters", **more), files).job_id  # type: ignore[arg-type] # as the test says


def state(parts: Parts, job: int) -> str:
    with parts.database.read() as conn:
        return str(states.state_of(conn, job))


def wait_for(met: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not come to it in time"
        time.sleep(0.1)


@contextmanager
def working(shell: Shell, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A resident worker; killed in the end where it still runs, with its children."""
    worker = shell.start("work", *options)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            parent = psutil.Process(worker.pid)
            for process in [*parent.children(recursive=True), parent]:
                process.kill()
        worker.communicate()


def test_a_job_that_was_submitted_is_done(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    files = letters(parts, tmp_path / "in", 3, pages=2)
    bad = tmp_path / "in" / "no.pdf"
    bad.write_text("<html>")
    job = order(parts, [*files, keep(parts, bad)])
    assert state(parts, job) == "queued"
    done = shell("work", "--once")
    assert done.code == 0, done.err
    assert state(parts, job) == "partial"
    rows = shell.rows(f"select path, outcome, message from job_files where job = {job} order by path")
    assert [(row["path"], row["outcome"]) for row in rows] == [
        ("0.pdf", "ok"),
        ("1.pdf", "ok"),
        ("2.pdf", "ok"),
        ("no.pdf", "rejected:not_a_pdf"),
    ]
    assert rows[3]["message"].startswith("no.pdf: ")
    assert shell.rows(PAGES) == [{"n": 6}]
    assert {row["path"] for row in shell.rows("select path from document_list")} == {row["path"] for row in rows}
    assert shell("work", "--once").code == 0


def test_the_same_content_under_two_names_is_asked_once(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    (file,) = letters(parts, tmp_path / "in", 1)
    job = order(parts, [file, file])
    assert shell("work", "--once").code == 0
    rows = shell.rows(f"select path, outcome from job_files where job = {job} order by path")
    assert [(row["path"], row["outcome"]) for row in rows] == [("0 (2).pdf", "ok"), ("0.pdf", "ok")]
    assert shell.rows(PAGES) == [{"n": 1}]


def test_a_killed_worker_loses_nothing_and_doubles_nothing(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    job = order(parts, letters(parts, tmp_path / "in", 20, pages=3))
    for pause in (1.5, 2.0):
        with working(shell) as worker:
            time.sleep(pause)
            os.kill(worker.pid, signal.SIGKILL)
    done = shell("work", "--once")
    assert done.code == 0, done.err
    assert state(parts, job) == "succeeded"
    assert shell.rows(PAGES) == [{"n": 60}]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_end_gives_back_what_it_has(
    shell: Shell, parts: Parts, tmp_path: Path, sign: signal.Signals
) -> None:
    job = order(parts, letters(parts, tmp_path / "in", 20, pages=3))
    with working(shell) as worker:
        wait_for(lambda: state(parts, job) == "running")
        worker.send_signal(sign)
        assert worker.wait(30) == 0
    assert shell("work", "--once").code == 0
    assert state(parts, job) == "succeeded"
    assert shell.rows(PAGES) == [{"n": 60}]


def test_a_worker_finds_what_is_submitted_while_it_waits(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    with working(shell):
        time.sleep(1.0)
        for number in range(3):
            job = order(parts, letters(parts, tmp_path / f"in{number}", 2))
            wait_for(lambda job=job: state(parts, job) == "succeeded")  # type: ignore[misc] # bound for this round


def test_jobs_that_are_submitted_all_at_once_are_all_done(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    (file,) = letters(parts, tmp_path / "in", 1)
    with working(shell):
        threads = [threading.Thread(target=order, args=(parts, [file])) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        succeeded = "select count(*) as n from job_list where state = 'succeeded'"
        wait_for(lambda: shell.rows(succeeded) == [{"n": 12}])
    assert shell.rows(PAGES) == [{"n": 1}]


def test_an_engine_that_is_not_to_be_asked_here_is_left_to_others(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    job = order(parts, letters(parts, tmp_path / "in", 2))
    done = shell("work", "--once", "--engine", "ocr")
    assert done.code == 0
    assert "only ocr may be" in done.err
    assert state(parts, job) == "running"
    assert shell("work", "--once").code == 0
    assert state(parts, job) == "succeeded"


def test_a_refused_file_is_tried_again_with_its_job(shell: Shell, parts: Parts, tmp_path: Path) -> None:
    (good,) = letters(parts, tmp_path / "in", 1)
    locked = tmp_path / "locked.pdf"
    with pymupdf.open(tmp_path / "in" / "0.pdf") as document:
        document.save(locked, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="open sesame", owner_pw="x")
    job = order(parts, [good, keep(parts, locked)])
    locked.unlink()
    assert shell("work", "--once").code == 0
    outcomes = f"select outcome from job_files where job = {job} order by path"
    assert shell.rows(outcomes) == [{"outcome": "ok"}, {"outcome": "rejected:encrypted"}]
    shell.settings["DOCPROC_PASSWORD"] = "open sesame"
    again = shell("retry", str(job), "--json")
    assert again.code == 0, again.err
    assert [(line["path"], line["outcome"]) for line in again.lines] == [("locked.pdf", "ok")]
    assert state(parts, job) == "succeeded"
    assert shell.rows(outcomes) == [{"outcome": "ok"}, {"outcome": "ok"}]


HANDS = """
import sys, time
from contextlib import closing
from docproc import wiring
from docproc.service.hands import hands
with wiring.opened() as parts, closing(parts.queue("local")) as queue, hands(parts, queue):
    print("up", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_hands_work_while_their_face_runs_and_end_with_it(
    shell: Shell, parts: Parts, tmp_path: Path, killed: bool
) -> None:
    job = order(parts, letters(parts, tmp_path / "in", 2))
    face = subprocess.Popen(
        [sys.executable, "-c", HANDS],
        cwd=tmp_path,
        env=shell.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert face.stdin is not None
    wait_for(lambda: state(parts, job) == "succeeded")
    children = psutil.Process(face.pid).children(recursive=True)
    assert children
    worker = min(children, key=lambda child: child.create_time())
    worker.kill()
    wait_for(lambda: any(child.pid != worker.pid for child in psutil.Process(face.pid).children()), 20)
    another = order(parts, letters(parts, tmp_path / "more", 2))
    wait_for(lambda: state(parts, another) == "succeeded")
    children = psutil.Process(face.pid).children(recursive=True)
    if killed:
        face.kill()
    face.communicate("")
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
