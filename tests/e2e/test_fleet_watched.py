"""A fleet seen from outside: its workers' logs and metrics."""

from __future__ import annotations

import json
import socket
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.e2e.conftest import make_pdf, script
from tests.e2e.test_fleet import TEXT, Fleet, fleet, redis

pytestmark = pytest.mark.postgres
__all__ = ["fleet", "redis"]  # fixtures


def _metrics(first: int) -> str:
    """What all the processes say that share a setting."""
    found = []
    for port in range(first, first + 16):
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                found.append(answer.read().decode())
        except URLError:
            continue
    return "\n".join(found)


def test_workers_log_json_lines_and_count_what_they_do(fleet: Fleet) -> None:
    shell = fleet.shell
    make_pdf(shell.folder / "a.pdf", [TEXT] * 3)
    script(shell, [{"key": "sender", "value": "Anna"}, {"page": 2, "error": "page"}])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell.settings |= {"DOCPROC_LOG": "json", "DOCPROC_METRICS": f"127.0.0.1:{port}"}
    fleet.start("gpu")
    fleet.start("raster,io")
    done = shell("run", "a.pdf", "-q", "letters", "--json")
    assert done.code == 2, done.err + fleet.said()
    counted = _metrics(port)
    assert 'docproc_pages_total{state="answered"} 2.0' in counted, counted
    assert 'docproc_pages_total{state="rastered"} 3.0' in counted
    lines = [json.loads(line) for line in fleet.said().splitlines() if line.startswith("{")]
    events = {line["event"] for line in lines}
    assert {"worker_started", "page_failed"} <= events, fleet.said()
    assert [line["page"] for line in lines if line["event"] == "page_failed"] == [2]
    assert "Anna" not in fleet.said()
    assert "harbour" not in fleet.said()
