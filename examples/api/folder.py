"""Submit a folder, follow the job as it goes, and fetch the answers as CSV.

python examples/api/folder.py FOLDER --set invoice > answers.csv

Needs `pip install httpx2`. The server's address is --url, an API key with the scopes submit and read is read from KEY.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

ENDED = ("succeeded", "partial", "failed", "cancelled")
SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")


def submit(client: httpx2.Client, files: list[Path], question_set: str) -> dict[str, Any]:
    """The job. The idempotency key is made of what is asked: the same request, sent again, is the same job."""
    names = [f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files]
    key = hashlib.sha256("\n".join([question_set, *names]).encode()).hexdigest()
    with ExitStack() as stack:
        parts = [("files", (path.name, stack.enter_context(path.open("rb")))) for path in files]
        fields = {"set": question_set, "reference": files[0].parent.name or "folder"}
        reply = client.post("/v1/jobs", files=parts, data=fields, headers={"Idempotency-Key": key})
    told(reply)
    job: dict[str, Any] = reply.json()
    return job


def follow(client: httpx2.Client, job_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(event, data) until the job has ended; a connection that breaks is taken up where it broke."""
    last, tries = "", 0
    while tries < 10:
        headers = {"Last-Event-ID": last} if last else {}
        try:
            with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers, timeout=60) as reply:
                if reply.status_code == 204:  # it has ended, and that was told
                    return
                reply.raise_for_status()
                event, data = "message", ""
                for line in reply.iter_lines():
                    name, _, value = line.partition(":")
                    if name == "id":
                        last, tries = value.strip(), 0
                    elif name == "event":
                        event = value.strip()
                    elif name == "data":
                        data += value.strip()
                    elif not line and data:
                        yield event, json.loads(data)
                        event, data = "message", ""
        except httpx2.TransportError as error:
            print(f"the connection broke ({error}), trying again", file=sys.stderr)
            time.sleep(2**tries / 10)
        tries += 1
    raise SystemExit(f"job {job_id}: the server is away; it goes on by itself")


def told(reply: httpx2.Response) -> None:
    """End with what the server says where it refuses; its problems have a `code` for programs, too."""
    if reply.is_error:
        problem = reply.json()
        raise SystemExit(f"{problem['code']}: {problem['detail']} (request {problem['request_id']})")


def main(arguments: list[str] | None = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", default="document")
    parser.add_argument("--url", default="http://127.0.0.1:8420")
    asked = parser.parse_args(arguments)
    files = sorted(path for path in asked.folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise SystemExit(f"{asked.folder}: no PDF and no picture")
    key = os.environ.get("KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with httpx2.Client(base_url=asked.url, headers=headers, timeout=60) as client:
        job = submit(client, files, asked.set)
        for event, data in follow(client, job["id"]):
            if event == "document":
                print(f"{data['name']}: {data['outcome']}", file=sys.stderr)
            elif event == "job":
                print(f"job {job['id']}: {data['state']}", file=sys.stderr)
        with client.stream("GET", f"/v1/jobs/{job['id']}/results", params={"format": "csv"}) as reply:
            reply.raise_for_status()
            for text in reply.iter_text():
                sys.stdout.write(text)


if __name__ == "__main__":
    main()
