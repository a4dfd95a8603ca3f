"""A real S3-compatible server for the tests, in a process of its own that can be stopped, killed and frozen."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

BUCKET = "pages"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
_SERVE = """
import signal
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", {port})
server.start()
print(server.get_host_and_port()[1], flush=True)
signal.pause()
"""


@dataclass(frozen=True)
class S3:
    """A server, and the environment in which clients find it."""

    process: subprocess.Popen[str]
    port: int

    @property
    def environment(self) -> dict[str, str]:
        return {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}"}


@contextmanager
def s3_server(port: int = 0) -> Iterator[S3]:
    """A server without buckets, on a free port."""
    # One system call between fork and exec, and no threads that could hold a lock of it.
    how: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "preexec_fn": _die_with_parent}
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", _SERVE.format(port=port)], text=True, **how
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # "Starting …"
        yield S3(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def use(server: S3, monkeypatch: pytest.MonkeyPatch, bucket: str) -> str:
    """Let this process's clients find the server, and make a bucket there; its URL."""
    import boto3
    from s3fs import S3FileSystem

    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()
    boto3.client("s3").create_bucket(Bucket=bucket)
    return f"s3://{bucket}"


def _die_with_parent() -> None:
    """In the child: when the tests are killed, the server ends too (Linux's PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
