"""Received files, on both databases: claimed once, by urgency, fenced, given back, taken back, dropped."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select, update

from docproc.store import received, submissions
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.face_tables import received as table
from docproc.store.intake import enter_received, reap_received, refused
from docproc.store.received import NewFile, Received
from docproc.store.submissions import NewJob
from docproc.store.tables import job_documents
from tests.store.fleet import FIRST_CHOICE, Fleet


class Desk(Fleet):
    """Jobs that were submitted, and who looks at their files."""

    def submit(self, *names: str, priority: int = 0) -> int:
        """A name stands for its content."""
        job = NewJob(self.set_id("letters"), self.engine_id("e1"), "local", priority)
        files = [NewFile(name, name[0].ljust(64, "-"), 1, None, 0.0) for name in names]
        with self.database.write() as conn:
            return submissions.put_job(conn, job, files)

    def claim(self, room: int = 10, alone: bool = False) -> list[Received]:
        hold = self.hold(room, alone)
        return self.database.insist(lambda conn: received.claim(conn, hold))

    def enter_all(self, files: list[Received], pages: int = 1) -> list[str]:
        """Accept files; the names of those whose lease still held."""
        looked = [(file, None if file.known else row(file, pages)) for file in files]
        return [file.name for file in self.database.insist(lambda conn: enter_received(conn, looked, FIRST_CHOICE))]

    def reap_files(self, *dead: str) -> int:
        return self.database.insist(lambda conn: reap_received(conn, FIRST_CHOICE, dead))

    def run_out(self) -> None:
        with self.database.write() as conn:
            conn.execute(update(table).where(table.c.state == "leased").values(lease_until=now() - 1.0))

    def waiting(self) -> int:
        with self.database.read() as conn:
            return received.waiting(conn)

    def files(self, job: int) -> list[tuple[str, str, str | None, bool]]:
        """Name, state, outcome, and whether it is a duplicate, of each file of a job."""
        c = job_documents.c
        with self.database.read() as conn:
            found = conn.execute(
                select(c.path, c.state, c.outcome, c.duplicate_of).where(c.job_id == job).order_by(c.id)
            )
            return [(path, state, outcome, earlier is not None) for path, state, outcome, earlier in found]


def row(file: Received, pages: int) -> DocumentRow:
    return DocumentRow(0, file.sha256, "application/pdf", pages, None, "", False, file.name, 1, 0.0)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_file_is_claimed_once_and_its_job_begins(desk: Desk) -> None:
    job = desk.submit("a", "b")
    assert (desk.state(job), desk.waiting()) == ("queued", 2)
    first = desk.claim(1)
    assert [(file.name, file.attempt, file.known) for file in first] == [("a", 1, False)]
    assert desk.state(job) == "running"
    assert [file.name for file in desk.claim()] == ["b"]
    assert desk.claim() == []
    assert desk.waiting() == 0


def test_files_of_urgent_jobs_come_first_and_those_of_resting_ones_not_at_all(desk: Desk) -> None:
    desk.submit("a")
    desk.submit("b", priority=5)
    resting = desk.submit("c", priority=9)
    assert desk.change("pause", resting)
    assert [file.name for file in desk.claim(1)] == ["b"]
    assert [file.name for file in desk.claim()] == ["a"]
    assert desk.waiting() == 0
    assert desk.change("resume", resting)
    assert [file.name for file in desk.claim()] == ["c"]


def test_an_entered_file_is_worked_on_and_its_job_ends(desk: Desk) -> None:
    job = desk.submit("a")
    assert desk.enter_all(desk.claim(), pages=2) == ["a"]
    assert desk.files(job) == [("a", "running", None, False)]
    desk.finish_all()
    assert desk.state(job) == "succeeded"
    assert desk.files(job) == [("a", "done", "ok", False)]


def test_a_job_does_not_end_while_its_files_wait(desk: Desk) -> None:
    job = desk.submit("a", "b")
    desk.enter_all(desk.claim(1))
    desk.finish_all()
    assert desk.state(job) == "running"
    desk.enter_all(desk.claim())
    desk.finish_all()
    assert desk.state(job) == "succeeded"


def test_what_was_answered_before_ends_its_job_at_once(desk: Desk) -> None:
    desk.submit("a")
    desk.enter_all(desk.claim())
    desk.finish_all()
    again = desk.submit("a2", "a3")
    (first, second) = desk.claim()
    assert (first.known, second.known) == (True, True)
    assert desk.enter_all([first, second]) == ["a2", "a3"]
    assert desk.state(again) == "succeeded"
    assert desk.files(again) == [("a2", "done", "ok", True), ("a3", "done", "ok", True)]


def test_a_refused_file_ends_with_its_reason(desk: Desk) -> None:
    job = desk.submit("a")
    (file,) = desk.claim()
    looked = [(file, refused(file, "encrypted", "a: needs a password"))]
    desk.database.insist(lambda conn: enter_received(conn, looked, FIRST_CHOICE))
    assert desk.files(job) == [("a", "done", "rejected:encrypted", False)]
    assert desk.state(job) == "failed"


def test_who_lost_its_lease_enters_nothing(desk: Desk) -> None:
    job = desk.submit("a")
    lost = desk.claim()
    desk.run_out()
    desk.reap_files()
    again = desk.claim(alone=True)
    assert [file.attempt for file in again] == [2]
    assert desk.enter_all(lost) == []
    assert desk.files(job) == [("a", "running", None, False)]
    assert desk.enter_all(again) == ["a"]


def test_what_is_given_back_comes_again_as_if_it_had_not_been_claimed(desk: Desk) -> None:
    desk.submit("a")
    for _ in range(5):
        held = desk.claim()
        assert [file.attempt for file in held] == [1]
        desk.database.insist(partial(received.release, files=held))
    assert desk.reap_files() == 0


def test_a_renewed_lease_is_not_taken_back(desk: Desk) -> None:
    desk.submit("a")
    held = desk.claim()
    desk.run_out()
    desk.database.insist(lambda conn: received.renew(conn, [file.token for file in held], 60.0))
    desk.reap_files()
    assert desk.enter_all(held) == ["a"]


def test_what_a_worker_died_over_comes_alone(desk: Desk) -> None:
    desk.submit("a", "b", "c")
    desk.claim(2)
    desk.reap_files("host:1:worker")
    assert [file.name for file in desk.claim()] == ["c"]
    assert [file.name for file in desk.claim(alone=True)] == ["a"]
    assert [file.name for file in desk.claim(alone=True)] == ["b"]


def test_a_file_that_three_workers_died_over_is_refused_and_its_job_ends(desk: Desk) -> None:
    job = desk.submit("a")
    assert desk.claim() != []
    assert desk.reap_files("host:1:worker") == 0
    assert desk.claim(alone=True) != []
    desk.run_out()
    assert desk.reap_files() == 0
    assert desk.claim(alone=True) != []
    assert desk.reap_files("host:1:worker") == 1
    assert desk.files(job) == [("a", "done", "rejected:corrupt", False)]
    assert desk.state(job) == "failed"
    assert desk.waiting() == 0


def test_a_cancelled_job_drops_its_files_even_those_in_hand(desk: Desk) -> None:
    job = desk.submit("a", "b")
    held = desk.claim(1)
    assert desk.change("cancel", job)
    assert desk.state(job) == "cancelled"
    assert [state for _, state, _, _ in desk.files(job)] == ["done", "done"]
    assert desk.enter_all(held) == []
    assert desk.waiting() == 0


def test_a_cancelled_job_that_is_tried_again_has_its_files_looked_at(desk: Desk) -> None:
    job = desk.submit("a", "b")
    desk.enter_all(desk.claim(1))
    assert desk.change("cancel", job)
    assert desk.change("retry", job)
    assert desk.state(job) == "running"
    assert [(file.name, file.attempt) for file in desk.claim()] == [("b", 1)]
    desk.expire()
    assert [state for _, state, _, _ in desk.files(job)] == ["running", "running"]


def test_refused_files_are_looked_at_again_and_those_of_other_jobs_are_not(desk: Desk) -> None:
    jobs = [desk.submit("a"), desk.submit("b")]
    looked = [(file, refused(file, "encrypted", "needs a password")) for file in desk.claim()]
    desk.database.insist(partial(enter_received, looked=looked, first_choice=FIRST_CHOICE))
    assert desk.change("retry", jobs[0])
    assert [desk.state(job) for job in jobs] == ["running", "failed"]
    assert desk.files(jobs[0]) == [("a", "running", None, False)]
    again = desk.claim()
    assert [(file.name, file.path, file.known) for file in again] == [("a", None, False)]
    assert desk.enter_all(again) == ["a"]
    desk.finish_all()
    assert [desk.state(job) for job in jobs] == ["succeeded", "failed"]
