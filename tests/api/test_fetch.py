"""Jobs that name URLs: refused unless it is switched on, and as careful as webhooks are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import Api
from tests.service.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.body = b"%PDF-1.7 of a sort"
        yield receiver


@pytest.fixture
def switched_on(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCPROC_API_FETCH", "1")
    monkeypatch.setenv("DOCPROC_API_FETCH_ALLOW", "127.0.0.1")


@pytest.fixture
def fetching(switched_on: None, api: Api) -> Api:
    """A server that fetches from this machine, which nobody else's would be."""
    return api


def test_nothing_is_fetched_unless_it_is_switched_on(api: Api, receiver: Receiver) -> None:
    reply = api.client.post("/v1/jobs", json={"set": "letters", "urls": [receiver.url()]})
    assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")
    assert not receiver.seen


def test_a_file_is_fetched_and_its_job_is_like_any_other(fetching: Api, receiver: Receiver) -> None:
    reply = fetching.client.post("/v1/jobs", json={"set": "letters", "urls": [receiver.url(path="/may/letter.pdf")]})
    assert reply.status_code == 202, reply.text
    (file,) = fetching.client.get(f"/v1/jobs/{reply.json()['id']}/files").json()["files"]
    assert file["name"] == "letter.pdf"


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/iam/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x0a000001/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.pdf",
        "http://user:word@127.0.0.1/",
    ],
)
def test_an_address_inside_is_not_asked(fetching: Api, url: str) -> None:
    reply = fetching.client.post("/v1/jobs", json={"set": "letters", "urls": [url]})
    assert (reply.status_code, reply.json()["code"]) == (400, "url_refused")
    assert fetching.client.get("/v1/jobs").json()["jobs"] == []


def test_a_redirect_leads_to_no_job(fetching: Api, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": "http://169.254.169.254/"}
    reply = fetching.client.post("/v1/jobs", json={"set": "letters", "urls": [receiver.url()]})
    assert (reply.status_code, reply.json()["code"]) == (400, "not_fetched")
    assert fetching.client.get("/v1/jobs").json()["jobs"] == []


def test_nothing_is_fetched_for_an_order_that_is_wrong(fetching: Api, receiver: Receiver) -> None:
    assert fetching.client.post("/v1/jobs", json={"set": "no_such", "urls": [receiver.url()]}).status_code == 404
    for body in ({"set": "letters"}, {"set": "letters", "urls": []}, {"set": "letters", "urls": ["http://a/"] * 11}):
        assert fetching.client.post("/v1/jobs", json=body).status_code in (400, 422)
    assert not receiver.seen
