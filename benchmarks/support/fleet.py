"""A fleet on this machine: PostgreSQL, Redis and Celery workers, each a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.support.product import Docproc
from docproc.store.database import open_database
from tests.servers import EMPTY, postgresql
from tests.servers_redis import redis_url

ROOT = Path(__file__).parents[2]


class Fleet:
    """Workers that share the home, the database and the Redis of `docproc`, a command that submits to them."""

    def __init__(self, docproc: Docproc, url: str) -> None:
        self.docproc = docproc
        self.url = url
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, *queues: str) -> None:
        """One worker for each; returns when all of them listen."""
        for wanted in queues:
            name = f"{wanted.replace(',', '-')}-{len(self.workers)}@bench"
            command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", wanted, "-n", name]
            log = self.docproc.home / f"{name}.log"
            with log.open("wb") as file:
                worker = subprocess.Popen(
                    [*command, "-l", "INFO", "--without-gossip", "--without-mingle"],
                    cwd=ROOT,
                    env=self.docproc.environment(),
                    stdout=file,
                    stderr=file,
                    start_new_session=True,
                )
            self.workers.append(worker)
            while b" ready." not in log.read_bytes():
                if worker.poll() is not None:
                    raise RuntimeError(log.read_text("utf-8", "replace"))
                time.sleep(0.1)

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGKILL, parent and children."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def number(self, query: str) -> float:
        """The one number that a query gives."""
        with psycopg.connect(self.url) as conn:
            row = conn.execute(query).fetchone()
        assert row is not None
        return float(row[0])

    def empty(self) -> None:
        """No row in any table, no image in the store."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(EMPTY)
        shutil.rmtree(self.docproc.home / "images", ignore_errors=True)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)


@contextmanager
def fleet_in(home: Path, **settings: str) -> Iterator[Fleet]:
    """A fleet without workers yet, on a database of its own."""
    with ExitStack() as stack:
        server = stack.enter_context(postgresql())
        name = f"docproc_bench_{os.getpid()}"
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        with closing(open_database(url)) as database:
            database.upgrade()
        redis = stack.enter_context(redis_url())
        where = {"DOCPROC_DATABASE_URL": url, "DOCPROC_REDIS_URL": redis, "DOCPROC_QUEUE": "celery"}
        fleet = Fleet(Docproc(home, {"DOCPROC_ENGINE": "scripted", **where, **settings}), url)
        home.mkdir(parents=True, exist_ok=True)
        stack.callback(fleet.close)
        yield fleet
