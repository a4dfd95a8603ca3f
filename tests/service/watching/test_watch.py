"""A watched folder: files become jobs and end up where their outcome says, whatever happens in between."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from docproc import wiring
from docproc.core.errors import NotFound, Unavailable, UsageError
from docproc.queues import Stage
from docproc.service.parts import Parts
from docproc.service.watching import placing, taking, watch
from docproc.service.watching.news import Over, Placed, Told
from docproc.service.watching.watch import How
from docproc.sources.drop.layout import layout, locked
from docproc.store import documents, drops
from docproc.store.database import Database
from docproc.store.documents import DocumentRow

FAILS = b"fails"


class Killed(BaseException):
    """As a SIGKILL: nothing is tidied up by those it passes."""


@pytest.fixture
def parts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setenv("DOCPROC_DATABASE_URL", database_url)
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCPROC_ENGINE", "scripted")
    with wiring.opened() as parts:
        yield parts


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    return folder


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def work(database: Database) -> None:
    """Be the worker: every file of every job ends; those that say so fail."""
    with database.write() as conn:
        waiting = conn.execute(
            text("SELECT r.id, r.job_document_id, r.sha256, r.path, r.modified, r.bytes FROM received r")
        )
        for row, job_document, sha256, path, modified, size in waiting.all():
            bad = Path(path).read_bytes().startswith(FAILS)
            found = DocumentRow(0, sha256, "", 1, "corrupt" if bad else None, "", False, path, size, modified)
            document = documents.put(conn, found)
            ended = {"outcome": "rejected:corrupt", "status": "failed", "message": f"{path}: is no PDF"}
            good = {"outcome": "ok", "status": "succeeded", "message": ""}
            conn.execute(
                text(
                    "UPDATE job_documents SET state = 'done', document_id = :document, outcome = :outcome, "
                    "status = :status, message = :message, finished_at = 1000 WHERE id = :id"
                ),
                {"document": document, "id": job_document, **(ended if bad else good)},
            )
            conn.execute(text("DELETE FROM received WHERE id = :id"), {"id": row})


def run(parts: Parts, inbox: Path, worker: bool = True, **how: Any) -> list[Any]:
    """All the news of `--once`."""
    news = watch.watch(parts, How(inbox, **{"settle": 0.01, "once": True, "work": False, **how}), _stop(parts, worker))
    return list(news)


def _stop(parts: Parts, worker: bool) -> Callable[[], bool]:
    """What is asked between two steps: time for the worker to do its work."""

    def stopped() -> bool:
        if worker:
            work(parts.database)
        return False

    return stopped


def placed(news: list[Any]) -> dict[str, str]:
    return {said.line["file"]: said.line["status"] for said in news if isinstance(said, Placed)}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def rows(parts: Parts, query: str) -> list[tuple[Any, ...]]:
    with parts.database.read() as conn:
        return [tuple(row) for row in conn.execute(text(query))]


def beside(inbox: Path, name: str) -> Path:
    return inbox.with_name(f"{inbox.name}.{name}")


def test_files_go_to_done_and_failed_with_their_folders_and_reasons(parts: Parts, inbox: Path) -> None:
    put(inbox / "a.pdf", b"one")
    put(inbox / "sub" / "b.pdf", b"two")
    put(inbox / "sub" / "bad.pdf", FAILS)
    news = run(parts, inbox)
    assert placed(news) == {"a.pdf": "succeeded", "sub/b.pdf": "succeeded", "sub/bad.pdf": "failed"}
    assert files(beside(inbox, "done")) == {"a.pdf": b"one", "sub/b.pdf": b"two"}
    failed = files(beside(inbox, "failed"))
    reason = json.loads(failed.pop("sub/bad.pdf.reason.json"))
    assert failed == {"sub/bad.pdf": FAILS}
    assert (reason["code"], reason["outcome"], reason["job"]) == ("corrupt", "rejected:corrupt", 1)
    assert "drop it again" in reason["next"]
    assert (files(inbox), files(beside(inbox, "processing"))) == ({}, {})
    assert news[-1].statuses == {"succeeded": 2, "failed": 1}
    assert rows(parts, "SELECT count(*) FROM drops") == [(0,)]


def test_documents_are_found_where_their_files_went(parts: Parts, inbox: Path) -> None:
    put(inbox / "sub" / "b.pdf", b"two")
    run(parts, inbox)
    assert rows(parts, "SELECT path FROM documents") == [(str(beside(inbox, "done") / "sub" / "b.pdf"),)]


def test_a_sub_folder_names_the_question_set_and_the_engine(parts: Parts, inbox: Path) -> None:
    for number, folder in enumerate(["", "invoice/", "Receipt@OCR/", "@ocr/", "nosuch/", "invoice@nosuch/"]):
        put(inbox / f"{folder}{number}.pdf", b"%d" % number)
    news = run(parts, inbox)
    asked = rows(
        parts,
        "SELECT f.path, s.name, e.name FROM job_documents f JOIN question_sets s ON s.id = f.set_id "
        "JOIN engines e ON e.id = f.engine_id ORDER BY 1",
    )
    assert asked == [
        ("0.pdf", "document", "scripted"),
        ("@ocr/3.pdf", "document", "ocr"),
        ("Receipt@OCR/2.pdf", "receipt", "ocr"),
        ("invoice/1.pdf", "invoice", "scripted"),
        ("invoice@nosuch/5.pdf", "invoice", "scripted"),
        ("nosuch/4.pdf", "document", "scripted"),
    ]
    told = [said.text for said in news if isinstance(said, Told)]
    assert any("nosuch/ names no question set" in line for line in told)
    assert any("invoice@nosuch/ names no engine" in line for line in told)
    assert "invoice/1.pdf" in files(beside(inbox, "done"))


def test_many_files_make_few_jobs(parts: Parts, inbox: Path) -> None:
    for number in range(450):
        put(inbox / f"{number}.pdf", b"%d" % number)
    assert len(placed(run(parts, inbox))) == 450
    assert rows(parts, "SELECT count(*) FROM jobs") == [(3,)]


def test_the_same_bytes_again_go_to_done_and_the_reason_says_of_what(parts: Parts, inbox: Path) -> None:
    put(inbox / "a.pdf", b"one")
    put(inbox / "b.pdf", b"one")
    run(parts, inbox)
    put(inbox / "a.pdf", b"one")
    news = run(parts, inbox)
    assert placed(news) == {"a.pdf": "succeeded"}
    done = files(beside(inbox, "done"))
    assert set(done) == {"a.pdf", "b.pdf", "b.pdf.reason.json", "a (2).pdf", "a (2).pdf.reason.json"}
    for name in ("b.pdf", "a (2).pdf"):
        assert json.loads(done[f"{name}.reason.json"])["duplicate_of"]["file"] == "a.pdf"
    first = rows(parts, "SELECT min(id) FROM job_documents")[0][0]
    assert rows(parts, "SELECT duplicate_of FROM job_documents ORDER BY id") == [(None,), (first,), (first,)]
    (path,) = rows(parts, "SELECT path FROM documents")[0]
    assert Path(path).read_bytes() == b"one"


# Where the kill comes: a function, and which of its calls.
STEPS: list[tuple[Any, str, int]] = [
    (taking, "move", 1),
    (taking, "move", 2),
    (taking, "_sha256_of", 2),
    (drops, "put", 1),
    (drops, "put", 2),
    (taking, "submit", 1),
    (drops, "sent", 1),
    (drops, "ended", 1),
    (drops, "aim", 1),
    (placing, "_write", 1),
    (placing, "move", 2),
    (drops, "placed", 1),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[1]} {step[2]}")
def test_killed_at_any_step_it_loses_and_doubles_nothing(
    parts: Parts, inbox: Path, step: tuple[Any, str, int], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, nth = step
    content = {"a.pdf": b"one", "sub/b.pdf": b"two", "invoice/c.pdf": FAILS}
    for file, data in content.items():
        put(inbox / file, data)
    real, calls = getattr(where, name), itertools.count(1)

    def deadly(*arguments: Any, **named: Any) -> Any:
        kill = next(calls) == nth
        if kill and not after:
            raise Killed
        done = real(*arguments, **named)
        if kill:
            raise Killed
        return done

    with monkeypatch.context() as patch:
        patch.setattr(where, name, deadly)
        with pytest.raises(Killed):
            run(parts, inbox)
    run(parts, inbox)
    whole(parts, inbox, content)


def whole(parts: Parts, inbox: Path, content: dict[str, bytes]) -> None:
    """Every file is in one place, once, was asked once, and nothing else is there."""
    done, failed = files(beside(inbox, "done")), files(beside(inbox, "failed"))
    there = {name: data for name, data in {**done, **failed}.items() if not name.endswith(".json")}
    assert there == content
    assert all((data.startswith(FAILS)) == (name in failed) for name, data in content.items())
    reasons = [name for name in {**done, **failed} if name.endswith(".json")]
    assert sorted(reasons) == sorted(f"{name}.reason.json" for name in content if name in failed)
    assert (files(inbox), files(beside(inbox, "processing"))) == ({}, {})
    asked = Counter(name for (name,) in rows(parts, "SELECT path FROM job_documents"))
    assert asked == dict.fromkeys(content, 1)
    assert rows(parts, "SELECT count(*) FROM drops") == [(0,)]
    for name, data in content.items():
        sha256 = hashlib.sha256(data).hexdigest()
        root = beside(inbox, "failed" if name in failed else "done")
        assert rows(parts, f"SELECT path FROM documents WHERE sha256 = '{sha256}'") == [(str(root / name),)]


def test_a_file_that_is_written_to_while_it_is_taken_goes_back(
    parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox / "a.pdf", b"one")
    real, calls = taking._sha256_of, itertools.count()

    def growing(path: Path) -> str:
        if next(calls) == 0:
            with path.open("ab") as file:
                file.write(b" and two")
        return real(path)

    monkeypatch.setattr(taking, "_sha256_of", growing)
    run(parts, inbox)
    assert files(inbox) == {"a.pdf": b"one and two"}
    assert placed(run(parts, inbox)) == {"a.pdf": "succeeded"}


class Fleet:
    """A queue whose workers are elsewhere."""

    name, inline = "celery", False

    def ring(self, stage: Stage, engine: str = "") -> None:
        """Nobody hears it."""

    def close(self) -> None:
        """Nothing is held."""


def test_a_fleet_that_does_not_see_the_folder_has_the_bytes_from_the_store(parts: Parts, inbox: Path) -> None:
    put(inbox / "sub" / "a.pdf", b"one")
    parts = replace(parts, queue=lambda _: Fleet())
    assert placed(run(parts, inbox)) == {"sub/a.pdf": "succeeded"}
    assert parts.images.source(hashlib.sha256(b"one").hexdigest()).read_bytes() == b"one"
    assert rows(parts, "SELECT queue FROM jobs") == [("celery",)]
    assert rows(parts, "SELECT path FROM documents") == [(str(beside(inbox, "done") / "sub" / "a.pdf"),)]


def test_files_for_an_engine_that_cannot_be_had_wait_in_the_inbox_while_others_go_on(parts: Parts, inbox: Path) -> None:
    put(inbox / "a.pdf", b"one")
    put(inbox / "@openai" / "b.pdf", b"two")
    news = run(parts, inbox)
    assert placed(news) == {"a.pdf": "succeeded"}
    assert files(inbox) == {"@openai/b.pdf": b"two"}
    assert any(isinstance(said, Told) and "files in @openai/ wait" in said.text for said in news)


def test_a_set_with_faults_makes_its_files_wait(parts: Parts, inbox: Path, tmp_path: Path) -> None:
    put(tmp_path / "sets" / "broken.yaml", b"name: broken\nquestions: 3\n")
    put(inbox / "broken" / "a.pdf", b"one")
    news = run(replace(parts, set_folders=(tmp_path / "sets",)), inbox)
    assert files(inbox) == {"broken/a.pdf": b"one"}
    assert any(isinstance(said, Told) and "question set has faults" in said.text for said in news)


def test_a_database_that_is_away_is_waited_for(parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = drops.put, itertools.count()

    def away(*arguments: Any) -> None:
        if next(calls) == 0:
            raise Unavailable("the database is away")
        real(*arguments)

    put(inbox / "a.pdf", b"one")
    monkeypatch.setattr(drops, "put", away)
    monkeypatch.setattr(watch, "_PATIENCE", 0.01)
    told: list[str] = []
    ended: list[Placed] = []

    def stopped() -> bool:
        work(parts.database)
        return bool(ended)

    for said in watch.watch(parts, How(inbox, settle=0.01, rescan=0.1, poll=True, work=False), stopped):
        if isinstance(said, Told):
            told.append(said.text)
        elif isinstance(said, Placed):
            ended.append(said)
    assert any("the database is away; it is tried again" in line for line in told)
    whole(parts, inbox, {"a.pdf": b"one"})


def test_a_file_that_nobody_may_read_fails_with_its_reason(
    parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    put(inbox / "a.pdf", b"one")
    monkeypatch.setattr(taking, "_sha256_of", refused)
    assert placed(run(parts, inbox)) == {"a.pdf": "failed"}
    assert "may read it" in json.loads(files(beside(inbox, "failed"))["a.pdf.reason.json"])["message"]


def test_what_the_disk_refuses_stays_in_hand_and_is_told(
    parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(target: Path, line: Any) -> None:
        raise OSError(28, "No space left on device", str(target))

    put(inbox / "bad.pdf", FAILS)
    put(inbox / "a.pdf", b"one")
    with monkeypatch.context() as patch:
        patch.setattr(placing, "_write", full)
        with pytest.raises(Unavailable, match="1 files in"):
            run(parts, inbox)
    assert files(beside(inbox, "processing")) == {"bad.pdf": FAILS}
    run(parts, inbox)
    whole(parts, inbox, {"a.pdf": b"one", "bad.pdf": FAILS})


def test_an_inbox_that_vanishes_is_waited_for(parts: Parts, inbox: Path, tmp_path: Path) -> None:
    put(inbox / "a.pdf", b"one")
    away, moved = tmp_path / "away", (inbox, *(beside(inbox, name) for name in ("processing", "done", "failed")))
    told: list[str] = []
    state = {"step": 0}

    def stopped() -> bool:
        work(parts.database)
        return state["step"] == 3

    for said in watch.watch(parts, How(inbox, settle=0.01, poll=True, work=False), stopped):
        if isinstance(said, Told):
            told.append(said.text)
        if isinstance(said, Placed) and state["step"] == 0:
            away.mkdir()
            for folder in moved:
                shutil.move(folder, away)
            state["step"] = 1
        elif isinstance(said, Told) and state["step"] == 1:
            for folder in moved:
                shutil.move(away / folder.name, folder)
            put(inbox / "b.pdf", b"two")
            state["step"] = 2
        elif isinstance(said, Placed) and state["step"] == 2:
            state["step"] = 3
    assert any("is not to be seen: waiting" in line for line in told)
    assert any("is back" in line for line in told)
    whole(parts, inbox, {"a.pdf": b"one", "b.pdf": b"two"})


def test_stopped_with_files_in_hand_it_says_so_and_goes_on_with_them(parts: Parts, inbox: Path) -> None:
    put(inbox / "a.pdf", b"one")
    steps = itertools.count()
    news = list(watch.watch(parts, How(inbox, settle=0.01, poll=True, work=False), lambda: next(steps) > 8))
    assert isinstance(news[-1], Over)
    assert (news[-1].in_hand, files(beside(inbox, "processing"))) == (1, {"a.pdf": b"one"})
    run(parts, inbox)
    whole(parts, inbox, {"a.pdf": b"one"})


def test_an_inbox_that_is_watched_already_and_a_set_that_is_not_there_are_refused(parts: Parts, inbox: Path) -> None:
    with (
        locked(layout(inbox, None, None, None, parts.home)),
        pytest.raises(UsageError, match=f"by process {os.getpid()}"),
    ):
        run(parts, inbox)
    with pytest.raises(NotFound):
        run(parts, inbox, set_name="nosuch")


def test_a_file_in_the_way_is_not_replaced(parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(inbox / "a.pdf", b"one")
    real = drops.aim

    def aim(conn: Any, targets: dict[int, str]) -> None:
        real(conn, targets)
        for target in targets.values():
            if not Path(target).exists():
                put(Path(target), b"somebody's")

    with monkeypatch.context() as patch:
        patch.setattr(drops, "aim", aim)
        with pytest.raises(Unavailable):
            run(parts, inbox)
    run(parts, inbox)
    assert set(files(beside(inbox, "done")).values()) == {b"somebody's", b"one"}
