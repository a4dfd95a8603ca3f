"""What can be seen from outside: logs without page text, status, metrics."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest

from tests.e2e.conftest import Shell, make_pdf, script

TEXT = "Dear Sir, the total of 12.50 EUR is due. Yours, Anna Example, Example Street 1, Exampletown"
RULES: list[dict[str, Any]] = [
    {"key": "sender", "value": "Anna Example", "quote": "Anna Example"},
    {"key": "total", "text": "twelve fifty, says Anna Exampletown"},  # no value of its type
    {"page": 2, "error": "page"},
]


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in a minute"
        time.sleep(0.05)


@pytest.mark.parametrize("form", ["json", "text"])
def test_neither_a_pages_text_nor_an_answer_reaches_the_log(shell: Shell, form: str) -> None:
    make_pdf(shell.folder / "secret name.pdf", [TEXT, TEXT, TEXT])
    script(shell, RULES)
    shell.settings |= {"DOCPROC_LOG": form, "DOCPROC_LOG_LEVEL": "debug"}
    done = shell("run", "secret name.pdf", "-q", "letters", "--json")
    assert done.code == 2
    assert "Anna" in done.out
    marks = ("job_submitted", "page_failed", "job_finished", "worker_started", "worker_stopped")
    lines = [line for line in done.err.splitlines() if any(mark in line for mark in marks)]
    assert {mark for mark in marks if any(mark in line for line in lines)} == set(marks)
    told = "\n".join(lines)
    for word in ("Anna", "Exampletown", "12.50", "twelve", "Dear", "secret"):
        assert word not in told, word


def test_log_lines_name_job_document_and_page(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT, TEXT])
    script(shell, RULES)
    shell.settings["DOCPROC_LOG"] = "json"
    done = shell("run", "a.pdf", "-q", "letters", "--json")
    events = {line["event"]: line for line in map(json.loads, [e for e in done.err.splitlines() if e[:1] == "{"])}
    submitted, failed, finished = (events[name] for name in ("job_submitted", "page_failed", "job_finished"))
    assert (submitted["job"], submitted["question_set"], submitted["engine"]) == (1, "letters", "scripted")
    assert (failed["document"], failed["page"], failed["code"], failed["level"]) == (1, 2, "engine_error", "warning")
    assert shell.rows(f"select file from document_list where id = {failed['document']}") == [{"file": "a.pdf"}]
    assert (finished["job"], finished["pages"], finished["failed"]) == (1, 2, 1)


def test_without_a_setting_nothing_is_logged(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT])
    done = shell("run", "a.pdf", "-q", "letters", "--json")
    assert "job_" not in done.err


def test_a_level_that_is_none_is_named(shell: Shell) -> None:
    shell.settings["DOCPROC_LOG_LEVEL"] = "loud"
    done = shell("run", ".", "-q", "letters")
    assert done.code == 1
    assert "DOCPROC_LOG_LEVEL" in done.err


def test_status_of_nothing_says_so(shell: Shell) -> None:
    done = shell("status")
    assert done.code == 0, done.err
    assert "jobs: none" in done.out
    (line,) = shell("status", "--json").lines
    assert line["jobs"] == line["queues"] == line["workers"] == []
    assert line["rate"] == 0


def test_a_running_job_is_seen_from_another_process(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT] * 40)
    script(shell, [{"key": "sender", "value": "Anna", "delay": 0.5}])
    shell.settings |= {"DOCPROC_SCRIPTED_LANES": "1", "DOCPROC_SCRIPTED_BATCH": "1"}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell.settings["DOCPROC_METRICS"] = f"127.0.0.1:{port}"
    with shell.start("run", "a.pdf", "-q", "letters") as running:
        try:
            _until(lambda: any(job["rate"] for job in shell("status", "--json").lines[0]["jobs"]))
            (line,) = shell("status", "--json").lines
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                counted = answer.read().decode()
            drawn, printed = shell("status").out, shell("metrics").out
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)
    (job,) = line["jobs"]
    assert (job["question_set"], job["pages"]) == ("letters", 40)
    assert 0 < job["pages_ended"] < 40
    assert job["eta"] > 0
    assert [(worker["held"] > 0) for worker in line["workers"]] == [True]
    assert "letters" in drawn
    assert 'docproc_pages_total{state="answered"}' in counted
    assert 'docproc_stage_seconds_count{stage="commit"}' in counted
    assert "docproc_open_jobs 1.0" in printed
    assert "Anna" not in counted + drawn + printed


def test_a_watch_goes_on_until_it_is_interrupted(shell: Shell) -> None:
    assert shell("status").code == 0
    with shell.start("status", "--watch", "--json") as watching:
        assert watching.stdout is not None
        looks = [json.loads(watching.stdout.readline()) for _ in range(2)]
        watching.send_signal(signal.SIGINT)
        assert ended(watching) == 0
    assert [look["jobs"] for look in looks] == [[], []]


def test_metrics_are_served_until_it_is_interrupted(shell: Shell) -> None:
    with shell.start("metrics", "--serve", "127.0.0.1:0") as serving:
        assert serving.stderr is not None
        address = serving.stderr.readline().split()[-1]
        with urlopen(address, timeout=10) as answer:
            assert "docproc_database_up 1.0" in answer.read().decode()
        serving.send_signal(signal.SIGINT)
        assert ended(serving) == 0


def test_an_address_that_is_none_is_a_wrong_usage(shell: Shell) -> None:
    done = shell("metrics", "--serve", "nowhere")
    assert done.code == 1
    assert "HOST:PORT" in done.err


def ended(process: subprocess.Popen[str]) -> int:
    """The exit code of a process that has been told to end; one that does not is killed, and fails its test."""
    try:
        return process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
