"""What a fleet claims, on both databases: homogeneous, fair, bounded, once, and by indexes."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from docproc.store import claims, crashes
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.leasing import Hold
from docproc.store.tables import jobs as job_table
from docproc.store.tables import pages as page_table
from docproc.store.tables import tasks as task_table
from tests.store.fleet import LEASE, Fleet, page


@pytest.fixture
def fleet(database: Database) -> Fleet:
    return Fleet(database)


def test_a_page_is_rendered_then_asked_then_its_document_ends(fleet: Fleet) -> None:
    job = fleet.job([("a", 2)])
    assert fleet.state(job) == "queued"
    assert fleet.ask(10) == []
    drawn = fleet.raster(10)
    assert [task.number for task in drawn] == [1, 2]
    assert fleet.state(job) == "running"
    assert fleet.rastered(drawn) == {task.id for task in drawn}
    asked = fleet.ask(10)
    assert [(task.number, task.attempt) for task in asked] == [(1, 2), (2, 2)]
    fleet.answer(asked)
    (step,) = fleet.ask(10)
    assert step.number == 0
    fleet.answer([step])
    assert fleet.reap().ended == (job,)
    assert fleet.state(job) == "succeeded"


def test_an_engine_is_asked_one_question_set_at_a_time(fleet: Fleet) -> None:
    fleet.job([("a", 2)], asks="letters")
    fleet.job([("b", 2)], asks="invoices")
    fleet.job([("c", 2)], asks="letters", engine="e2")
    fleet.render(10)
    first, second = fleet.ask(10, None), fleet.ask(10, None)
    assert [len({(task.set_id, task.engine_id) for task in batch}) for batch in (first, second)] == [1, 1]
    assert {task.engine_id for task in (*first, *second)} == {fleet.engine_id("e1")}
    assert fleet.ask(10, None) == []
    assert len(fleet.ask(10, None, "e2")) == 2


def test_the_set_that_waited_longest_is_wanted_first(fleet: Fleet) -> None:
    fleet.job([("a", 4)], asks="letters")
    fleet.render(2)
    fleet.job([("b", 1)], asks="invoices")
    fleet.render(10)
    wanted = [fleet.set_id("letters"), fleet.set_id("invoices")]
    with fleet.database.read() as conn:
        assert [pair.set_id for pair in claims.wanted(conn, [fleet.engine_id("e1")])] == wanted
        assert claims.wanted(conn, [fleet.engine_id("e2")]) == []
    fleet.ask(2)
    with fleet.database.write() as conn:
        conn.execute(update(task_table).where(task_table.c.set_id == wanted[1]).values(available_at=now() - 5.0))
    assert {task.set_id for task in fleet.ask(2, None)} == {wanted[1]}


def test_the_engines_that_have_something_to_be_asked_are_known_by_name(fleet: Fleet) -> None:
    def wanted() -> list[str]:
        with fleet.database.read() as conn:
            return claims.engines_wanted(conn)

    paused = fleet.job([("a", 2)])
    assert wanted() == []
    fleet.render(10)
    assert wanted() == ["scripted"]
    fleet.change("pause", paused)
    assert wanted() == []


def test_a_small_job_is_not_starved_by_a_huge_one(fleet: Fleet) -> None:
    huge = fleet.job([("huge", 200)])
    small = fleet.job([("small", 4)])
    assert Counter(fleet.owners(fleet.render(8))) == {huge: 4, small: 4}
    assert Counter(fleet.owners(fleet.ask(8))) == {huge: 4, small: 4}
    assert Counter(fleet.owners(fleet.render(8))) == {huge: 8}


def test_what_one_job_leaves_of_its_share_the_others_have(fleet: Fleet) -> None:
    small, huge, low = fleet.job([("a", 2)]), fleet.job([("b", 50)]), fleet.job([("c", 5)], priority=-1)
    assert Counter(fleet.owners(fleet.raster(20))) == {small: 2, huge: 18}
    assert Counter(fleet.owners(fleet.raster(40))) == {huge: 32, low: 5}


def test_every_job_has_its_turn_where_there_are_more_than_one_claim_takes(fleet: Fleet) -> None:
    made = [fleet.job([(f"d{number}", 9)]) for number in range(20)]
    seen: set[int | None] = set()
    for _ in range(4):
        seen |= set(fleet.owners(fleet.raster(8)))
    assert seen == set(made)


def test_jobs_take_turns_where_only_one_page_is_claimed_at_a_time(fleet: Fleet) -> None:
    made = [fleet.job([(name, 60)]) for name in "ab"]
    turns = Counter(owner for _ in range(60) for owner in fleet.owners(fleet.raster(1)))
    assert all(turns[job] > 10 for job in made)


def test_the_more_urgent_job_comes_first_and_its_priority_can_change(fleet: Fleet) -> None:
    slow = fleet.job([("a", 9)])
    fast = fleet.job([("b", 3)], priority=5)
    assert set(fleet.owners(fleet.raster(2))) == {fast}
    assert fleet.change("set_priority", slow, 9)
    assert set(fleet.owners(fleet.raster(2))) == {slow}


def test_nothing_is_rendered_too_far_ahead_for_one_engine_and_others_are_not_held_up(fleet: Fleet) -> None:
    slow = fleet.job([("a", 30)])
    assert len(fleet.render(6, most_ahead=5)) == 6
    assert fleet.raster(6, most_ahead=5) == []
    other = fleet.job([("b", 30)], engine="e2")
    assert set(fleet.owners(fleet.raster(6, most_ahead=5))) == {other}
    fleet.ask(1)
    assert slow in fleet.owners(fleet.raster(6, most_ahead=5))


def test_rendered_pages_of_a_paused_job_do_not_hold_up_others(fleet: Fleet) -> None:
    paused = fleet.job([("a", 30)])
    fleet.render(6)
    fleet.change("pause", paused)
    job = fleet.job([("b", 3)])
    assert set(fleet.owners(fleet.raster(6, most_ahead=5))) == {job}


def test_who_lost_the_lease_stores_no_page_and_moves_nothing(fleet: Fleet) -> None:
    fleet.job([("a", 2)])
    late = fleet.raster(1)
    fleet.expire()
    assert fleet.rastered(late) == set()
    with fleet.database.read() as conn:
        assert conn.execute(select(page_table.c.number)).all() == []
    assert fleet.ask(5) == []


def test_a_page_whose_image_is_gone_is_rendered_again(fleet: Fleet) -> None:
    fleet.job([("a", 1)])
    fleet.render(1)
    asked = fleet.ask(1)
    with fleet.database.write() as conn:
        assert claims.redraw(conn, asked) == {asked[0].id}
        assert claims.redraw(conn, asked) == set()
    assert [task.id for task in fleet.raster(1)] == [asked[0].id]


@pytest.mark.parametrize("stage", ["raster", "ask"])
def test_a_page_that_workers_die_of_is_claimed_alone_and_quarantined(fleet: Fleet, stage: str) -> None:
    job = fleet.job([("a", 3)])
    if stage == "ask":
        fleet.render(3)
    take = fleet.raster if stage == "raster" else fleet.ask
    first = take(1)
    fleet.expire()
    assert first[0].id not in [task.id for task in take(10)]
    for _ in range(crashes.MAX_CRASHES - 1):
        (alone,) = take(10, alone=True)
        assert alone.id == first[0].id
        with fleet.database.write() as conn:
            conn.execute(update(task_table).where(task_table.c.id == alone.id).values(lease_until=now() - 1.0))
            assert crashes.reap(conn).leases == 1
    assert take(10, alone=True) == []
    assert fleet.pages(job) == {"failed": 1, "leased": 2}


def test_an_inline_job_is_no_business_of_the_fleet(fleet: Fleet) -> None:
    job = fleet.job([("a", 2)])
    with fleet.database.write() as conn:
        conn.execute(update(job_table).where(job_table.c.id == job).values(queue="inline"))
    assert fleet.raster(5) == []


def test_threads_that_claim_at_once_get_every_page_once(fleet: Fleet) -> None:
    for number in range(5):
        fleet.job([(f"d{number}", 60)])
    fleet.render(1000)
    got: list[list[int]] = [[] for _ in range(6)]
    engine_id, set_id = fleet.engine_id("e1"), fleet.set_id("letters")

    def work(mine: list[int], name: str) -> None:
        for turn in range(1000):
            with fleet.database.write() as conn:
                claimed = claims.claim_ask(conn, engine_id, set_id, Hold(7, LEASE, f"{name}-{turn}", name))
            mine.extend(task.id for task in claimed)
            if not claimed:
                return

    threads = [threading.Thread(target=work, args=(mine, f"w{place}")) for place, mine in enumerate(got)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [task_id for mine in got for task_id in mine]
    assert len(every) == len(set(every))
    assert len(every) + len(fleet.ask(1000)) == 300


def test_threads_that_render_and_ask_at_once_lose_nothing(fleet: Fleet) -> None:
    made = [fleet.job([(f"d{number}", 25)]) for number in range(4)]
    faults: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for turn in range(10_000):
                hold = Hold(5, LEASE, f"{name}-{turn}", name)
                with fleet.database.write() as conn:
                    drawn = claims.claim_raster(conn, hold, 20)
                with fleet.database.write() as conn:
                    claims.rastered(conn, [(task, page(task)) for task in drawn])
                if not (fleet.answer(fleet.ask(5)) or drawn) and fleet.reap().ready.raster == 0:
                    return
        except BaseException as error:  # noqa: BLE001 - told below, in the thread that asserts
            faults.append(error)

    fleet.engine_id("e1")
    threads = [threading.Thread(target=work, args=(f"w{place}",)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    fleet.finish_all()
    assert [(fleet.state(job), fleet.pages(job)) for job in made] == [("succeeded", {"answered": 25})] * 4


@pytest.mark.parametrize("verb", ["raster", "ask", "wanted", "engines", "ahead"])
def test_a_claim_reads_indexes_whatever_is_queued(fleet: Fleet, verb: str) -> None:
    """20,000 pages in the queue: every look at `tasks` goes by an index, on PostgreSQL with fresh statistics too."""
    fleet.job([(f"d{number}", 1000) for number in range(20)])
    engine_id = fleet.engine_id("e1")
    statements: list[tuple[str, Any]] = []
    postgres = fleet.database.dialect == "postgresql"
    with fleet.database.write() as conn:
        if verb != "raster":
            conn.execute(update(task_table).where(task_table.c.number > 0).values(stage="ask"))
        if postgres:
            conn.execute(text("ANALYZE tasks"))

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        statements.append((statement, values))

    event.listen(fleet.database.engine, "before_cursor_execute", note)
    with fleet.database.write() as conn:
        if verb == "raster":
            assert len(claims.claim_raster(conn, fleet.hold(50), 100)) == 50
        elif verb == "ask":
            assert len(claims.claim_ask(conn, engine_id, None, fleet.hold(50))) == 50
        elif verb == "wanted":
            assert claims.wanted(conn, [engine_id])
        elif verb == "engines":
            assert claims.engines_wanted(conn) == ["scripted"]
        else:
            assert claims.claim_raster(conn, fleet.hold(50), 100) == []
    event.remove(fleet.database.engine, "before_cursor_execute", note)
    plans = []
    with fleet.database.write() as conn:
        for statement, values in statements:
            if "tasks" in statement:
                explain = "EXPLAIN" if postgres else "EXPLAIN QUERY PLAN"
                rows = conn.exec_driver_sql(f"{explain} {statement}", values).all()
                plans += [str(row[0 if postgres else 3]) for row in rows]
    assert any("ix_tasks_ready" in line for line in plans), plans
    assert not [line for line in plans if "Seq Scan on tasks" in line], plans
    assert not [line for line in plans if line.startswith("SCAN tasks") and "USING" not in line], plans
