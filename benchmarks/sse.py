"""1,000 listeners to the events of jobs that are being worked on: events that any of them missed."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.api import body, headers
from benchmarks.support import Figures, Options, Say
from benchmarks.support.pdfs import born_digital
from benchmarks.support.serving import Served, served

OPTIONS = {"listeners": 1000, "jobs": 20, "seconds": 120}


def run(say: Say, options: Options) -> Figures:
    with TemporaryDirectory() as name:
        folder = Path(name)
        pdf = born_digital(folder / "small.pdf", 1, 3).read_bytes()
        with served(folder / "home", "sqlite") as server:
            return asyncio.run(_listen(say, server, pdf, options))


async def _listen(say: Say, server: Served, pdf: bytes, options: Options) -> Figures:
    """Jobs are submitted, all listeners come, and each counts what it is told until its job's end."""
    jobs = [_submitted(server, pdf + f"\n%{number}\n".encode()) for number in range(options["jobs"])]
    began = time.monotonic()
    listeners = [
        asyncio.create_task(_told(server, jobs[number % len(jobs)], options["seconds"]))
        for number in range(options["listeners"])
    ]
    told = await asyncio.gather(*listeners)
    complete = sum(state == "succeeded" and documents == 1 for state, documents in told)
    say(f"  {complete} of {len(told)} were told of the document and the end")
    return {
        "listeners": len(told),
        "missed": len(told) - complete,
        "seconds_to_the_last": round(time.monotonic() - began, 1),
    }


def _submitted(server: Served, pdf: bytes) -> int:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    connection.request("POST", "/v1/jobs", body(pdf), headers(server.keys[0]))
    return int(json.loads(connection.getresponse().read())["id"])


async def _told(server: Served, job: int, seconds: int) -> tuple[str, int]:
    """The last state that a listener is told, and how many documents."""
    state, documents = "", 0
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            head = f"GET /v1/jobs/{job}/events HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n"
            writer.write(f"{head}Authorization: Bearer {server.keys[0]}\r\n\r\n".encode())
            kind = ""
            async for line in reader:
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "document":
                    documents += 1
                elif name == "data":
                    state = json.loads(value)["state"]
            writer.close()
    except (TimeoutError, OSError):
        return state, documents
    return state, documents
