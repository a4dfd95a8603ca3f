"""The attack list: what strangers try with requests, each refused. Documents that attack: `test_attacks_files`, texts
that do: `test_attacks_text`; addresses that others name: `tests/service/test_outgoing.py`.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert

from docproc.service import log
from docproc.store.clock import now
from docproc.store.face_tables import api_keys
from tests.api.conftest import Api

JSON = {"Content-Type": "application/json"}
SHA = "0" * 64


@contextmanager
def connected(api: Api) -> Iterator[socket.socket]:
    """A bare connection, for what no client would send."""
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        yield raw


def answer(raw: socket.socket) -> bytes:
    return b"".join(iter(lambda: raw.recv(65536), b""))


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def upload(api: Api, name: str = "a.pdf", data: bytes | None = None, **fields: Any) -> httpx2.Response:
    files = [("files", (name, api.pdf() if data is None else data))]
    return api.client.post("/v1/jobs", files=files, data={"set": "letters", **fields})


# --- paths ---


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%5c..%5capp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/base.js/../../app.py",
        "/v1/documents/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/documents/..%2f..%2fdocproc.db/source",
        f"/v1/documents/{SHA}%2f..%2f..%2fsession.key/source",
        f"/v1/documents/{SHA}/pages/..%2f1/image",
        f"/documents/{SHA}/pages/..%2f..%2f1",
        "/v1/sets/..%2f..%2fpyproject",
        "/v1/sets/%2e%2e%2fsession",
        "/v1/sets/letters.yaml",
        "/v1/sets/..%2fsets%2fletters",
        "/v1/queries/..%2fx",
        "/v1/jobs/..%2f1",
        "/v1/charts/..%2f..%2fetc%2fpasswd.svg",
    ],
)
def test_a_path_in_an_address_leads_nowhere(api: Api, path: str) -> None:
    with connected(api) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        head, _, body = answer(raw).partition(b"\r\n\r\n")
    assert int(head.split()[1]) in (400, 404, 405, 422), head
    assert b"root:" not in body
    assert b"import" not in body


@pytest.mark.parametrize(
    "name", ["../../../../tmp/evil.pdf", "/etc/cron.d/evil", "..\\..\\evil.exe", "....//evil", "."]
)
def test_a_path_in_a_files_name_writes_nowhere_else(api: Api, name: str) -> None:
    before = files_below(api.home.parent)
    reply = upload(api, name)
    assert reply.status_code == 202, reply.text
    fresh = files_below(api.home.parent) - before
    assert all(path.is_relative_to(api.home) for path in fresh)
    assert not [path for path in fresh if "evil" in path.name]
    (file,) = api.client.get(f"/v1/jobs/{reply.json()['id']}/files").json()["files"]
    assert not {"/", "\\"} & set(file["name"])


def test_a_path_in_a_question_sets_name_writes_nowhere(api: Api) -> None:
    before = files_below(api.home.parent)
    for name in ("../evil", "/tmp/evil", "evil.yaml", "a b", "evil\n"):
        text = f"name: {json.dumps(name)}\nquestions:\n  - {{key: a, ask: A?, type: string}}\n"
        assert api.client.post("/v1/sets", json={"source": text}).status_code in (400, 422), name
    assert not [path for path in files_below(api.home.parent) - before if "evil" in path.name]


# --- bodies ---


@pytest.mark.parametrize("path", ["/v1/sets", "/v1/sql", "/v1/reviews", "/v1/webhooks/ping", "/v1/session"])
def test_a_body_that_is_too_large_is_refused_by_what_it_announces_before_any_of_it_comes(api: Api, path: str) -> None:
    with connected(api) as raw:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999"
        )
        raw.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
        assert answer(raw).startswith(b"HTTP/1.1 413")


def test_a_body_without_a_length_is_cut_off_at_the_limit(api: Api) -> None:
    reply = api.client.post("/v1/sql", content=iter([b'"' + b"x" * (1 << 18)] * 6), headers=JSON)
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


def test_an_upload_without_a_length_is_cut_off_at_its_limit_and_leaves_nothing(api: Api) -> None:
    object.__setattr__(api.context.serving, "request_bytes", 3_000_000)
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    body = iter([head, *[b"x" * 1_000_000] * 5, b"\r\n--x--\r\n"])
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert api.client.post("/v1/jobs", content=body, headers=kind).status_code == 413
    assert not files_below(api.home / "images")


def test_a_packed_body_is_not_unpacked(api: Api) -> None:
    packed = gzip.compress(b'{"sql": "' + b" " * 50_000_000 + b'"}')
    reply = api.client.post("/v1/sql", content=packed, headers={**JSON, "Content-Encoding": "gzip"})
    assert reply.status_code in (400, 415, 422)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/sql", "/v1/sets", "/v1/reviews", "/v1/webhooks/ping", "/v1/session"])
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b'"' + b"\\" * 100_001, b"1" * 100_000, b"\xff\xfe"]
)
def test_json_that_is_nested_without_end_or_none_is_refused(api: Api, path: str, body: bytes) -> None:
    reply = api.client.post(path, content=body, headers=JSON)
    assert reply.status_code in (400, 422)
    assert len(reply.content) < 5000


def test_yaml_that_grows_as_it_is_read_is_refused(api: Api) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    reply = api.client.post("/v1/sets", json={"source": "\n".join([*lines, "name: x", "questions: *a9"])})
    assert reply.status_code in (400, 422)
    assert len(reply.content) < 100_000


def test_yaml_that_would_run_something_is_refused(api: Api) -> None:
    text = "name: x\nquestions: !!python/object/apply:os.system ['touch evil']\n"
    assert api.client.post("/v1/sets", json={"source": text}).status_code in (400, 422)


def test_many_fields_many_parts_and_long_headers_of_parts_are_refused(api: Api) -> None:
    field = b'--x\r\nContent-Disposition: form-data; name="tags"\r\n\r\na\r\n'
    file = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\na\r\n'
    long = b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 20_000 + b'"\r\n\r\na\r\n'
    for part, count in ((field, 5000), (file, 5000), (long, 1)):
        body = part * count + b"--x--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        assert api.client.post("/v1/jobs", content=body, headers=kind).status_code in (400, 413)
    assert not files_below(api.home / "images")


def test_a_body_that_trickles_or_stops_is_left(api: Api) -> None:
    object.__setattr__(api.context.serving, "patience", 0.3)
    for pieces in ([], [b"x"] * 20):
        with connected(api) as raw:
            raw.sendall(b"POST /v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
            raw.sendall(b"Content-Length: 100000\r\n\r\n")
            for piece in pieces:
                time.sleep(0.1)
                try:
                    raw.sendall(piece)
                except OSError:
                    break
            assert raw.recv(20).startswith(b"HTTP/1.1 408")


def test_two_lengths_of_one_body_are_refused(api: Api) -> None:
    for lines in (b"Content-Length: 5\r\nContent-Length: 50", b"Content-Length: 5\r\nTransfer-Encoding: chunked"):
        with connected(api) as raw:
            raw.sendall(
                b"POST /v1/sql HTTP/1.1\r\nHost: 127.0.0.1\r\n" + lines + b"\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"
            )
            got = answer(raw)
        assert b"/evil" not in got  # what an intermediary took for the body is not answered as a request
        assert b" 404 " not in got


# --- who asks ---


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
@pytest.mark.parametrize(
    "path", ["/v1/jobs", "/v1/jobs/1/cancel", "/v1/sql", "/v1/sets", "/v1/reviews", "/v1/webhooks/ping"]
)
def test_another_sites_page_can_change_nothing_without_a_session_and_with_one(
    api: Api, path: str, headers: dict[str, str]
) -> None:
    reply = api.client.post(path, json={}, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (403, "foreign_origin")
    with httpx2.Client(base_url=api.url) as browser:
        token = browser.post("/v1/session", json={"key": api.key()}).json()["csrf"]
        assert browser.post(path, json={}, headers={**headers, "X-CSRF-Token": token}).status_code == 403
        for wrong in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": token[:-1]}):
            reply = browser.post(path, json={}, headers=wrong)
            assert (reply.status_code, reply.json()["code"]) == (403, "csrf")
        assert browser.post(path, json={}, headers={"X-CSRF-Token": token}).status_code not in (401, 403)


def test_a_key_in_the_address_opens_nothing(api: Api) -> None:
    key = api.key()
    for name in ("key", "api_key", "token", "access_token", "authorization"):
        assert api.client.get("/v1/jobs", params={name: key}).status_code == 401


def test_keys_are_not_guessed(api: Api) -> None:
    """The same words for a prefix that is not there and a secret that is wrong; and soon none at all."""
    key = api.key("read")
    wrong = key[:-5] + ("aaaaa" if not key.endswith("aaaaa") else "bbbbb")
    unknown = "dp_" + "a" * 10 + key[13:]
    replies = [api.client.get("/v1/me", headers={"Authorization": f"Bearer {text}"}) for text in (wrong, unknown)]
    told = [{name: value for name, value in reply.json().items() if name != "request_id"} for reply in replies]
    assert told[0] == told[1]
    assert told[0]["status"] == 401
    tried = [api.client.get("/v1/me", headers={"Authorization": f"Bearer {wrong}"}).status_code for _ in range(20)]
    assert tried[-1] == 429


def test_a_stolen_table_of_keys_opens_nothing(api: Api) -> None:
    key = {"name": "x", "prefix": "a" * 10, "hash": "5" * 64, "scopes": ["admin"], "webhook_secret": "whsec_"}
    with api.parts.database.write() as conn:
        conn.execute(insert(api_keys).values(**key, created_at=now()))
    for secret in ("5" * 64, "5" * 43):
        assert api.client.get("/v1/me", headers={"Authorization": f"Bearer dp_{'a' * 10}_{secret}"}).status_code == 401


def test_the_cookie_is_not_for_scripts_nor_for_other_sites(api: Api) -> None:
    object.__setattr__(api.context.serving, "url", "https://docproc.example")
    reply = api.client.post("/v1/session", json={"key": api.key()})
    flags = {part.strip().lower().split("=")[0] for part in reply.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite", "secure", "path"} <= flags
    assert "samesite=strict" in reply.headers["set-cookie"].lower()
    assert "domain" not in flags


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", "a@localhost"]
)
def test_a_name_that_was_made_to_point_here_gets_nothing(api: Api, host: str) -> None:
    for path in ("/v1/jobs", "/v1/documents", "/", "/documents"):
        reply = api.client.get(path, headers={"Host": host})
        assert reply.status_code in (400, 403), path


def test_a_host_name_is_not_believed_where_links_are_made(api: Api) -> None:
    object.__setattr__(api.context.serving, "hosts", ("docproc.example",))
    api.sign()
    assert api.client.get("/v1/jobs", headers={"Host": "evil.example"}).status_code == 403
    reply = api.client.post(
        "/v1/jobs",
        files=[("files", ("a.pdf", api.pdf()))],
        data={"set": "letters"},
        headers={"Host": "docproc.example", "X-Forwarded-Host": "evil.example"},
    )
    assert "evil" not in str(reply.headers)
    assert reply.headers["location"].startswith("/v1/jobs/")


# --- what is sent back ---


@pytest.mark.parametrize(
    "path", ["/", "/documents", "/upload", "/review", "/v1/jobs", "/v1/nothing", "/nothing", "/livez"]
)
def test_no_answer_is_framed_or_taken_for_something_else(api: Api, path: str) -> None:
    headers = api.client.get(path, headers={"Accept": "text/html"}).headers
    csp = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in csp
    assert "default-src 'self'" in csp
    assert "unsafe" not in csp
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"]


@pytest.mark.parametrize(
    "name", ['a"; filename=evil.exe; x="b.pdf', "a\r\nX-Evil: 1.pdf", "ü€\u202egpj.exe.pdf", "a;b=c.pdf"]
)
def test_a_files_name_adds_nothing_to_the_headers_of_its_download(api: Api, name: str) -> None:
    data = api.pdf(f"Letter {name!r}")
    assert upload(api, name, data).status_code == 202
    api.work()
    (document,) = api.client.get("/v1/documents").json()["items"]
    reply = api.client.get(f"/v1/documents/{document['document']}/source")
    assert (reply.status_code, reply.content) == (200, data)
    told = reply.headers["content-disposition"]
    assert told.startswith("attachment")
    assert "x-evil" not in reply.headers
    assert len(re.findall(r"filename=", told)) <= 1
    assert "\u202e" not in told
    assert told.isascii()
    assert reply.headers["content-type"] != "text/html"


def test_a_request_id_and_names_forge_no_line_of_the_log(api: Api) -> None:
    stream = io.StringIO()
    try:
        log.set_up("text", "debug", stream)
        api.client.get("/v1/me", headers={"X-Request-ID": "a b"})
        with connected(api) as raw:
            raw.sendall(b"GET /v1/%0aFORGED%20line HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: a\tFORGED\r\n")
            raw.sendall(b"User-Agent: \x1b[31mFORGED\r\nConnection: close\r\n\r\n")
            answer(raw)
        upload(api, "a\nFORGED job_finished.pdf", reference="r")
        upload(api, "b.pdf", reference="a\nFORGED")
        upload(api, "c.pdf", set="x\nFORGED")
        upload(api, "d.pdf", engine="x\nFORGED")
    finally:
        log.set_up("off", "info")
    lines = stream.getvalue().splitlines()
    assert any("job_submitted" in line for line in lines)
    assert "FORGED" not in stream.getvalue()
    assert all(re.match(r"\d{4}-\d\d-\d\dT", line) for line in lines)


def test_sql_reaches_the_views_and_nothing_else(api: Api) -> None:
    for sql in (
        "select * from api_keys",
        "select secret from webhooks",
        "delete from documents",
        "select 1; drop table jobs",
        "attach database '/tmp/x' as y",
        "pragma database_list",
        "copy (select 1) to '/tmp/evil'",
        "select pg_read_file('/etc/passwd')",
        "select load_extension('evil')",
        "with x as (delete from jobs returning 1) select * from x",
    ):
        reply = api.client.post("/v1/sql", json={"sql": sql})
        assert reply.status_code in (400, 403, 422), sql
        assert "whsec" not in reply.text
        assert os.sep + "usr" not in reply.text


def test_a_request_for_everything_at_once_is_refused(api: Api) -> None:
    for path in ("/v1/jobs", "/v1/documents", "/v1/webhooks/deliveries", "/v1/reviews/queue"):
        assert api.client.get(path, params={"limit": 10**6}).status_code == 422
        assert api.client.get(path, params={"cursor": "A" * 5000}).status_code in (400, 422)
