"""docproc cancel, pause, resume, priority, as people run them."""

from __future__ import annotations

from contextlib import closing

import pytest

from docproc.store.database import open_database
from tests.e2e.conftest import Shell
from tests.store.fleet import Fleet


@pytest.fixture
def job(shell: Shell) -> int:
    """A job of a fleet without workers."""
    assert shell("db", "upgrade").code == 0
    with closing(open_database(f"sqlite:///{shell.folder / 'home' / 'docproc.db'}")) as database:
        return Fleet(database).job([("a", 3)])


def test_a_job_is_paused_resumed_given_a_priority_and_cancelled(shell: Shell, job: int) -> None:
    for words, told in (
        (("pause", "1"), "job 1 is paused\n"),
        (("resume", "1"), "job 1 is queued\n"),
        (("priority", "1", "--", "-5"), "job 1 is queued\n"),
        (("cancel", "1"), "job 1 is cancelled\n"),
    ):
        done = shell(*words)
        assert (done.code, done.out) == (0, told), done.err
    (row,) = shell("jobs", "--json").lines
    assert (row["state"], row["queue"], row["priority"], row["cancelled"]) == ("cancelled", "celery", -5, 1)
    assert (row["tags"], row["reference"], row["pages"]) == ([], None, {"cancelled": 3})
    assert row["finished"] >= row["created"]


def test_what_a_job_cannot_do_is_said(shell: Shell, job: int) -> None:
    for words, said in (
        (("cancel", "7"), "there is no job 7"),
        (("resume", "1"), "job 1 is queued and cannot be resumed"),
        (("priority", "1", "101"), "from -100 to 100"),
        (("cancel", "x"), "Invalid value for 'JOB': Input should be a valid integer"),
        (("cancel",), "Missing argument 'JOB'; see docproc cancel --help"),
    ):
        done = shell(*words)
        assert done.code == 1
        assert said in done.err
