"""What can happen to a fleet, done to a real one. The tests do each for a moment, `benchmarks.chaos` for longer."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url

from docproc.queues import Stage, create_queue
from tests.e2e.conftest import Shell, script
from tests.e2e.test_fleet import Fleet

_BLOCK = bytes(1 << 16)
_WORKING = "SELECT count(*) FROM tasks WHERE state = 'leased' AND stage = 'ask'"


def slowly(shell: Shell, seconds: float = 0.1, batch: int = 2) -> None:
    """Pages that take so long to be asked that a fault meets them in hand; totals stay made up from their numbers."""
    script(shell, [{"key": "sender", "value": "Anna Example", "delay": seconds}])
    shell.settings |= {"DOCPROC_SCRIPTED_LANES": "1", "DOCPROC_SCRIPTED_BATCH": str(batch), "DOCPROC_WORKERS": "1"}


def until(met: Callable[[], bool], seconds: float = 90.0, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait for something that has to come. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not met():
        meanwhile()
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come to it in {seconds:.0f} s")
        time.sleep(0.1)


def in_hand(fleet: Fleet) -> int:
    """Tasks that somebody asks about."""
    return fleet.number(_WORKING)


def kill_in_turn(fleet: Fleet, queues: list[str], kills: int) -> int:
    """A worker after the other dies by SIGKILL with work in hand, and a new one comes in its place; how many died."""
    workers = [(wanted, fleet.start(wanted)) for wanted in queues]
    died = 0
    while died < kills:
        with suppress(TimeoutError):
            until(lambda: in_hand(fleet) > 0, 15)
        wanted, worker = workers.pop(0)
        fleet.kill(worker)
        workers.append((wanted, fleet.start(wanted)))
        died += 1
    return died


@contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """A process and its children stand still."""
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.suspend()
    try:
        yield
    finally:
        for member in reversed(family):
            with suppress(psutil.NoSuchProcess):
                member.resume()


def server_process(url: str) -> psutil.Process:
    """The PostgreSQL server behind a URL, which has to be on this machine."""
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    assert row is not None
    return psutil.Process(int(str(row[0]).splitlines()[0]))


@contextmanager
def refused(url: str) -> Iterator[None]:
    """The database throws everybody out and lets nobody in."""
    database = make_url(url).database
    with psycopg.connect(make_url(url).set(database="postgres").render_as_string(False), autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        try:
            conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
            yield
        finally:
            conn.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')


def expire_leases(url: str) -> None:
    """As if nobody had renewed a lease for long."""
    with psycopg.connect(url) as conn:
        conn.execute("UPDATE tasks SET lease_until = 0 WHERE state = 'leased'")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A folder on a disk of its own, where this machine allows one; whether it does."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(folder: Path, has_own_disk: bool) -> Iterator[None]:
    """Nothing can be written into a folder: its disk is full, or, where that cannot be had, it is not a folder."""
    aside = folder.with_name("aside")
    filler = folder / "filler"
    if has_own_disk:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(_BLOCK)
    else:
        folder.rename(aside)
        folder.touch()
    try:
        yield
    finally:
        filler.unlink(missing_ok=True) if has_own_disk else _back(aside, folder)


def _back(aside: Path, folder: Path) -> None:
    folder.unlink()
    aside.rename(folder)


@contextmanager
def rung(fleet: Fleet, *stages: Stage) -> Iterator[Callable[[], None]]:
    """What rings for workers at once: the reaper's next round need not be waited for."""
    queue = create_queue("celery", fleet.shell.settings["DOCPROC_REDIS_URL"])
    try:

        def ring() -> None:
            for stage in stages:
                queue.ring(stage)

        yield ring
    finally:
        queue.close()


def stop(worker: subprocess.Popen[bytes], signs: list[signal.Signals], pause: float = 0.3) -> None:
    """Tell a worker to end, and again; returns when it has."""
    for sign in signs:
        worker.send_signal(sign)
        time.sleep(pause)
    worker.wait(30)
