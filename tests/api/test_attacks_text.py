"""Texts that attack: markup, formulas and controls in documents, names, answers and question sets come out harmless."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.api.conftest import Api

MARKUP = "<img src=x onerror=alert(1)>"
BREAKING = "\"'></textarea></script><script>alert(2)</script>"
FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil","x")', "=cmd|'/c calc'!A1"]
SET = f"""
name: evil
description: {json.dumps(MARKUP + BREAKING)}
questions:
  - {{key: sender, ask: {json.dumps(MARKUP + BREAKING)}, type: string, labels: [{json.dumps(MARKUP)}]}}
"""


@pytest.fixture
def poisoned(api: Api) -> str:
    """A document whose text, name, set and answers are markup; its SHA-256."""
    (api.home / "sets" / "evil.yaml").write_text(SET)
    data = api.pdf(MARKUP, BREAKING)
    files = [("files", (f"{MARKUP} {BREAKING}.pdf", data))]
    fields = {"set": "evil", "reference": MARKUP, "tags": [BREAKING[:64]]}
    reply = api.client.post("/v1/jobs", files=files, data=fields)
    assert reply.status_code == 202, reply.text
    api.work()
    (document,) = api.client.get("/v1/documents").json()["items"]
    said = {"document": document["document"], "number": 0, "set": "evil", "key": "sender"}
    review = api.client.post(
        "/v1/reviews", json={**said, "action": "correct", "value": MARKUP + BREAKING, "note": MARKUP}
    )
    assert review.status_code == 200, review.text
    return str(document["document"])


def harmless(html: str) -> None:
    """No markup of the text is markup of the page, and no script stands in it."""
    assert "<img src=x" not in html
    assert "<script>" not in html
    assert "alert(2)</script>" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\son\w+\s*=\s*[\"']?alert", re.sub(r"(\"|&#34;|&lt;|&gt;)[^<>]*", "", html))
    assert "javascript:" not in html


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/jobs/1",
        "/documents",
        "/documents/{sha}",
        "/documents/{sha}/pages/1",
        "/review",
        "/search?q=alert",
        "/sets",
        "/sets/evil",
        "/sql",
        "/charts",
        "/upload",
    ],
)
def test_a_page_shows_markup_as_text(api: Api, poisoned: str, path: str) -> None:
    reply = api.client.get(path.format(sha=poisoned), headers={"Accept": "text/html"})
    assert reply.status_code == 200, reply.text[:500]
    assert reply.headers["content-type"].startswith("text/html")
    assert "unsafe" not in reply.headers["content-security-policy"]
    harmless(reply.text)


@pytest.mark.parametrize(
    "path", ["/search?q=%3Cimg%20src=x%20onerror=alert(1)%3E", "/documents?name=%22%3E%3Cscript%3E", "/%3Cscript%3E"]
)
def test_what_stands_in_an_address_is_shown_as_text(api: Api, path: str) -> None:
    reply = api.client.get(path, headers={"Accept": "text/html"})
    assert reply.status_code in (200, 400, 404, 422)
    harmless(reply.text)


def test_an_answer_as_json_is_json_and_not_a_page(api: Api, poisoned: str) -> None:
    for path in (
        "/v1/jobs",
        "/v1/documents",
        f"/v1/documents/{poisoned}",
        "/v1/sets/evil",
        "/v1/reviews",
        "/v1/search?q=alert",
    ):
        reply = api.client.get(path, headers={"Accept": "text/html"})
        assert reply.status_code == 200, path
        assert reply.headers["content-type"].startswith("application/json")
        assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("value", FORMULAS)
def test_a_cell_of_a_csv_file_is_no_formula(api: Api, value: str) -> None:
    data = api.pdf("Letter")
    assert (
        api.client.post("/v1/jobs", files=[("files", (f"{value}.pdf", data))], data={"set": "letters"}).status_code
        == 202
    )
    api.work()
    (document,) = api.client.get("/v1/documents").json()["items"]
    said = {"document": document["document"], "number": 0, "set": "letters", "key": "sender", "action": "correct"}
    assert api.client.post("/v1/reviews", json={**said, "value": value}).status_code == 200
    sql = {"sql": "select * from letters"}
    replies = [
        api.client.post("/v1/sql?format=csv", json=sql),
        api.client.post("/v1/sql", json=sql, headers={"Accept": "text/csv"}),
        api.client.get(f"/v1/documents/{document['document']}/results", params={"format": "csv"}),
    ]
    tables = [reply for reply in replies if reply.headers["content-type"].startswith("text/csv")]
    assert len(tables) >= 2, [reply.text[:200] for reply in replies]
    for reply in tables:
        for row in csv.reader(io.StringIO(reply.text)):
            for cell in row:
                assert not re.match(r"[=@\t\r]|[+-](?!\d+(\.\d+)?$)", cell), (reply.url, cell)
