"""The frame: what every answer has, whatever the route."""

from __future__ import annotations

import socket

import pytest

from tests.api.conftest import Api

JSON = {"Content-Type": "application/json"}


def test_the_server_lives_is_ready_and_says_its_version(api: Api) -> None:
    assert api.client.get("/livez").json() == {"status": "ok"}
    assert api.client.get("/readyz").json() == {"status": "ok"}
    assert api.client.get("/version").json()["version"]


def test_metrics_are_given_to_this_machine(api: Api) -> None:
    assert "docproc_database_up 1.0" in api.client.get("/metrics").text


def test_metrics_that_come_through_a_proxy_need_the_scope_admin(api: Api) -> None:
    api.sign("read")
    assert api.client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 403


def test_openapi_is_of_version_3_1_and_describes_problems(api: Api) -> None:
    document = api.client.get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["schemas"]["Problem"]["required"]


@pytest.mark.parametrize("path", ["/livez", "/v1/nothing", "/v1/openapi.json"])
def test_every_answer_has_an_id_and_the_headers_that_keep_browsers_safe(api: Api, path: str) -> None:
    headers = api.client.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert len(headers["x-request-id"]) == 32


def test_a_request_keeps_the_id_that_it_came_with_where_it_is_a_word(api: Api) -> None:
    assert api.client.get("/livez", headers={"X-Request-ID": "job-17.a_b"}).headers["x-request-id"] == "job-17.a_b"
    odd = api.client.get("/livez", headers={"X-Request-ID": "a b" * 50})
    assert len(odd.headers["x-request-id"]) == 32


def test_an_id_cannot_add_a_header(api: Api) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"X-Request-ID: a%0d%0aX-Evil: 1\rX-Evil: 2\r\n\r\n"
        )
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert b"evil" not in answer.lower()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("DELETE", "/livez", 405, "method_not_allowed"),
        ("POST", "/v1/session", 422, "invalid"),
    ],
)
def test_every_error_is_a_problem(api: Api, method: str, path: str, status: int, code: str) -> None:
    answer = api.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(api: Api) -> None:
    answer = api.client.post("/v1/session", content=b"x" * ((1 << 20) + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(api: Api) -> None:
    answer = api.client.post("/v1/session", content=iter([b"x" * (1 << 18)] * 5), headers=JSON)
    assert answer.status_code == 413


def test_a_nul_in_an_address_is_refused(api: Api) -> None:
    assert api.client.get("/v1/me?x=%00").status_code == 400
    assert api.client.get("/v1/%00").status_code == 400


def test_a_problem_does_not_send_back_what_was_sent(api: Api) -> None:
    answer = api.client.post("/v1/session", content=rb'{"key": ["\ud800", "<script>"], "more": "secret"}', headers=JSON)
    assert answer.status_code == 422
    assert "script" not in answer.text
    assert "secret" not in answer.text
