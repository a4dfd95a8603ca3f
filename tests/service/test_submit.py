"""Submitting: one transaction, once per key, by names fit to be shown, on both databases."""

from __future__ import annotations

import hashlib
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from docproc.core.errors import KeyReused, MissingExtra, NotFound, Rejected, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.queues.local import LocalQueue
from docproc.service.job_views import hindrance, job_of
from docproc.service.parts import Parts
from docproc.service.submit import File, IdempotencyKey, Order, Ticket, cleaned, keep, submit, unique
from docproc.service.target import Targets
from docproc.store import sets
from docproc.store.face_tables import idempotency, received
from docproc.store.tables import job_documents, jobs

ORDER = Order("letters")


class Bell(LocalQueue):
    """Counts its rings."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, stage: str, engine: str = "") -> None:  # noqa: ARG002
        self.rung.append(stage)


def upload(name: str, text: str = "bytes") -> File:
    return File(name, hashlib.sha256(text.encode()).hexdigest(), len(text))


def count(parts: Parts) -> tuple[int, int, int]:
    """Jobs, their documents, and the files that wait."""
    with parts.database.read() as conn:
        tables = (jobs, job_documents, received)
        found = [len(conn.execute(select(table.c.id)).all()) for table in tables]
    return found[0], found[1], found[2]


def test_a_job_stands_there_with_its_files_sealed_and_its_workers_are_woken(letters: Parts) -> None:
    bell = Bell()
    order = replace(ORDER, priority=7, tags=("march", "blue"), reference="A-1", webhook="https://x.example/h", owner=3)
    ticket = submit(letters, bell, order, [upload("a.pdf"), upload("b.pdf", "other")])
    assert ticket == Ticket(1, True)
    assert bell.rung == ["io"]
    with letters.database.read() as conn:
        job = conn.execute(select(jobs)).one()
        files = conn.execute(select(job_documents).order_by(job_documents.c.id)).all()
        waiting = conn.execute(select(received).order_by(received.c.id)).all()
    assert (job.state, job.queue, job.priority, job.tags) == ("queued", "local", 7, ["march", "blue"])
    assert (job.reference, job.webhook_url, job.owner) == ("A-1", "https://x.example/h", 3)
    assert job.sealed_at is not None
    assert [(file.path, file.state, file.document_id) for file in files] == [
        ("a.pdf", "running", None),
        ("b.pdf", "running", None),
    ]
    assert [(row.job_document_id, row.sha256, row.bytes, row.state, row.attempt) for row in waiting] == [
        (files[0].id, upload("").sha256, 5, "ready", 0),
        (files[1].id, upload("", "other").sha256, 5, "ready", 0),
    ]


def test_a_job_of_another_queue_says_so(letters: Parts) -> None:
    submit(letters, Bell(), replace(ORDER, queue="celery"), [upload("a.pdf")])
    with letters.database.read() as conn:
        assert conn.execute(select(jobs.c.queue)).scalar_one() == "celery"


def test_a_question_set_may_come_with_the_order(letters: Parts) -> None:
    inline = QuestionSet("mine", "", (Question("sender", "Who wrote it?", "string"),))
    ticket = submit(letters, Bell(), replace(ORDER, set_name="mine", question_set=inline), [upload("a.pdf")])
    with letters.database.read() as conn:
        set_id = conn.execute(select(jobs.c.set_id).where(jobs.c.id == ticket.job_id)).scalar_one()
        assert sets.load_set(conn, set_id) == inline


def test_the_same_key_with_the_same_request_is_the_same_job(letters: Parts) -> None:
    key = IdempotencyKey(0, "k", "print")
    first = submit(letters, Bell(), ORDER, [upload("a.pdf")], key)
    bell = Bell()
    assert submit(letters, bell, ORDER, [upload("a.pdf")], key) == Ticket(first.job_id, False)
    assert bell.rung == []
    other_owner = submit(letters, Bell(), ORDER, [upload("a.pdf")], replace(key, owner=1))
    assert other_owner.created
    assert count(letters) == (2, 2, 2)


def test_the_same_key_with_another_request_is_refused(letters: Parts) -> None:
    submit(letters, Bell(), ORDER, [upload("a.pdf")], IdempotencyKey(0, "k", "print"))
    with pytest.raises(KeyReused, match="'k' came with another request before"):
        submit(letters, Bell(), ORDER, [upload("b.pdf")], IdempotencyKey(0, "k", "another"))
    assert count(letters) == (1, 1, 1)


def test_of_many_submits_at_once_with_one_key_one_makes_the_job(letters: Parts) -> None:
    key = IdempotencyKey(0, "k", "print")
    tickets: list[Ticket] = []
    start = threading.Barrier(8)

    def one() -> None:
        start.wait()
        tickets.append(submit(letters, Bell(), ORDER, [upload("a.pdf")], key))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ticket.job_id for ticket in tickets}) == 1
    assert sorted(ticket.created for ticket in tickets) == [False] * 7 + [True]
    assert count(letters) == (1, 1, 1)
    with letters.database.read() as conn:
        assert len(conn.execute(select(idempotency.c.key)).all()) == 1


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (replace(ORDER, priority=101), "from -100 to 100, not 101"),
        (replace(ORDER, tags=("x" * 65,)), "a tag is 1 to 64"),
        (replace(ORDER, tags=("a\nb",)), "a tag is 1 to 64"),
        (replace(ORDER, tags=tuple(map(str, range(33)))), "32 tags at most, not 33"),
        (replace(ORDER, reference=""), "a reference is 1 to 255"),
        (replace(ORDER, engine="nobody"), "no engine is called 'nobody'"),
    ],
)
def test_a_wrong_order_is_refused_and_nothing_is_stored(letters: Parts, order: Order, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        submit(letters, Bell(), order, [upload("a.pdf")])
    assert count(letters) == (0, 0, 0)


def test_without_files_and_without_its_question_set_there_is_no_job(letters: Parts) -> None:
    with pytest.raises(UsageError, match="one file at least"):
        submit(letters, Bell(), ORDER, [])
    with pytest.raises(NotFound, match="no question set is called 'leters'"):
        submit(letters, Bell(), Order("leters"), [upload("a.pdf")])
    assert count(letters) == (0, 0, 0)


def test_names_are_cleaned_and_made_unique_in_their_job(letters: Parts) -> None:
    names = [
        "a.pdf",
        "../../etc/a.pdf",
        "C:\\scans\\a.pdf",
        "evil\u202efdp.exe",
        "\x00\x1b[2J\n",
        "..",
        "x" * 300 + ".pdf",
    ]
    submit(letters, Bell(), ORDER, [upload(name) for name in names])
    with letters.database.read() as conn:
        stored = conn.execute(select(job_documents.c.path).order_by(job_documents.c.id)).scalars().all()
    assert stored[:6] == ["a.pdf", "a (2).pdf", "a (3).pdf", "evilfdp.exe", "[2J", "unnamed"]
    assert len(stored[6]) == 255
    assert stored[6].endswith("x.pdf")


def test_a_name_that_no_database_takes_is_one_that_it_takes() -> None:
    assert cleaned("a\ud800b\x00.pdf") == "ab.pdf"
    assert unique(["a (2).pdf", "a.pdf", "a.pdf"]) == ["a (2).pdf", "a.pdf", "a (3).pdf"]
    assert unique(["in/a.pdf", "in/a.pdf"]) == ["in/a.pdf", "in/a (2).pdf"]


def test_a_file_that_is_kept_is_to_be_had_by_its_content(letters: Parts, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"bytes")
    assert keep(letters, path) == upload("letter.pdf")
    path.unlink()
    assert letters.images.source(upload("").sha256).read_bytes() == b"bytes"
    with pytest.raises(Rejected, match=r"letter\.pdf: cannot be read: No such file"):
        keep(letters, path)


def test_an_engine_that_cannot_be_here_is_the_newest_one_that_a_worker_has_registered(letters: Parts) -> None:
    def missing(name: str) -> object:
        raise MissingExtra(name, f"the {name} engine")

    parts = replace(letters, targets=Targets(missing))  # type: ignore[arg-type] # an engine is never had of it
    with pytest.raises(MissingExtra, match="or start a worker that has the engine 'qwen'"):
        submit(parts, Bell(), replace(ORDER, engine="qwen"), [upload("a.pdf")])
    with letters.database.write() as conn:
        sets.put_engine(conn, "qwen", "qwen:old@1")
        newest = sets.put_engine(conn, "qwen", "qwen:new@1")
    submit(parts, Bell(), replace(ORDER, engine="qwen"), [upload("a.pdf")])
    with letters.database.read() as conn:
        assert conn.execute(select(jobs.c.engine_id)).scalar_one() == newest


def test_an_engine_is_made_once_for_many_submits(letters: Parts) -> None:
    made: list[str] = []

    def create(name: str) -> object:
        made.append(name)
        return letters.engine(name)

    parts = replace(letters, targets=Targets(create))  # type: ignore[arg-type] # it is one of its engines
    for _ in range(5):
        submit(parts, Bell(), ORDER, [upload("a.pdf")])
    assert made == ["scripted"]
    with closing(letters.engine("scripted")) as engine, letters.database.read() as conn:
        assert sets.newest_engine(conn, "scripted") == engine.fingerprint


def test_a_job_for_an_engine_with_other_settings_says_what_it_waits_for(letters: Parts) -> None:
    ticket = submit(letters, Bell(), ORDER, [upload("a.pdf")])
    waits = job_of(letters, ticket.job_id)
    assert hindrance(letters, waits) is None
    said = hindrance(replace(letters, targets=Targets(lambda _: _Other())), waits)  # type: ignore[arg-type, return-value]
    assert said is not None
    assert "and here that is scripted:other by now" in said
    parts = replace(letters, targets=Targets(letters.engine))
    assert hindrance(parts, replace(waits, state="succeeded")) is None
    assert hindrance(parts, replace(waits, queue="celery")) is None


class _Other:
    fingerprint = "scripted:other"

    def close(self) -> None: ...
