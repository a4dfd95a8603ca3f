"""The servers of a fleet go away while work is in hand."""

from __future__ import annotations

import time

import pytest

from tests.chaos import faults
from tests.chaos.audit import assert_whole
from tests.e2e.test_fleet import Fleet, answered, done, letters
from tests.servers_redis import Redis

pytestmark = pytest.mark.postgres


def test_a_redis_that_dies_and_comes_back_empty_costs_no_page(fleet: Fleet, redis: Redis) -> None:
    shell = fleet.shell
    letters(shell, files=4, pages=10)
    faults.slowly(shell)
    fleet.start("gpu")
    fleet.start("raster,io")
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    faults.until(lambda: answered(fleet) > 3)
    redis.kill()
    redis.start()
    letters(shell, files=1, pages=5, folder="more")
    assert shell("run", "more", "-q", "letters", "--no-wait").code == 0
    faults.until(lambda: answered(fleet) == 45 and done(fleet))
    assert_whole(shell.settings["DOCPROC_DATABASE_URL"], pages=45)


def test_a_database_that_is_away_for_some_seconds_costs_no_page(fleet: Fleet, postgres_url: str) -> None:
    shell = fleet.shell
    letters(shell, files=4, pages=10)
    faults.slowly(shell)
    fleet.start("gpu")
    fleet.start("raster,io")
    assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
    faults.until(lambda: answered(fleet) > 3 and faults.in_hand(fleet) > 0)
    with faults.refused(postgres_url):
        time.sleep(4)
    before = answered(fleet)
    assert before < 40
    faults.until(lambda: done(fleet))
    assert_whole(postgres_url, pages=40)
