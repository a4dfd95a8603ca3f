"""Which workers are dead."""

from __future__ import annotations

import socket
import subprocess
import sys

from docproc.service.work.identity import dead, worker_name


def test_this_process_is_alive() -> None:
    assert dead([worker_name()]) == []


def test_a_process_of_this_host_that_has_ended_is_dead() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    assert dead([f"{socket.gethostname()}:{ended.pid}:x"]) == [f"{socket.gethostname()}:{ended.pid}:x"]


def test_nothing_is_said_of_another_hosts_workers() -> None:
    assert dead(["elsewhere:1:x"]) == []
