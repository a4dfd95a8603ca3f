"""docproc watch as people run it: a process, a folder, and what lies where afterwards."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.e2e.conftest import Shell, make_pdf

QUICK = ("-q", "letters", "--settle", "0.3")


def drop(shell: Shell, name: str, pages: int = 1) -> Path:
    return make_pdf(shell.folder / "in" / name, [f"{name} page {number}" for number in range(1, pages + 1)])


def there(shell: Shell, folder: str) -> set[str]:
    root = shell.folder / folder
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.name[0] != "."}


def until(met: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come to it in {seconds:.0f} s")
        time.sleep(0.1)


@contextmanager
def watching(shell: Shell, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A watch that is listening; told to end in the end, if nobody has."""
    (shell.folder / "in").mkdir(exist_ok=True)
    process = shell.start("watch", "in", *QUICK, *arguments)
    try:
        until((shell.folder / "in.processing" / ".docproc-watch.json").exists)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def ended(shell: Shell) -> float:
    """When a task ended last."""
    with closing(sqlite3.connect(shell.folder / "home" / "docproc.db")) as conn:
        return float(conn.execute("SELECT max(finished_at) FROM tasks WHERE number = 2").fetchone()[0])


def test_once_handles_what_is_there_and_ends_with_the_codes_of_run(shell: Shell) -> None:
    drop(shell, "a.pdf")
    drop(shell, "document/b.pdf", pages=2)
    (shell.folder / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 and no more")
    done = shell("watch", "in", *QUICK, "--once", "--json")
    assert done.code == 2, done.err
    lines = {line["file"]: line for line in done.lines}
    assert lines["document/b.pdf"]["question_set"] == "document"
    assert (lines["bad.pdf"]["status"], lines["bad.pdf"]["code"]) == ("failed", "corrupt")
    assert there(shell, "in.done") == {"a.pdf", "document/b.pdf"}
    assert there(shell, "in.failed") == {"bad.pdf", "bad.pdf.reason.json"}
    assert shell("show", "a.pdf", "--json").code == 0
    assert shell.rows("SELECT path FROM document_list WHERE file = 'a.pdf'") == [
        {"path": str(shell.folder / "in.done" / "a.pdf")}
    ]
    image = shell("show", "a.pdf", "--page", "1", "--image", "page.png")
    assert image.code == 0, image.err
    again = shell("watch", "in", *QUICK, "--once")
    assert (again.code, again.out) == (0, "")


def test_once_says_with_its_code_that_nothing_succeeded(shell: Shell) -> None:
    (shell.folder / "in").mkdir()
    (shell.folder / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 and no more")
    assert shell("watch", "in", *QUICK, "--once").code == 3
    assert shell("watch", "nothing", "--once").code == 1


def test_what_comes_while_it_watches_is_taken_when_it_is_whole(shell: Shell) -> None:
    source = drop(shell, "whole.pdf", pages=3).rename(shell.folder / "whole.pdf").read_bytes()
    elsewhere = make_pdf(shell.folder / "elsewhere.pdf", ["elsewhere"])
    written = threading.Event()

    def grow(path: Path) -> None:
        with path.open("wb", buffering=0) as file:
            for first in range(0, len(source), len(source) // 10 + 1):
                file.write(source[first : first + len(source) // 10 + 1])
                time.sleep(0.1)
        written.set()

    with watching(shell) as process:
        writer = threading.Thread(target=grow, args=(shell.folder / "in" / "slow.pdf",))
        writer.start()
        elsewhere.rename(shell.folder / "in" / "elsewhere.pdf")
        until(lambda: there(shell, "in.done") >= {"slow.pdf", "elsewhere.pdf"})
        writer.join()
        assert written.is_set()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert (shell.folder / "in.done" / "slow.pdf").read_bytes() == source
    assert shell.rows("SELECT pages FROM document_list WHERE file = 'slow.pdf'") == [{"pages": 3}]
    assert there(shell, "in.failed") == set()


def test_sigterm_ends_it_cleanly_and_the_next_start_goes_on(shell: Shell) -> None:
    with watching(shell, "--no-work") as process:
        drop(shell, "a.pdf")
        until(lambda: there(shell, "in.processing") == {"a.pdf"})
        process.terminate()
        assert process.wait(60) == 0
    done = shell("watch", "in", *QUICK, "--once", "--poll")
    assert (done.code, there(shell, "in.done")) == (0, {"a.pdf"}), done.err


def test_a_second_watch_is_told_who_does(shell: Shell) -> None:
    with watching(shell, "--no-work") as process:
        second = shell("watch", "in", *QUICK, "--once", "--no-work")
        assert second.code == 1
        assert f"process {process.pid}" in second.err


def test_a_failed_document_is_tried_again_when_it_is_dropped_again(shell: Shell) -> None:
    rules = shell.folder / "script.json"
    rules.write_text(json.dumps({"rules": [{"page": 2, "error": "page"}]}))
    shell.settings["DOCPROC_SCRIPTED_SCRIPT"] = str(rules)
    drop(shell, "a.pdf", pages=2)
    failed = shell("watch", "in", *QUICK, "--once")
    assert failed.code == 2, failed.err
    reason = json.loads((shell.folder / "in.failed" / "a.pdf.reason.json").read_text())
    assert (reason["status"], reason["code"]) == ("partial", "engine_error")
    (shell.folder / "in.failed" / "a.pdf").rename(shell.folder / "in" / "a.pdf")
    first = ended(shell)
    again = shell("watch", "in", *QUICK, "--once")
    assert again.code == 2, again.err  # it still fails, after it was tried
    assert ended(shell) > first
    assert json.loads((shell.folder / "in.failed" / "a (2).pdf.reason.json").read_text())["job"] == 2
