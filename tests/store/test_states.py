"""The states of a fleet's jobs, on both databases: cancelled, paused, resumed, tried again, ended; nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from docproc.store import jobs, states
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.tables import job_documents
from docproc.store.tables import jobs as job_table
from docproc.store.tables import tasks as task_table
from tests.store.fleet import Fleet


@pytest.fixture
def fleet(database: Database) -> Fleet:
    return Fleet(database)


def test_every_state_has_its_time(fleet: Fleet) -> None:
    job = fleet.job([("a", 1)])
    columns = (job_table.c.created_at, job_table.c.started_at, job_table.c.finished_at)

    def times() -> list[bool]:
        with fleet.database.read() as conn:
            return [time is not None for time in conn.execute(select(*columns).where(job_table.c.id == job)).one()]

    assert (fleet.state(job), times()) == ("queued", [True, False, False])
    fleet.raster(1)
    assert (fleet.state(job), times()) == ("running", [True, True, False])
    fleet.change("cancel", job)
    assert (fleet.state(job), times()) == ("cancelling", [True, True, False])
    fleet.expire()
    fleet.reap()
    assert (fleet.state(job), times()) == ("cancelled", [True, True, True])


def test_a_cancelled_job_ends_at_once_where_nothing_is_in_hand(fleet: Fleet) -> None:
    job = fleet.job([("a", 3), ("b", 2)])
    assert fleet.change("cancel", job)
    assert fleet.state(job) == "cancelled"
    assert fleet.pages(job) == {"cancelled": 5}
    assert fleet.statuses(job) == ["cancelled", "cancelled"]
    assert fleet.raster(5) == []
    assert not fleet.change("cancel", job)
    assert not fleet.change("pause", job)


def test_what_is_in_hand_when_its_job_is_cancelled_is_finished_and_kept(fleet: Fleet) -> None:
    job = fleet.job([("a", 3)])
    fleet.render(2)
    held = fleet.ask(1)
    fleet.change("cancel", job)
    assert fleet.state(job) == "cancelling"
    assert fleet.answer(held) == 1
    assert fleet.reap().ended == ()  # the sweep has ended it already
    assert fleet.state(job) == "cancelled"
    assert fleet.pages(job) == {"answered": 1, "cancelled": 2}


def test_a_page_that_is_rendered_for_a_cancelled_job_is_not_asked(fleet: Fleet) -> None:
    job = fleet.job([("a", 1)])
    held = fleet.raster(1)
    fleet.change("cancel", job)
    assert len(fleet.rastered(held)) == 1
    assert fleet.ask(1) == []
    fleet.reap()
    assert (fleet.state(job), fleet.pages(job)) == ("cancelled", {"cancelled": 1})


def test_a_huge_job_is_cancelled_in_short_transactions(fleet: Fleet) -> None:
    job = fleet.job([("a", 25)])
    with fleet.database.write() as conn:
        assert states.cancel(conn, job)
        assert [states.sweep(conn, job, 10) for _ in range(4)] == [10, 10, 6, 0]
    assert fleet.state(job) == "cancelled"


@pytest.mark.parametrize("cancelled", [0, 1])
def test_of_two_jobs_that_share_their_work_one_is_cancelled_and_the_other_gets_all(
    fleet: Fleet, cancelled: int
) -> None:
    first = fleet.job([("a", 4)])
    fleet.raster(1)
    both = [first, fleet.job([("a", 4), ("b", 1)])]
    gone, kept = both[cancelled], both[1 - cancelled]
    fleet.change("cancel", gone)
    fleet.expire()
    assert len(fleet.raster(1, alone=True)) == 1
    fleet.expire()
    (alone,) = fleet.raster(1, alone=True)
    fleet.rastered([alone])
    fleet.finish_all()
    assert fleet.state(gone) == "cancelled"
    assert fleet.state(kept) == "succeeded"
    assert set(fleet.pages(kept)) == {"answered"}


def test_what_was_cancelled_is_done_by_the_next_job_that_asks_it(fleet: Fleet) -> None:
    first = fleet.job([("a", 3)])
    fleet.render(1)
    fleet.answer(fleet.ask(1))
    fleet.change("cancel", first)
    second = fleet.job([("a", 3)])
    assert [task.number for task in fleet.raster(5)] == [2, 3]
    fleet.expire()
    while alone := fleet.raster(1, alone=True):
        fleet.rastered(alone)
    fleet.finish_all()
    assert (fleet.state(first), fleet.statuses(first)) == ("cancelled", ["cancelled"])
    assert (fleet.state(second), fleet.pages(second)) == ("succeeded", {"answered": 3})


def test_a_file_that_is_entered_into_a_cancelled_job_is_cancelled(fleet: Fleet) -> None:
    job = fleet.job([("a", 1)])
    fleet.change("cancel", job)
    fleet.enter(job, "b", 5, (fleet.set_id("letters"), fleet.engine_id("e1")))
    assert fleet.statuses(job) == ["cancelled", "cancelled"]
    assert fleet.raster(5) == []


def test_a_paused_job_rests_until_it_is_resumed(fleet: Fleet) -> None:
    job = fleet.job([("a", 2)])
    held = fleet.render(1)
    assert fleet.change("pause", job)
    assert (fleet.raster(5), fleet.ask(5)) == ([], [])
    assert fleet.reap().ready.raster == 0
    assert fleet.state(job) == "paused"
    assert fleet.change("resume", job)
    assert fleet.state(job) == "running"
    assert [task.id for task in fleet.ask(5)] == [held[0].id]
    waiting = fleet.job([("b", 1)])
    fleet.change("pause", waiting)
    fleet.change("resume", waiting)
    assert fleet.state(waiting) == "queued"
    assert not fleet.change("resume", waiting)


def test_a_pause_does_not_stop_what_another_job_waits_for(fleet: Fleet) -> None:
    paused, other = fleet.job([("a", 3)]), fleet.job([("a", 3)])
    fleet.change("pause", paused)
    fleet.finish_all()
    assert [fleet.state(paused), fleet.state(other)] == ["succeeded", "succeeded"]


def test_a_job_that_is_more_urgent_takes_over_what_it_shares(fleet: Fleet) -> None:
    slow = fleet.job([("a", 3)])
    fleet.job([("b", 9)], priority=1)
    fast = fleet.job([("a", 3)], priority=2)
    assert set(fleet.owners(fleet.raster(3))) == {fast}
    fleet.expire()
    assert fleet.change("set_priority", slow, 3)
    assert set(fleet.owners(fleet.raster(1, alone=True))) == {slow}


def test_a_second_job_leaves_the_work_where_it_is_and_ends_with_it(fleet: Fleet) -> None:
    first, second = fleet.job([("a", 3)]), fleet.job([("a", 3)])
    assert set(fleet.owners(fleet.render(3))) == {first}
    fleet.finish_all()
    assert [fleet.state(first), fleet.state(second)] == ["succeeded", "succeeded"]


def test_a_job_is_not_over_before_all_its_files_are_entered(fleet: Fleet) -> None:
    asked = (fleet.set_id("letters"), fleet.engine_id("e1"))
    with fleet.database.write() as conn:
        job = jobs.create(conn, *asked, "celery")
    fleet.enter(job, "a", 1, asked)
    fleet.finish_all()
    assert fleet.state(job) == "running"
    with fleet.database.write() as conn:
        states.seal(conn, job)
    assert fleet.reap().ended == (job,)


def test_a_job_whose_submitter_died_is_sealed_when_nothing_has_happened_for_long(fleet: Fleet) -> None:
    asked = (fleet.set_id("letters"), fleet.engine_id("e1"))
    with fleet.database.write() as conn:
        job = jobs.create(conn, *asked, "celery")
        conn.execute(update(job_table).values(created_at=now() - 7200.0))
    fleet.enter(job, "a", 1, asked)
    fleet.finish_all()
    assert fleet.state(job) == "running"
    with fleet.database.write() as conn:
        conn.execute(update(job_documents).values(finished_at=now() - 7000.0))
    assert fleet.reap().ended == (job,)


def test_failed_pages_are_tried_again_and_the_job_ends_anew(fleet: Fleet) -> None:
    job = fleet.job([("a", 2), ("b", 1)])
    fleet.render(5)
    good, bad, other = fleet.ask(5)
    fleet.answer([good, other])
    fleet.answer([bad], "failed")
    fleet.finish_all()
    assert (fleet.state(job), fleet.statuses(job)) == ("partial", ["partial", "succeeded"])
    with fleet.database.write() as conn:
        assert states.retry(conn, job) == 1
    assert fleet.state(job) == "running"
    fleet.finish_all()
    assert (fleet.state(job), fleet.pages(job)) == ("succeeded", {"answered": 3})


def test_a_cancelled_job_can_be_tried_again_and_others_stay_cancelled(fleet: Fleet) -> None:
    one, two = fleet.job([("a", 2)]), fleet.job([("a", 2)])
    fleet.change("cancel", one)
    fleet.change("cancel", two)
    with fleet.database.write() as conn:
        assert states.retry(conn, one) == 2
    fleet.finish_all()
    assert [fleet.state(one), fleet.state(two)] == ["succeeded", "cancelled"]


def test_a_job_adopts_what_a_dead_run_in_another_process_had(fleet: Fleet) -> None:
    asked = (fleet.set_id("letters"), fleet.engine_id("e1"))
    job = fleet.job([("a", 2)])
    with fleet.database.write() as conn:
        inline = jobs.create(conn, *asked)
    fleet.enter(inline, "a", 2, asked)
    assert fleet.raster(5) == []
    fleet.reap()
    assert len(fleet.raster(5)) == 2
    assert fleet.state(job) == "running"


def test_what_is_ready_is_told_by_stage(fleet: Fleet) -> None:
    fleet.job([("a", 1), ("b", 3)])
    fleet.render(3)
    fleet.answer(fleet.ask(1))
    ready = fleet.reap().ready
    assert (ready.raster, ready.pages, ready.steps) == (1, 2, 1)


def test_expired_leases_are_reaped_and_told(fleet: Fleet) -> None:
    fleet.job([("a", 2)])
    fleet.raster(2)
    with fleet.database.write() as conn:
        conn.execute(update(task_table).values(lease_until=now() - 1.0))
    assert fleet.reap().taken_back.leases == 2


def test_submits_cancels_and_workers_at_once_lose_nothing(fleet: Fleet) -> None:
    """Everybody submits the same files; half are cancelled meanwhile: the others have every page, and all jobs end."""
    faults: list[BaseException] = []
    fleet.job()
    made: list[int] = []

    def submit(turn: int) -> None:
        job = fleet.job([("a", 6), ("b", 3)])
        made.append(job)
        if turn % 2:
            fleet.database.insist(lambda conn: states.cancel(conn, job))

    def work(_turn: int) -> None:
        for _ in range(40):
            fleet.rastered(fleet.raster(3))
            fleet.answer(fleet.ask(3))
            fleet.reap()

    def guarded(act: Callable[[int], None], turn: int) -> None:
        try:
            act(turn)
        except BaseException as error:  # noqa: BLE001 - told below, in the thread that asserts
            faults.append(error)

    threads = [threading.Thread(target=guarded, args=(submit, turn)) for turn in range(6)]
    threads += [threading.Thread(target=guarded, args=(work, turn)) for turn in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for _ in range(10):
        fleet.finish_all()
    ended = sorted(fleet.state(job) for job in made)
    assert set(ended) <= {"cancelled", "succeeded"}
    assert ended.count("succeeded") >= 3  # one that ended before it could be cancelled has succeeded too
    assert fleet.pages(made[0]) == {"answered": 9}
