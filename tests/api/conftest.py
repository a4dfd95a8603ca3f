"""A real server on a free port, over a database of its own (SQLite and PostgreSQL)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pymupdf
import pytest

from docproc import wiring
from docproc.api.context import Context
from docproc.api.server import Server, address_of, listening
from docproc.service.keys import create_key
from docproc.service.parts import Parts

ROOT = Path(__file__).parents[2]
LETTERS = """
name: letters
description: Letters
questions:
  - {key: sender, ask: Who wrote it?, type: string}
  - {key: total, ask: What is the total?, type: money, merge: last}
"""


class Running:
    """A server in a thread, ready when the constructor returns."""

    def __init__(self, context: Context) -> None:
        self._server = Server(context, grace=2)
        self._stack = ExitStack()
        listener = self._stack.enter_context(listening("127.0.0.1", 0))
        self.url = address_of(listener)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="api", daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.005)

    def close(self) -> None:
        """Stop it and wait for its end."""
        self._server.should_exit = True
        self._thread.join(20)
        self._stack.close()
        assert not self._thread.is_alive(), "the server did not stop"


@dataclass
class Api:
    """A running server. `client` talks to it, at first without a key: the server is open until `key` made one."""

    url: str
    client: httpx2.Client
    parts: Parts
    context: Context
    home: Path

    def key(self, *scopes: str, name: str = "somebody") -> str:
        """A new key with these scopes (none given: all)."""
        return create_key(self.parts, name, scopes or ("read", "submit", "review", "sql", "admin"))

    def sign(self, *scopes: str, name: str = "somebody") -> str:
        """Make a key, have `client` send it from now on, and return it."""
        text = self.key(*scopes, name=name)
        self.client.headers["Authorization"] = f"Bearer {text}"
        return text

    def work(self) -> None:
        """Have a worker do all that waits, and wait for its end."""
        done = subprocess.run(
            [sys.executable, "-m", "docproc", "work", "--once"],
            check=False,
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

    def pdf(self, *texts: str) -> bytes:
        """A PDF with one page per text."""
        with pymupdf.open() as document:
            for text in texts or ("Letter of Jane Doe",):
                document.new_page().insert_text((72, 100), text, fontsize=12)
            data: bytes = document.tobytes()
        return data


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a server: its home, its database, the question set `letters`, the scripted engine."""
    for name in [name for name in os.environ if name.startswith("DOCPROC_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    (home / "sets").mkdir(parents=True)
    (home / "sets" / "letters.yaml").write_text(LETTERS)
    monkeypatch.setenv("DOCPROC_HOME", str(home))
    monkeypatch.setenv("DOCPROC_DATABASE_URL", database_url)
    monkeypatch.setenv("DOCPROC_QUESTION_SETS", str(home / "sets"))
    monkeypatch.setenv("DOCPROC_ENGINE", "scripted")
    monkeypatch.setenv("DOCPROC_WORKERS", "1")
    return home


@pytest.fixture
def api(settings: Path) -> Iterator[Api]:
    """A server that is open to this machine until a key is made; nobody works on its jobs but `api.work()`."""
    parts = wiring.assembled()
    with closing(parts.database), closing(wiring.faces_queue(parts)) as queue:
        serving = replace(wiring.serving(), rate=0.0)
        context = Context(parts, queue, serving, loopback=True, person="tester")
        server = Running(context)
        try:
            with httpx2.Client(base_url=server.url, timeout=30) as client:
                yield Api(server.url, client, parts, context, settings)
        finally:
            server.close()
