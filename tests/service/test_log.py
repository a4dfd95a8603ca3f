"""Log lines: one event a line, whatever stands in it; ids and codes only; nowhere unless asked for."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from docproc.core.questions import Question
from docproc.core.types import Answer
from docproc.service import log
from docproc.service.log import Form, Level, tell
from docproc.service.work.record import Record
from docproc.store.results import Outcome
from docproc.store.tasks import Task

EVIL = 'a"b\n2026-01-01 ERROR forged\r\x1b[31m\x00\x7f\u2028\u0085 total=12.50'


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    log.set_up("off", "info")


def _lines(form: Form, level: Level = "info") -> io.StringIO:
    stream = io.StringIO()
    log.set_up(form, level, stream)
    return stream


def test_an_event_is_one_json_object_with_its_ids() -> None:
    stream = _lines("json")
    tell("page_failed", document=7, page=3, task=99, attempt=2, code="render_timeout")
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line.pop("process") > 0
    assert line == {
        "level": "warning", "event": "page_failed",
        "document": 7, "page": 3, "task": 99, "attempt": 2, "code": "render_timeout",
    }  # fmt: skip


def test_an_event_as_text_is_one_line_with_names_and_values() -> None:
    stream = _lines("text")
    tell("job_finished", job=4, pages=10, failed=0, seconds=1.5)
    assert stream.getvalue().endswith("] job_finished job=4 pages=10 failed=0 seconds=1.5\n")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_can_forge_a_line_or_command_a_terminal(form: Form) -> None:
    stream = _lines(form)
    tell("job_submitted", job=1, engine=EVIL)
    said = stream.getvalue()
    assert said.count("\n") == 1
    assert said.endswith("\n")
    assert all(0x20 <= ord(sign) < 0x7F for sign in said[:-1])


def test_a_word_is_cut() -> None:
    stream = _lines("json")
    tell("job_submitted", engine="x" * 10_000)
    assert len(json.loads(stream.getvalue())["engine"]) == log.LONGEST


def test_what_is_no_field_is_not_written() -> None:
    stream = _lines("json", "debug")
    fields: Any = {"text": "Dear Sir"}  # mypy refuses it where it is written out
    tell("page_failed", page=1, **fields)
    assert "Dear" not in stream.getvalue()


def test_levels_are_kept() -> None:
    stream = _lines("text", "warning")
    tell("worker_started", worker="here:1:aa")
    tell("page_retried", page=1)
    assert stream.getvalue() == ""
    tell("lease_lost", page=1)
    assert "lease_lost" in stream.getvalue()
    stream = _lines("text", "debug")
    tell("page_retried", page=1, question="total", steps="closer (invalid)")
    assert 'steps="closer (invalid)"' in stream.getvalue()


def test_off_writes_nothing_and_takes_the_handler_away(capfd: pytest.CaptureFixture[str]) -> None:
    stream = _lines("json")
    log.set_up("off", "debug")
    tell("job_finished", job=1)
    assert stream.getvalue() == ""
    assert not logging.getLogger(log.LOGGER).handlers
    assert capfd.readouterr().err == ""


def test_set_up_twice_does_not_write_twice() -> None:
    _lines("json")
    stream = _lines("json")
    tell("job_finished", job=1)
    assert len(stream.getvalue().splitlines()) == 1


def test_a_line_that_nobody_vouched_for_is_written_from_a_warning_on() -> None:
    stream = _lines("json", "debug")
    other = logging.getLogger("docproc.engines.any")
    other.debug("the page says %s", "Dear Sir")
    other.info("the page says %s", "Dear Sir")
    assert stream.getvalue() == ""
    other.warning("the server does not tell log-probabilities\nat all")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["logger"]) == ("notice", "docproc.engines.any")


def test_an_errors_own_words_are_not_written() -> None:
    stream = _lines("json")
    try:
        raise ValueError("Dear Sir")
    except ValueError:
        logging.getLogger("docproc.any").exception("it broke")
    assert json.loads(stream.getvalue())["error"] == "ValueError"
    assert "Dear" not in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_retry_is_told_by_its_step_and_not_by_what_was_read(form: Form) -> None:
    stream = _lines(form, "debug")
    question = Question("sender", "Who wrote it?", "string")
    answer = Answer(1, question, "ok", "Anna Example", "by Anna", "Anna Example", steps=("closer (invalid)",))
    failed = Outcome(Task(2, 1, 2, 1, 1, 1, "t"), "failed", code="engine_error", error="cannot read Anna Example")
    answered = Outcome(Task(1, 1, 1, 1, 1, 1, "t"), "answered", answers=(answer,))
    lost = Outcome(Task(3, 1, 3, 1, 1, 1, "t"), "answered", answers=(answer,))
    Record().saved([answered, failed, lost], [answered, failed])
    said = stream.getvalue()
    assert [mark in said for mark in ("page_retried", "closer (invalid)", "page_failed", "lease_lost")] == [True] * 4
    assert "Anna" not in said
    assert "wrote" not in said


def test_other_libraries_are_left_alone() -> None:
    stream = _lines("json", "debug")
    before = logging.getLogger().handlers[:]
    logging.getLogger("httpx").debug("a request with a page in it")
    assert stream.getvalue() == ""
    assert logging.getLogger().handlers == before
