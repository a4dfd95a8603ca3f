"""A `docproc serve` of its own, on SQLite or PostgreSQL, with as many keys as there are clients."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.support.product import Docproc
from tests.servers import postgresql

_ADDRESS = re.compile(r"listening at http://([\d.]+):(\d+);")


@dataclass(frozen=True)
class Served:
    """Where a server listens, its keys, and its home."""

    host: str
    port: int
    keys: tuple[str, ...]
    docproc: Docproc


@contextmanager
def served(folder: Path, kind: str, keys: int = 1, work: bool = True, **settings: str) -> Iterator[Served]:
    """A server with its own worker. `kind` is sqlite or postgresql (as durable as SQLite here is)."""
    with ExitStack() as stack:
        where = {"DOCPROC_ENGINE": "scripted", "DOCPROC_API_RATE": "0", **settings}
        if kind == "postgresql":
            where["DOCPROC_DATABASE_URL"] = stack.enter_context(_database())
        docproc = Docproc(folder, where)
        made = [_said(docproc, "keys", "create", f"client{n}", "--scope", "read,submit") for n in range(keys)]
        command = [sys.executable, "-m", "docproc", "serve", "--port", "0", *([] if work else ["--no-work"])]
        log = folder / "serve.log"
        with log.open("wb") as file:
            server = subprocess.Popen(command, env=docproc.environment(), stdout=file, stderr=file)
        stack.callback(_end, server)
        found = None
        while found is None:
            if server.poll() is not None:
                raise RuntimeError(log.read_text("utf-8", "replace"))
            found = _ADDRESS.search(log.read_text("utf-8", "replace"))
        yield Served(found[1], int(found[2]), tuple(made), docproc)


@contextmanager
def _database() -> Iterator[str]:
    with postgresql({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}) as server:
        name = f"docproc_bench_{os.getpid()}"
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_url(server).set(database=name).render_as_string(hide_password=False)


def _said(docproc: Docproc, *arguments: str) -> str:
    command = [sys.executable, "-m", "docproc", *arguments]
    done = subprocess.run(command, env=docproc.environment(), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
    server.wait(60)
