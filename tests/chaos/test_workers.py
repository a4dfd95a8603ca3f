"""The workers of a fleet die, freeze, and are stopped while work is in hand."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from tests.chaos import faults
from tests.chaos.audit import assert_whole
from tests.e2e.test_fleet import Fleet, answered, done, letters

pytestmark = pytest.mark.postgres


def test_a_storm_of_sigkills_costs_no_page(fleet: Fleet, postgres_url: str) -> None:
    shell = fleet.shell
    letters(shell, files=10, pages=10)
    faults.slowly(shell, 0.03)
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    assert faults.kill_in_turn(fleet, ["gpu", "raster,io"], kills=3) == 3
    faults.until(lambda: done(fleet))
    assert_whole(postgres_url, pages=100)


def test_what_a_worker_commits_after_its_lease_is_dropped(fleet: Fleet, postgres_url: str) -> None:
    shell = fleet.shell
    letters(shell, files=1, pages=20)
    faults.slowly(shell)
    shell.settings["DOCPROC_LOG"] = "json"
    late = psutil.Process(fleet.start("gpu").pid)
    fleet.start("raster,io")
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    faults.until(lambda: answered(fleet) > 3 and faults.in_hand(fleet) > 0)
    with faults.frozen(late), faults.rung(fleet, "io", "gpu") as ring:
        faults.expire_leases(postgres_url)
        fleet.start("gpu")
        faults.until(lambda: done(fleet), meanwhile=ring)
    faults.until(lambda: '"lease_lost"' in fleet.said(), 30)
    assert_whole(postgres_url, pages=20)


@pytest.mark.parametrize("signs", [[signal.SIGTERM, signal.SIGTERM], [signal.SIGQUIT]], ids=["warm, then cold", "cold"])
def test_workers_that_are_stopped_give_their_leases_back_at_once(
    fleet: Fleet, postgres_url: str, signs: list[signal.Signals]
) -> None:
    shell = fleet.shell
    letters(shell, files=2, pages=15)
    faults.slowly(shell)
    asking, drawing = fleet.start("gpu"), fleet.start("raster,io")
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    faults.until(lambda: answered(fleet) > 2 and faults.in_hand(fleet) > 0)
    began = time.time()
    faults.stop(asking, signs)
    faults.stop(drawing, signs)
    assert fleet.number("SELECT count(*) FROM tasks WHERE state = 'leased'") == 0
    assert fleet.number(f"SELECT count(*) FROM tasks WHERE available_at > {began} + 60") == 0
    assert fleet.number("SELECT coalesce(max(crashes), 0) FROM tasks") == 0
    assert answered(fleet) < 30
    fleet.start("gpu")
    fleet.start("raster,io")
    faults.until(lambda: done(fleet))
    assert_whole(postgres_url, pages=30)
