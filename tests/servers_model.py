"""A real model server for the tests, on a free port of this machine's loopback; gone when the tests end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from tests.models.small import build

ROOT = Path(__file__).resolve().parents[1]
NAME = "tests/tiny-Qwen3-VL"
START = 120.0  # seconds


def publish(hub: Path, name: str, model: Path | None = None) -> None:
    """A model's folder, or else a small random Qwen3-VL, in a cache of the hub, as if downloaded under that name."""
    repository, revision = hub / f"models--{name.replace('/', '--')}", "0" * 40
    folder = repository / "snapshots" / revision
    if model is not None:
        shutil.copytree(model, folder)
    else:
        build(folder, "qwen3_vl")
    # As in the published ones; without it the server draws nothing, whatever temperature a request names.
    generation = json.loads((folder / "generation_config.json").read_text("utf-8"))
    (folder / "generation_config.json").write_text(json.dumps({**generation, "do_sample": True}), "utf-8")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision, "ascii")


@contextmanager
def model_server(folder: Path, name: str = NAME, model: Path | None = None) -> Iterator[str]:
    """The base URL of `transformers serve` with the model of a folder, or else a small random Qwen3-VL.

    The server calls it `name`. `folder` keeps a copy of the model and the server's log.
    """
    hub = folder / "hub"
    publish(hub, name, model)
    for _ in range(3):  # a port that is free now may be taken a moment later
        port = _free_port()
        log = folder / f"server-{port}.log"
        environment = {
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_CACHE": str(hub),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
        }
        with log.open("wb") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "tests.serve_model", name, str(port)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )
        try:
            if _is_ready(server, port):
                yield f"http://127.0.0.1:{port}/v1"
                return
        finally:
            server.kill()
            server.communicate()
    raise RuntimeError(f"the model server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _is_ready(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it answers in time; False where it has ended."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with direct.open(f"http://127.0.0.1:{port}/health", timeout=5):
                return True
        except (URLError, OSError):
            time.sleep(0.1)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
