"""Children that crash, hang or eat memory lose one task and hurt no neighbour."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from docproc.core.errors import PageFailed, Rejected, Unavailable
from docproc.imaging.children import ChildLimits, Children


def double(number: int) -> int:
    return 2 * number


def die(by: int) -> None:
    os.kill(os.getpid(), by)


def hang() -> None:
    while True:
        pass


def hog() -> int:
    return len(bytearray(4 << 30))


def leave(status: int) -> None:
    os._exit(status)


def noted(path: str) -> int:
    with Path(path).open("a") as file:
        file.write("run\n")
    return 1


def nap(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def refuse() -> None:
    raise Rejected("no such luck", "corrupt")


class UnpicklableError(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def raise_unpicklable() -> None:
    raise UnpicklableError("a", "b")


def broken_setup() -> None:
    raise FileNotFoundError("model.onnx")


def dead_setup() -> None:
    os._exit(7)


class Counter:
    def __init__(self, start: int) -> None:
        self.value = start


def count(counter: Counter, step: int) -> int:
    counter.value += step
    return counter.value


def start_grandchild() -> int:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    return process.pid


def start_grandchild_and_die(note: str) -> None:
    Path(note).write_text(str(start_grandchild()))
    die(signal.SIGSEGV)


@pytest.fixture
def children() -> Iterator[Children]:
    with Children(2, name="test", limits=ChildLimits(memory=1 << 30, ahead=1)) as made:
        yield made


def gone(pid: int) -> bool:
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_results_come_back_in_any_order_to_their_own_futures(children: Children) -> None:
    futures = [children.submit(double, number, timeout=60) for number in range(200)]
    assert [future.result(60) for future in futures] == [2 * number for number in range(200)]
    assert len(children.pids()) <= 2


def test_a_crash_fails_its_own_task_only(children: Children) -> None:
    before = [children.submit(double, number, timeout=60) for number in range(20)]
    crash = children.submit(die, signal.SIGSEGV, timeout=60, what="page 3 of a.pdf")
    after = [children.submit(double, number, timeout=60) for number in range(20)]
    with pytest.raises(PageFailed, match=r"page 3 of a\.pdf: .*SIGSEGV") as caught:
        crash.result(60)
    assert caught.value.code == "render_crash"
    assert [future.result(60) for future in before + after] == [2 * number for number in range(20)] * 2


def test_a_task_that_hangs_is_killed_at_its_wall_limit_and_those_sent_ahead_are_done_elsewhere(
    children: Children,
) -> None:
    hung = children.submit(hang, timeout=0.3, what="page 1")
    others = [children.submit(double, number, timeout=60) for number in range(40)]
    with pytest.raises(PageFailed, match=r"not done after 0\.3 s") as caught:
        hung.result(60)
    assert caught.value.code == "render_timeout"
    assert [future.result(60) for future in others] == [2 * number for number in range(40)]


def test_tasks_sent_ahead_to_a_child_that_hangs_do_not_wait_for_its_end(children: Children) -> None:
    children.submit(double, 1, timeout=60).result(60)
    hung = children.submit(hang, timeout=60)
    others = [children.submit(double, number, timeout=60) for number in range(40)]
    assert [future.result(50) for future in others] == [2 * number for number in range(40)]
    assert not hung.done()


def test_a_task_that_two_children_ran_has_one_result(tmp_path: Path) -> None:
    note = tmp_path / "runs"
    with Children(2, name="test", limits=ChildLimits(ahead=1)) as children:
        assert children.submit(nap, 0, timeout=60).result(60)
        slow = [children.submit(nap, 2.5, timeout=60) for _ in range(2)]
        quick = [children.submit(noted, str(note), timeout=60) for _ in range(2)]
        assert [future.result(60) for future in quick] == [1, 1]
        assert all(future.result(60) for future in slow)
        assert children.submit(double, 2, timeout=60).result(60) == 4


@pytest.mark.parametrize("status", [0, 1])
def test_a_task_that_leaves_its_process_is_a_crash_and_is_not_run_again(children: Children, status: int) -> None:
    with pytest.raises(PageFailed, match=f"ended with status {status}") as caught:
        children.submit(leave, status, timeout=60).result(60)
    assert caught.value.code == "render_crash"
    assert children.submit(double, 4, timeout=60).result(60) == 8


def test_a_memory_hog_is_out_of_memory(children: Children) -> None:
    with pytest.raises(PageFailed) as caught:
        children.submit(hog, timeout=60).result(60)
    assert caught.value.code == "out_of_memory"
    assert children.submit(double, 4, timeout=60).result(60) == 8


def test_a_child_that_somebody_else_kills_counts_as_out_of_memory(children: Children) -> None:
    with pytest.raises(PageFailed, match="from outside") as caught:
        children.submit(die, signal.SIGKILL, timeout=60).result(60)
    assert caught.value.code == "out_of_memory"


def test_typed_errors_keep_their_type_and_code(children: Children) -> None:
    with pytest.raises(Rejected, match="no such luck") as caught:
        children.submit(refuse, timeout=60).result(60)
    assert caught.value.code == "corrupt"


def test_an_error_that_cannot_be_pickled_comes_as_text(children: Children) -> None:
    with pytest.raises(RuntimeError, match="UnpicklableError: ab"):
        children.submit(raise_unpicklable, timeout=60).result(60)


def test_arguments_that_cannot_be_pickled_are_refused_at_once(children: Children) -> None:
    with pytest.raises((AttributeError, TypeError)):
        children.submit(double, threading.Lock(), timeout=60)


def test_what_the_setup_makes_lives_from_task_to_task() -> None:
    with Children(1, partial(Counter, 40), name="counter") as children:
        assert [children.submit(count, 1, timeout=60).result(60) for _ in range(2)] == [41, 42]


def test_a_setup_that_raises_is_the_outcome_of_every_task() -> None:
    with Children(1, broken_setup, name="engine") as children, pytest.raises(FileNotFoundError, match=r"model\.onnx"):
        children.submit(double, 1, timeout=60).result(60)


def test_children_that_die_at_their_start_are_given_up_instead_of_started_for_ever() -> None:
    with Children(1, dead_setup, name="engine") as children, pytest.raises(Unavailable, match="status 7"):
        children.submit(double, 1, timeout=60).result(60)


def test_a_waiting_task_can_be_cancelled() -> None:
    with Children(1, name="one") as children:
        children.submit(double, 1, timeout=60).result(60)
        running = children.submit(nap, 0.3, timeout=60)
        waiting = children.submit(double, 1, timeout=60)
        assert waiting.cancel()
        running.result(60)
        assert children.submit(double, 2, timeout=60).result(60) == 4


def test_a_callback_may_submit_the_next_task(children: Children) -> None:
    done = threading.Event()
    results: list[int] = []

    def last(future: object) -> None:
        results.append(second[0].result())
        done.set()

    second = []

    def chain(future: object) -> None:
        second.append(children.submit(double, 21, timeout=60))
        second[0].add_done_callback(last)

    children.submit(double, 1, timeout=60).add_done_callback(chain)
    assert done.wait(60)
    assert results == [42]


def test_close_kills_the_children_and_settles_every_future() -> None:
    children = Children(1, name="closing")
    pid = children.submit(nap, 0, timeout=60).result(60)
    running = children.submit(nap, 600, timeout=None)
    while not running.running():
        time.sleep(0.01)
    waiting = children.submit(double, 1, timeout=60)
    children.close()
    children.close()
    with pytest.raises(PageFailed) as caught:
        running.result(60)
    assert caught.value.code == "cancelled"
    assert waiting.cancelled()
    assert gone(pid)
    with pytest.raises(Unavailable):
        children.submit(double, 1, timeout=60)


def test_closing_children_that_were_never_used_leaves_nothing_open() -> None:
    Children(1).close()


def test_what_a_crashed_task_started_is_killed_with_it(children: Children, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(PageFailed):
        children.submit(start_grandchild_and_die, str(note), timeout=60).result(60)
    assert gone(int(note.read_text()))


PARENT = """
import sys, time
from docproc.imaging.children import Children
from tests.imaging.test_children import hang, nap
children = Children(1)
print(children.submit(nap, 0, timeout=60).result(60), flush=True)
children.submit(hang, timeout=None)
time.sleep(600)
"""


def test_children_die_with_a_parent_that_is_killed_in_the_middle_of_a_task() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=root, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.2)
        parent.kill()
    assert gone(pid)
