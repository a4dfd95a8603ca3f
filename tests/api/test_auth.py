"""Who gets in, and who does not."""

from __future__ import annotations

import httpx2
import pytest

from docproc.api.limits import Buckets
from docproc.service.keys import create_key, revoke_key
from tests.api.conftest import Api


def test_without_keys_everybody_on_this_machine_may_do_all(api: Api) -> None:
    me = api.client.get("/v1/me").json()
    assert me == {"name": "tester", "scopes": ["admin", "read", "review", "sql", "submit"], "needs_key": False}


def test_an_open_server_answers_to_no_foreign_host_name(api: Api) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        answer = api.client.get("/v1/me", headers={"Host": host})
        assert answer.status_code in (400, 403), host
    assert api.client.get("/v1/me", headers={"Host": "localhost:80"}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_an_open_server_does_nothing_for_another_sites_page(api: Api, headers: dict[str, str]) -> None:
    answer = api.client.post("/v1/session", json={"key": "dp_x"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"


def test_the_first_key_closes_the_door_at_once(api: Api) -> None:
    assert api.client.get("/v1/me").status_code == 200
    key = api.key("read")
    answer = api.client.get("/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert api.client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).json()["scopes"] == ["read"]


def test_an_expired_key_does_not_open_the_door_again(api: Api) -> None:
    create_key(api.parts, "short", ["read"], "1h")
    assert api.client.get("/v1/me").status_code == 401


def test_a_revoked_key_opens_nothing_from_then_on(api: Api) -> None:
    api.key("admin", name="other")
    text = api.sign("read", name="mine")
    assert api.client.get("/v1/me").status_code == 200
    revoke_key(api.parts, text.rsplit("_", 1)[0][:13])
    assert api.client.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer dp_x", "Basic YTpi", "Bearer dp_aaaaaaaaaa_" + "a" * 43, "Bearer é"]
)
def test_a_header_that_is_no_key_is_refused(api: Api, header: str) -> None:
    api.key("read")
    assert api.client.get("/v1/me", headers=[(b"Authorization", header.encode())]).status_code == 401


def test_wrong_keys_are_answered_more_and_more_slowly(api: Api) -> None:
    right = api.key("read")
    wrong = {"Authorization": "Bearer " + right[:-3] + "AAA"}
    answers = [api.client.get("/v1/me", headers=wrong) for _ in range(14)]
    assert [answer.status_code for answer in answers[:8]] == [401] * 8
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["retryable"] is True


def test_a_session_is_opened_with_a_key_and_closed(api: Api) -> None:
    key = api.key("read", "submit")
    with httpx2.Client(base_url=api.url) as browser:
        answer = browser.post("/v1/session", json={"key": key})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert browser.get("/v1/me").json()["name"] == "somebody"
        assert browser.delete("/v1/session").status_code == 204
        assert browser.get("/v1/me").status_code == 401


def test_a_session_ends_with_its_key(api: Api) -> None:
    api.key("admin", name="other")
    key = api.key("read", name="mine")
    with httpx2.Client(base_url=api.url) as browser:
        browser.post("/v1/session", json={"key": key})
        revoke_key(api.parts, "mine")
        assert browser.get("/v1/me").status_code == 401


def test_a_cookie_that_somebody_made_up_opens_nothing(api: Api) -> None:
    key = api.key("read")
    with httpx2.Client(base_url=api.url) as browser:
        cookie = browser.post("/v1/session", json={"key": key}).cookies["docproc_session"]
    for made in ("", "x", cookie[:-2] + "AA", "WzEsIngiXQ." + cookie.split(".", 1)[1], "a" * 5000):
        assert api.client.get("/v1/me", headers={"Cookie": f"docproc_session={made}"}).status_code == 401


def test_who_uses_a_key_more_often_than_allowed_is_told_when_to_come_again() -> None:
    now = [0.0]
    buckets = Buckets(2.0, 3, lambda: now[0])
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take("b") == 0.0
    now[0] = 0.5
    assert buckets.take("a") == 0.0


def test_buckets_do_not_grow_without_bound() -> None:
    now = [0.0]
    buckets = Buckets(1.0, 1, lambda: now[0])
    for number in range(30_000):
        now[0] += 0.001
        buckets.take(str(number))
    assert len(buckets._left) <= 10_000
