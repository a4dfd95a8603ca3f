"""Routes: webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from docproc.api.slots import PINGS
from docproc.service.deliver import deliver_for
from docproc.service.fleet import Shift
from docproc.store import states
from docproc.store.tables import jobs
from tests.api.conftest import Api
from tests.service.receiver import Receiver, receiving
from tests.store.fleet import Fleet

SHIFT = Shift(30.0, lambda: False)


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Before the server starts."""
    request.getfixturevalue("settings")
    monkeypatch.setenv("DOCPROC_WEBHOOK_ALLOW", "127.0.0.1")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def end(api: Api, url: str) -> int:
    """A job that has ended, with a webhook."""
    job_id = Fleet(api.parts.database).job([("a", 1)])
    with api.parts.database.write() as conn:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(webhook_url=url))
        states.cancel(conn, job_id)
        states.sweep(conn, job_id)
    return job_id


def listed(api: Api, **asked: Any) -> dict[str, Any]:
    reply = api.client.get("/v1/webhooks/deliveries", params=asked)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_a_delivery_is_seen_from_its_making_to_its_end_and_made_once_more(api: Api, receiver: Receiver) -> None:
    receiver.status = 500
    job_id = end(api, receiver.url())
    (waiting,) = listed(api, job=job_id)["items"]
    assert (waiting["state"], waiting["event"], waiting["attempt"]) == ("ready", "job.cancelled", 0)
    assert waiting["payload"]["data"]["job_id"] == job_id
    deliver_for(api.parts, SHIFT)
    one = api.client.get(f"/v1/webhooks/deliveries/{waiting['id']}").json()
    assert (one["state"], one["status_code"], one["error"]) == ("ready", 500, "HTTP 500")
    assert one["next_at"] > one["created_at"]
    receiver.status = 200
    again = api.client.post(f"/v1/webhooks/deliveries/{waiting['id']}/redeliver")
    assert (again.status_code, again.json()["attempt"]) == (202, 0)
    deliver_for(api.parts, SHIFT)
    assert [item["id"] for item in listed(api, state="delivered")["items"]] == [waiting["id"]]
    assert json.loads(receiver.seen[1][3]) == waiting["payload"]


def test_the_list_goes_on_from_its_cursor(api: Api, receiver: Receiver) -> None:
    made = [end(api, receiver.url()) for _ in range(5)]
    seen, cursor = [], None
    while True:
        found = listed(api, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["job"] for item in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_a_receiver_is_tried(api: Api, receiver: Receiver) -> None:
    reply = api.client.post("/v1/webhooks/ping", json={"url": receiver.url()})
    assert reply.json() == {"delivered": True, "status_code": 200, "error": None}
    receiver.status = 404
    reply = api.client.post("/v1/webhooks/ping", json={"url": receiver.url()})
    assert reply.json() == {"delivered": False, "status_code": 404, "error": "HTTP 404"}


def test_receivers_that_take_their_time_do_not_take_all_the_servers(api: Api, receiver: Receiver) -> None:
    receiver.delay = 3.0
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: api.client.post("/v1/webhooks/ping", json={"url": receiver.url()}), range(8)))
    assert sorted(reply.status_code for reply in replies) == [200] * PINGS + [429] * (8 - PINGS)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "http://169.254.169.254/", "http://a:b@c/"]
)
def test_a_receiver_inside_is_not_tried(api: Api, url: str) -> None:
    reply = api.client.post("/v1/webhooks/ping", json={"url": url})
    assert (reply.status_code, reply.json()["code"]) == (400, "url_refused")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://[fd00::1]/",
        "http://169.254.169.254/",
        "https://user:word@hooks.example/",
        "gopher://hooks.example/",
        "//hooks.example/",
        "https://hooks.example/\\@10.0.0.1/",
    ],
)
def test_a_job_whose_webhook_leads_inside_or_nowhere_is_refused(api: Api, url: str) -> None:
    files = [("files", ("a.pdf", api.pdf()))]
    reply = api.client.post("/v1/jobs", files=files, data={"set": "letters", "webhook": url})
    assert (reply.status_code, reply.json()["code"]) == (400, "url_refused")
    assert api.client.get("/v1/jobs").json()["jobs"] == []


def test_each_key_has_a_secret_of_its_own_and_needs_the_scope_to_submit(api: Api) -> None:
    mine = api.client.get("/v1/webhooks/secret").json()["secret"]
    api.sign("submit", name="erp")
    theirs = api.client.get("/v1/webhooks/secret").json()["secret"]
    assert mine.startswith("whsec_")
    assert theirs.startswith("whsec_")
    assert mine != theirs
    api.sign("read", name="reader")
    for method, path in [
        ("GET", "/v1/webhooks/secret"),
        ("GET", "/v1/webhooks/deliveries"),
        ("GET", "/v1/webhooks/deliveries/1"),
        ("POST", "/v1/webhooks/deliveries/1/redeliver"),
        ("POST", "/v1/webhooks/ping"),
    ]:
        reply = api.client.request(method, path, json={"url": "https://hooks.example/"} if method == "POST" else None)
        assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")


def test_a_delivery_that_is_not_there_is_not_found(api: Api) -> None:
    assert api.client.get("/v1/webhooks/deliveries/7").status_code == 404
    assert api.client.post("/v1/webhooks/deliveries/7/redeliver").status_code == 404
    assert api.client.get("/v1/webhooks/deliveries/0").status_code == 422
    assert api.client.get("/v1/webhooks/deliveries?cursor=x").status_code == 400
