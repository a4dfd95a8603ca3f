"""Jobs a second over HTTP, each with one small PDF, while a worker works: latency at a steady rate, jobs lost."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say
from benchmarks.support.pdfs import born_digital
from benchmarks.support.serving import Served, served

OPTIONS = {"clients": 20, "rate": 200, "seconds": 60, "processes": 4, "work": 1}  # work=0: the server alone
_BOUNDARY = "7b1f0c3a"


def run(say: Say, options: Options) -> Figures:
    figures: Figures = {}
    for kind in ("sqlite", "postgresql"):
        with TemporaryDirectory() as name:
            folder = Path(name)
            pdf = born_digital(folder / "small.pdf", 1, 3).read_bytes()
            with served(folder / "home", kind, options["clients"], work=bool(options["work"])) as server:
                began = time.monotonic()
                submitted = _submit(server, pdf, options)
                elapsed = max(time.monotonic() - began - 1, options["seconds"])
                told = _told(server)
                accepted = [job for job, _ in submitted if job]
                took = sorted(seconds for _, seconds in submitted)
                ended = sum(job["finished_at"] is not None for job in told.values())
                lost = sum(told.get(job, {"documents": {"total": 0}})["documents"]["total"] != 1 for job in accepted)
        found: Figures = {
            "jobs_per_second": round(len(accepted) / elapsed, 1),
            "p50_ms": round(1000 * took[len(took) // 2], 1),
            "p99_ms": round(1000 * took[int(len(took) * 0.99)], 1),
            "refused": len(submitted) - len(accepted),
            "lost": lost + len(accepted) - len(set(accepted)),
            "done_meanwhile": ended,
        }
        say(f"  {kind}: {found}")
        figures |= {f"{kind}_{key}": value for key, value in found.items()}
    figures["jobs_per_second"] = min(
        float(str(figures[f"{kind}_jobs_per_second"])) for kind in ("sqlite", "postgresql")
    )
    figures["p99_ms"] = max(float(str(figures[f"{kind}_p99_ms"])) for kind in ("sqlite", "postgresql"))
    figures["lost"] = sum(int(str(figures[f"{kind}_lost"])) for kind in ("sqlite", "postgresql"))
    return figures


def _submit(server: Served, pdf: bytes, options: Options) -> list[tuple[int, float]]:
    """(job, seconds from when it was due until it was answered) of each request; job 0: refused.

    Clients are threads of several processes, so that they do not wait for each other more than for the server.
    """
    count, per = options["clients"], options["clients"] / options["rate"]
    shares = [server.keys[at :: options["processes"]] for at in range(options["processes"])]
    with multiprocessing.get_context("spawn").Pool(options["processes"]) as pool:
        pool.map(time.sleep, [0.2] * options["processes"])  # started
        start = time.time() + 1
        work = [
            Share(server.host, server.port, keys, pdf, start + at * per / count, per, options["seconds"])
            for at, keys in enumerate(shares)
        ]
        return [answer for answers in pool.map(_clients, work, chunksize=1) for answer in answers]


@dataclass(frozen=True)
class Share:
    """What the clients of one process do: from `start` on, each one request every `per` seconds."""

    host: str
    port: int
    keys: tuple[str, ...]
    pdf: bytes
    start: float
    per: float
    seconds: int


def _clients(share: Share) -> list[tuple[int, float]]:
    answers: Queue[tuple[int, float]] = Queue()
    clients = [
        threading.Thread(target=_client, args=(share, key, share.start + at * share.per / len(share.keys), answers))
        for at, key in enumerate(share.keys)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return [answers.get() for _ in range(answers.qsize())]


def _client(share: Share, key: str, start: float, answers: Queue[Any]) -> None:
    connection = http.client.HTTPConnection(share.host, share.port, timeout=60)
    for number in range(int(share.seconds / share.per)):
        due = start + number * share.per
        time.sleep(max(0.0, due - time.time()))
        fresh = share.pdf + f"\n%{key}{number}\n".encode()  # other bytes each time: another document
        connection.request("POST", "/v1/jobs", body(fresh), headers(key))
        answer = connection.getresponse()
        told = json.loads(answer.read())
        answers.put((told["id"] if answer.status == 202 else 0, time.time() - due))


def headers(key: str) -> dict[str, str]:
    """Of a request that submits."""
    return {"Authorization": f"Bearer {key}", "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


def body(pdf: bytes) -> bytes:
    """The form with one file."""
    part = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    return b"".join(
        (
            f'{part}"set"\r\n\r\npaged\r\n{part}"files"; filename="a.pdf"\r\n\r\n'.encode(),
            pdf,
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        )
    )


def _told(server: Served) -> dict[int, dict[str, Any]]:
    """All jobs that the server lists, by number."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    found: dict[int, dict[str, Any]] = {}
    cursor = ""
    while True:
        connection.request("GET", f"/v1/jobs?limit=500{cursor}", headers=headers(server.keys[0]))
        page = json.loads(connection.getresponse().read())
        found |= {job["id"]: job for job in page["jobs"]}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
