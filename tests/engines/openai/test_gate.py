"""The gate: so many at once, a pause for all, and pages that were begun first."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from docproc.engines.openai.gate import Closed, Gate


def test_never_more_than_the_limit_are_through_at_once() -> None:
    gate, counting = Gate(3), threading.Lock()
    within, most = 0, 0

    def one(_: int) -> None:
        nonlocal within, most
        with gate.through(False, math.inf) as entered:
            assert entered
            with counting:
                within += 1
                most = max(most, within)
            time.sleep(0.001)
            with counting:
                within -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(one, range(60)))
    assert most == 3


def test_who_knows_the_page_goes_before_who_brings_a_new_one() -> None:
    gate, order = Gate(1), []

    def one(name: str, known: bool) -> None:
        with gate.through(known, math.inf):
            order.append(name)

    with ThreadPoolExecutor(20) as pool, gate.through(False, math.inf):
        calls = [pool.submit(one, "new", False) for _ in range(10)]
        calls += [pool.submit(one, "known", True) for _ in range(10)]
        while gate.waiting < len(calls):
            time.sleep(0.001)
    for call in calls:
        call.result()
    assert order == ["known"] * 10 + ["new"] * 10


def test_an_overloaded_server_halves_the_limit_once_for_each_pause() -> None:
    gate = Gate(32)
    for _ in range(10):
        gate.overloaded(60)
    assert gate.limit == 16


def test_nobody_goes_through_during_a_pause() -> None:
    gate = Gate(4)
    gate.overloaded(60)
    with gate.through(True, time.monotonic() + 0.02) as entered:
        assert not entered


def test_the_limit_grows_back_while_all_goes_well() -> None:
    gate = Gate(4)
    gate.overloaded(0)
    assert gate.limit == 2
    for _ in range(100):
        gate.went_well()
    assert gate.limit == 4


def test_one_request_always_remains_possible() -> None:
    gate = Gate(1)
    for _ in range(3):
        gate.overloaded(0)
    with gate.through(False, math.inf) as entered:
        assert entered


def test_closing_wakes_all_who_wait() -> None:
    gate = Gate(1)

    def wait() -> None:
        with gate.through(False, math.inf):
            raise AssertionError("nobody comes through a closed gate")

    with ThreadPoolExecutor(2) as pool, gate.through(False, math.inf):
        waiting = [pool.submit(wait), pool.submit(gate.rest, 3600)]
        gate.close()
        for future in waiting:
            with pytest.raises(Closed):
                future.result()
