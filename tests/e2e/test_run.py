"""`docproc run` from files to SQL, with the scripted engine."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import LETTERS, Shell, make_pdf, script

TEXT = "Dear Sir, the total of 12.50 EUR is due. Yours, Anna Example, Example Street 1, Exampletown"


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in a minute"
        time.sleep(0.05)


def test_answers_of_a_folder_land_in_sql(shell: Shell) -> None:
    make_pdf(shell.folder / "in" / "a.pdf", [TEXT])
    make_pdf(shell.folder / "in" / "b.pdf", [TEXT, TEXT + " again"])
    script(shell, [{"key": "sender", "value": "Anna Example"}, {"key": "total", "value": "12.50 EUR"}])
    done = shell("run", "in", "-q", "letters", "--json")
    assert done.code == 0, done.err
    lines = {Path(line["path"]).name: line for line in done.lines}
    assert lines["b.pdf"]["outcome"] == "ok"
    assert lines["b.pdf"]["status"] == "succeeded"
    assert lines["b.pdf"]["pages"] == {"total": 2, "answered": 2, "blank": 0, "failed": 0, "cancelled": 0}
    total = lines["a.pdf"]["answers"]["total"]
    assert (total["value"], total["currency"], total["status"], total["page"]) == (12.5, "EUR", "ok", 1)
    assert total["boxes"], "the value stands on the page, so there is a box"
    rows = shell.rows("select sender, total, total_currency from letters order by document")
    assert rows == [{"sender": "Anna Example", "total": 12.5, "total_currency": "EUR"}] * 2
    assert len(shell.rows("select * from letters_pages")) == 3


def test_the_first_line_says_which_set_and_engine_and_why(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT])
    first = shell("run", "a.pdf", "-q", "letters").err.splitlines()[0]
    assert "'letters'" in first
    assert "'scripted' (as DOCPROC_ENGINE says)" in first


def test_what_was_asked_is_not_asked_again(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT, TEXT])
    assert shell("run", "a.pdf", "-q", "letters").code == 0
    before = shell.rows("select * from answers_flat order by page, key")
    done = shell("run", "a.pdf", "-q", "letters", "--json")
    assert done.lines[0]["pages"]["answered"] == 2
    assert shell.rows("select * from answers_flat order by page, key") == before


def test_a_new_question_is_asked_alone(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT])
    assert shell("run", "a.pdf", "-q", "letters").code == 0
    before = shell.rows("select key, answer, created from answers_flat where page = 1 order by key")
    more = LETTERS + "  - {key: city, ask: Where was it written?, type: string}\n"
    (shell.folder / "sets" / "letters.yaml").write_text(more)
    assert shell("run", "a.pdf", "-q", "letters").code == 0
    after = shell.rows("select key, answer, created from answers_flat where page = 1 order by key")
    assert [row["key"] for row in after] == ["city", "sender", "total"]
    assert after[1:] == before


def test_two_files_with_the_same_bytes_are_asked_once(shell: Shell) -> None:
    first = make_pdf(shell.folder / "in" / "a.pdf", [TEXT])
    (shell.folder / "in" / "b.pdf").write_bytes(first.read_bytes())
    done = shell("run", "in", "-q", "letters", "--json")
    assert len(done.lines) == 2
    assert len({line["document"] for line in done.lines}) == 1
    assert len(shell.rows("select * from letters")) == 1


def test_a_broken_file_does_not_stop_the_others(shell: Shell) -> None:
    make_pdf(shell.folder / "in" / "good.pdf", [TEXT])
    (shell.folder / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 and no more")
    (shell.folder / "in" / "empty.pdf").write_bytes(b"")
    (shell.folder / "in" / "page.pdf").write_text("<html><body>Hello</body></html>")
    done = shell("run", "in", "-q", "letters", "--json")
    assert done.code == 2
    outcomes = {Path(line["path"]).name: (line["outcome"], line["status"]) for line in done.lines}
    assert outcomes == {
        "good.pdf": ("ok", "succeeded"),
        "bad.pdf": ("rejected:corrupt", "failed"),
        "empty.pdf": ("rejected:empty_file", "failed"),
        "page.pdf": ("rejected:not_a_pdf", "failed"),
    }


def test_when_nothing_succeeds_the_exit_code_is_three(shell: Shell) -> None:
    (shell.folder / "empty.pdf").write_bytes(b"")
    assert shell("run", "empty.pdf", "-q", "letters").code == 3


def test_a_blank_page_is_counted_and_not_asked(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT, ""])
    (line,) = shell("run", "a.pdf", "-q", "letters", "--json").lines
    assert line["pages"] == {"total": 2, "answered": 1, "blank": 1, "failed": 0, "cancelled": 0}
    assert {row["page"] for row in shell.rows("select page from answers_flat where page > 0")} == {1}


def test_a_failed_page_leaves_a_partial_document(shell: Shell) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT, TEXT, TEXT])
    script(shell, [{"page": 2, "error": "page"}, {"key": "sender", "value": "Anna Example"}])
    done = shell("run", "a.pdf", "-q", "letters", "--json")
    (line,) = done.lines
    assert (done.code, line["outcome"], line["status"]) == (2, "ok:partial", "partial")
    assert line["pages"]["failed"] == 1
    assert "page 2" in line["message"]
    rows = shell.rows("select page, status, sender from letters_pages order by page")
    assert [row["status"] for row in rows] == ["answered", "failed", "answered"]
    assert rows[1]["sender"] is None


def test_retry_takes_the_refused_files_again_and_leaves_the_rest_alone(shell: Shell) -> None:
    make_pdf(shell.folder / "in" / "good.pdf", [TEXT])
    (shell.folder / "in" / "late.pdf").write_bytes(b"")
    assert shell("run", "in", "-q", "letters").code == 2
    before = shell.rows("select * from answers_flat")
    make_pdf(shell.folder / "in" / "late.pdf", [TEXT, TEXT])
    done = shell("retry", "1", "--json")
    assert done.code == 0, done.err
    assert {Path(line["path"]).name for line in done.lines} >= {"late.pdf"}
    after = shell.rows("select * from answers_flat")
    assert len(after) > len(before)
    assert [row for row in after if row in before] == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("run", "nothing.pdf"), "nothing.pdf"),
        (("run", "a.pdf", "-q", "no_such_set"), "no_such_set"),
        (("run", "a.pdf", "--engine", "no_such_engine"), "no_such_engine"),
        (("run", "a.pdf", "--no-such-option"), "no-such-option"),
        (("show", "nothing.pdf"), "nothing.pdf"),
        (("retry", "4711"), "4711"),
    ],
)
def test_a_usage_error_names_what_is_wrong_and_exits_with_one(
    shell: Shell, arguments: tuple[str, ...], word: str
) -> None:
    make_pdf(shell.folder / "a.pdf", [TEXT])
    done = shell(*arguments)
    assert done.code == 1
    assert word in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_goes_on_where_it_was(shell: Shell, kill: signal.Signals) -> None:
    make_pdf(shell.folder / "a.pdf", [f"{TEXT} {number}" for number in range(60)])
    script(shell, [{"key": "sender", "value": "Anna Example", "delay": 0.3}])
    shell.settings |= {"DOCPROC_SCRIPTED_LANES": "1", "DOCPROC_SCRIPTED_BATCH": "1"}
    running = shell.start("run", "a.pdf", "-q", "letters")
    flat = "select page, key, answer, created from answers_flat where page > 0 order by page, key"
    _wait((shell.folder / "home" / "docproc.db").exists)
    time.sleep(1.0)
    _wait(lambda: len(shell.rows("select * from document_list")) > 0 and len(shell.rows(flat)) > 10)
    running.send_signal(kill)
    running.communicate(timeout=60)
    assert running.returncode == (130 if kill == signal.SIGINT else -signal.SIGKILL)
    before = shell.rows(flat)
    assert 10 < len(before) < 120
    shell.settings["DOCPROC_SCRIPTED_LANES"] = "8"
    (line,) = shell("run", "a.pdf", "-q", "letters", "--json").lines
    assert line["pages"]["answered"] == 60
    after = shell.rows(flat)
    assert len(after) == 120
    assert [row for row in after if row in before] == before, "what was answered before was not asked again"
