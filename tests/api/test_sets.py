"""Question sets through the API, on both databases."""

from __future__ import annotations

import pytest

from tests.api.conftest import Api

LEASE = "name: lease\ndescription: Leases\nquestions:\n  - {key: rent, ask: How much?, type: money}\n"
OTHER = LEASE.replace("How much?", "How much a month?")
YAML = {"Content-Type": "application/yaml"}


def test_a_set_is_written_read_changed_and_retired(api: Api) -> None:
    made = api.client.post("/v1/sets", content=LEASE, headers=YAML)
    assert made.status_code == 201
    assert made.headers["Location"].endswith("/v1/sets/lease")
    shown = api.client.get("/v1/sets/lease")
    assert shown.json() == made.json()
    assert shown.json()["source"] == LEASE
    assert [ask["type"] for ask in shown.json()["asks"]] == ["money"]
    changed = api.client.put("/v1/sets/lease", content=OTHER, headers={**YAML, "If-Match": shown.headers["ETag"]})
    assert changed.status_code == 200
    assert [one["source"] for one in api.client.get("/v1/sets/lease/versions").json()["versions"]] == [OTHER, LEASE]
    assert api.client.delete("/v1/sets/lease").status_code == 204
    assert api.client.get("/v1/sets/lease").status_code == 404
    assert {one["name"]: one["origin"] for one in api.client.get("/v1/sets").json()["sets"]}["letters"] == "folder"


def test_who_changes_what_has_changed_meanwhile_gets_a_conflict(api: Api) -> None:
    first = api.client.post("/v1/sets", content=LEASE, headers=YAML).headers["ETag"]
    assert api.client.post("/v1/sets", content=OTHER, headers=YAML).status_code == 409
    api.client.put("/v1/sets/lease", content=OTHER, headers={**YAML, "If-Match": first})
    late = api.client.put("/v1/sets/lease", content=LEASE, headers={**YAML, "If-Match": first})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    new = api.client.put("/v1/sets/lease", content=LEASE, headers={**YAML, "If-None-Match": "*"})
    assert new.status_code == 409
    assert api.client.put("/v1/sets/lease", content=LEASE, headers={**YAML, "If-Match": "*"}).status_code == 200


def test_every_fault_comes_back_with_its_place(api: Api) -> None:
    bad = "name: lease\nquestions:\n  - {key: Rent, ask: How much?, type: monney}\n"
    refused = api.client.put("/v1/sets/lease", content=bad, headers=YAML)
    assert refused.status_code == 422
    assert [one["detail"].split(":")[1][:1] for one in refused.json()["errors"]] == ["3", "3"]
    checked = api.client.post("/v1/sets/check", content=bad, headers=YAML).json()
    assert [(one["line"], one["path"]) for one in checked["faults"]] == [
        (3, "questions[0].key"),
        (3, "questions[0].type"),
    ]
    assert api.client.post("/v1/sets/check", content=LEASE, headers=YAML).json()["ok"]


def test_a_set_may_come_as_json(api: Api) -> None:
    value = {"name": "lease", "questions": [{"key": "rent", "ask": "How much?", "type": "money"}]}
    assert api.client.put("/v1/sets/lease", json=value).status_code == 200
    assert api.client.put("/v1/sets/lease", json={"source": LEASE}).json()["source"] == LEASE
    assert (
        api.client.put("/v1/sets/lease", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    )
    assert api.client.put("/v1/sets/lease", content=b"\xff", headers=YAML).status_code == 400
    assert api.client.put("/v1/sets/lease", content=b"x", headers={"Content-Type": "image/png"}).status_code == 415


def test_a_set_is_tried_on_a_stored_page_without_anything_being_kept(api: Api) -> None:
    from docproc.service.run import run

    path = api.home / "letter.pdf"
    path.write_bytes(api.pdf("Rent: 500.00 EUR", "Rent: 700.00 EUR"))
    list(run(api.parts, [str(path)], "letters", "scripted"))
    (document,) = api.client.post("/v1/sql", json={"sql": "select document from document_list"}).json()["rows"][0]
    body = {"source": LEASE, "document": document, "page": 2, "engine": "ocr"}
    before = api.client.post("/v1/sql", json={"sql": "select count(*) from answers_flat"}).json()["rows"]
    found = api.client.post("/v1/sets/try", json=body)
    assert found.status_code == 200, found.text
    answer = found.json()["answers"]["rent"]
    assert (answer["value"], answer["page"], answer["boxes"][0][0]) == (700.0, 2, 2)
    assert api.client.post("/v1/sql", json={"sql": "select count(*) from answers_flat"}).json()["rows"] == before
    assert api.client.post("/v1/sets/try", json={**body, "page": 3}).status_code == 404
    assert api.client.post("/v1/sets/try", json={**body, "engine": "nothing"}).status_code == 400
    assert api.client.post("/v1/sets/try", json={**body, "source": "name: x"}).status_code == 422
    slow = api.client.post("/v1/sets/try", json={**body, "engine": "qwen"})
    assert (slow.status_code, slow.json()["retryable"]) == (503, True)
    assert "questions try" in slow.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        ("GET", "/v1/sets", "read"),
        ("PUT", "/v1/sets/lease", "submit"),
        ("DELETE", "/v1/sets/lease", "submit"),
        ("POST", "/v1/sql", "sql"),
        ("GET", "/v1/queries", "sql"),
    ],
)
def test_a_key_needs_the_scope(api: Api, method: str, path: str, needs: str) -> None:
    api.sign("review")
    assert api.client.request(method, path, content=LEASE, headers=YAML).status_code == 403
    api.sign(needs)
    assert api.client.request(method, path, content=LEASE, headers=YAML).status_code != 403
