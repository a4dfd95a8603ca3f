"""Jobs over HTTP: submitted, looked at, followed, ended, tried again."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.conftest import Api


def submit(api: Api, *texts: str, **fields: Any) -> dict[str, Any]:
    """A job with a PDF of these pages."""
    files = [("files", ("letter.pdf", api.pdf(*texts), "application/pdf"))]
    answer = api.client.post("/v1/jobs", files=files, data={"set": "letters", **fields})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sources(api: Api) -> list[Path]:
    """All files that the store of sources has, partial ones too."""
    return sorted(path for path in (api.home / "images").rglob("*") if path.is_file())


def test_a_file_is_submitted_and_done(api: Api) -> None:
    data = api.pdf("one", "two")
    answer = api.client.post("/v1/jobs", files=[("files", ("a.pdf", data))], data={"set": "letters", "priority": "3"})
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert answer.headers["retry-after"]
    assert (job["state"], job["set"], job["priority"]) == ("queued", "letters", 3)
    assert job["documents"]["total"] == job["documents"]["running"] == 1
    api.work()
    ended = api.client.get(f"/v1/jobs/{job['id']}").json()
    assert ended["state"] == "succeeded"
    assert ended["pages"]["total"] == 2
    assert sum(count for name, count in ended["pages"].items() if name != "total") == 2
    (file,) = api.client.get(f"/v1/jobs/{job['id']}/files").json()["files"]
    assert (file["name"], file["status"], file["document"]) == ("a.pdf", "succeeded", hashlib.sha256(data).hexdigest())


def test_what_is_here_already_is_named_by_its_hash(api: Api) -> None:
    data = api.pdf("one")
    submit(api, "one")
    answer = api.client.post(
        "/v1/jobs",
        json={"set": "letters", "files": [{"sha256": hashlib.sha256(data).hexdigest(), "name": "b.pdf"}]},
    )
    unknown = api.client.post("/v1/jobs", json={"set": "letters", "files": [{"sha256": "0" * 64}]})
    assert unknown.status_code == 404
    sha = sources(api)[0].name
    answer = api.client.post("/v1/jobs", json={"set": "letters", "files": [{"sha256": sha, "name": "b.pdf"}]})
    assert answer.status_code == 202
    api.work()
    assert api.client.get(answer.headers["location"]).json()["state"] == "succeeded"


@pytest.mark.parametrize(
    "given",
    [
        "name: mine\nquestions:\n  - {key: who, ask: Who?, type: string}\n",
        {"name": "mine", "questions": [{"key": "who", "ask": "Who?", "type": "string"}]},
    ],
)
def test_a_question_set_may_come_with_the_job(api: Api, given: Any) -> None:
    submit(api)
    sha = sources(api)[0].name
    answer = api.client.post("/v1/jobs", json={"question_set": given, "files": [{"sha256": sha}]})
    assert answer.status_code == 202, answer.text
    assert answer.json()["set"] == "mine"


def test_the_faults_of_a_question_set_are_all_told(api: Api) -> None:
    submit(api)
    before = sources(api)
    broken = "name: mine\nquestions:\n  - {key: Who, ask: Who?, type: strung}\n"
    files = [("files", ("new.pdf", api.pdf("another")))]
    answer = api.client.post("/v1/jobs", files=files, data={"question_set": broken})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) >= 2
    assert sources(api) == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"set": "nothing_like_it"}, 404),
        ({"priority": "1000"}, 422),
        ({"surprise": "1"}, 422),
        ({"engine": "nobody"}, 400),
        ({"reference": "a\nb"}, 422),
        ({"webhook": "http://127.0.0.1/"}, 400),
        ({"webhook": "file:///etc/passwd"}, 400),
    ],
)
def test_a_wrong_field_is_refused_and_leaves_nothing(api: Api, fields: dict[str, str], status: int) -> None:
    answer = api.client.post("/v1/jobs", files=[("files", ("a.pdf", api.pdf()))], data=fields)
    assert answer.status_code == status, answer.text
    assert sources(api) == []
    assert api.client.get("/v1/jobs").json()["jobs"] == []


def test_a_form_without_files_and_one_that_is_none_are_refused(api: Api) -> None:
    assert api.client.post("/v1/jobs", files=[("set", (None, "letters"))]).status_code == 400
    for kind, body in (
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nab',
        ),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
    ):
        assert api.client.post("/v1/jobs", content=body, headers={"Content-Type": kind}).status_code == 400
    assert api.client.post("/v1/jobs", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert sources(api) == []


def test_a_name_with_a_path_stays_a_name(api: Api) -> None:
    files = [("files", ("../../etc/passwd\x00.pdf", api.pdf("one"))), ("files", ("a/../b\r\nX: 1.pdf", api.pdf("two")))]
    answer = api.client.post("/v1/jobs", files=files, data={"set": "letters"})
    assert answer.status_code == 202, answer.text
    listed = api.client.get(answer.headers["location"] + "/files").json()["files"]
    assert not any("/" in file["name"] or "\n" in file["name"] for file in listed)
    assert all(path.is_relative_to(api.home / "images" / "sources") for path in sources(api))


def test_an_upload_that_ends_early_leaves_nothing(api: Api) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 50000000\r\n\r\n" + head + b"x" * 5_000_000
        )
        deadline = time.monotonic() + 20
        while not sources(api) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert sources(api), "it is spilled to the disk by now"
    while sources(api) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sources(api) == []


def test_a_file_above_the_limit_is_refused_by_its_name(api: Api) -> None:
    object.__setattr__(api.context.serving, "file_bytes", 3_000_000)
    files = [("files", ("small.pdf", b"x")), ("files", ("large.pdf", b"x" * 4_000_000))]
    answer = api.client.post("/v1/jobs", files=files, data={"set": "letters"})
    assert answer.status_code == 413
    assert "large.pdf" in answer.json()["detail"]
    assert sources(api) == []


def test_too_many_files_are_refused(api: Api) -> None:
    files = [("files", (f"{number}.pdf", b"x")) for number in range(101)]
    assert api.client.post("/v1/jobs", files=files, data={"set": "letters"}).status_code == 413
    assert sources(api) == []


def test_the_same_request_with_the_same_key_makes_one_job(api: Api) -> None:
    key = {"Idempotency-Key": "order-17"}
    data = api.pdf("one")
    first = api.client.post("/v1/jobs", files=[("files", ("a.pdf", data))], data={"set": "letters"}, headers=key)
    again = api.client.post("/v1/jobs", files=[("files", ("a.pdf", data))], data={"set": "letters"}, headers=key)
    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = api.client.post("/v1/jobs", files=[("files", ("b.pdf", data))], data={"set": "letters"}, headers=key)
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"
    assert len(api.client.get("/v1/jobs").json()["jobs"]) == 1


def test_jobs_are_listed_page_by_page_and_filtered(api: Api) -> None:
    made = [submit(api, "one", reference=f"r{number}", tags=["blue", f"t{number}"])["id"] for number in range(5)]
    first = api.client.get("/v1/jobs", params={"limit": 2}).json()
    assert [job["id"] for job in first["jobs"]] == made[:-3:-1]
    second = api.client.get("/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()
    third = api.client.get("/v1/jobs", params={"limit": 2, "cursor": second["next"]}).json()
    assert [job["id"] for page in (first, second, third) for job in page["jobs"]] == made[::-1]
    assert third["next"] is None
    for filters, count in (
        ({"reference": "r3"}, 1),
        ({"tag": "blue"}, 5),
        ({"tag": "t2"}, 1),
        ({"tag": "green"}, 0),
        ({"state": "queued"}, 5),
        ({"state": "failed"}, 0),
        ({"set": "letters", "engine": "scripted"}, 5),
    ):
        assert len(api.client.get("/v1/jobs", params=filters).json()["jobs"]) == count, filters


@pytest.mark.parametrize("cursor", ["x", "e30", "AAAA", "a" * 2000, "eyJiZWZvcmUiOiJ4In0", "é"])
def test_a_cursor_of_somebody_elses_is_refused(api: Api, cursor: str) -> None:
    assert api.client.get("/v1/jobs", params={"cursor": cursor}).status_code in (400, 422)


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "1.5"])
def test_a_number_that_no_job_can_have_is_refused(api: Api, number: str) -> None:
    assert api.client.get(f"/v1/jobs/{number}").status_code == 422


def test_a_job_is_paused_resumed_and_cancelled(api: Api) -> None:
    path = f"/v1/jobs/{submit(api)['id']}"
    assert api.client.post(f"{path}/pause").json()["state"] == "paused"
    assert api.client.post(f"{path}/pause").status_code == 409
    assert api.client.post(f"{path}/resume").json()["state"] == "queued"
    assert api.client.post(f"{path}/cancel").json()["state"] in ("cancelling", "cancelled")
    assert api.client.post(f"{path}/resume").status_code == 409
    assert api.client.post("/v1/jobs/999/cancel").status_code == 404


def test_a_long_poll_ends_when_the_job_does(api: Api) -> None:
    path = f"/v1/jobs/{submit(api)['id']}"
    assert api.client.get(path, params={"wait": 0.3}).json()["state"] == "queued"
    api.client.post(f"{path}/cancel")
    api.work()
    assert api.client.get(path, params={"wait": 20}).json()["state"] == "cancelled"


def listened(api: Api, path: str, last: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """(event, id, data) of a stream until its end."""
    told, event = [], {"event": "", "id": ""}
    headers = {"Last-Event-ID": last} if last else {}
    with httpx2.stream("GET", f"{api.url}{path}/events", headers=headers, timeout=60) as answer:
        if answer.status_code == 204:
            return []
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "data":
                told.append((event["event"], event["id"], json.loads(value)))
            elif name in event:
                event[name] = value
    return told


def test_who_follows_a_job_is_told_of_every_document_and_of_its_end(api: Api) -> None:
    files = [("files", (f"{number}.pdf", api.pdf(f"text {number}"))) for number in range(3)]
    path = api.client.post("/v1/jobs", files=files, data={"set": "letters"}).headers["location"]
    api.work()
    told = listened(api, path)
    assert sorted(data["name"] for kind, _, data in told if kind == "document") == ["0.pdf", "1.pdf", "2.pdf"]
    kind, last, data = told[-1]
    assert (kind, data["state"], data["documents"]["succeeded"]) == ("job", "succeeded", 3)
    assert listened(api, path, last) == [], "who has been told of the end is not told again"
    assert listened(api, path, "nonsense") == told


def test_a_job_that_is_not_there_cannot_be_followed(api: Api) -> None:
    assert api.client.get("/v1/jobs/17/events").status_code == 404


def test_what_a_key_may_not_do_is_refused(api: Api) -> None:
    api.sign("submit")
    job = submit(api)
    assert api.client.get(f"/v1/jobs/{job['id']}").status_code == 403
    api.sign("read")
    assert api.client.get(f"/v1/jobs/{job['id']}").status_code == 200
    assert api.client.post(f"/v1/jobs/{job['id']}/cancel").status_code == 403
    assert api.client.post("/v1/jobs", files=[("files", ("a.pdf", b"x"))]).status_code == 403
