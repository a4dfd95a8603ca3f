"""Reviews over HTTP: the queue, what is said, what is taken back, and that a later run loses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.api.read import docproc, read

PAGE = ("Letter of Jane Doe\nTotal 12.50 EUR",)


@pytest.fixture
def letter(api: Api) -> str:
    """The SHA-256 of a letter of three pages that was read."""
    return read(api.home)


def queue(api: Api, **query: Any) -> list[dict[str, Any]]:
    reply = api.client.get("/v1/reviews/queue", params=query)
    assert reply.status_code == 200, reply.text
    items: list[dict[str, Any]] = reply.json()["items"]
    return items


def say(api: Api, document: str, key: str, action: str, **more: Any) -> dict[str, Any]:
    body = {"document": document, "set": "letters", "key": key, "action": action, **more}
    reply = api.client.post("/v1/reviews", json=body)
    return {**reply.json(), "code": reply.status_code}


def shown(api: Api, column: str, view: str = "letters") -> Any:
    """What the view shows of the first document."""
    return json.loads(docproc(api.home, "sql", f"select {column} from {view}", "--format", "json"))[0][column]


def test_the_queue_goes_from_the_least_sure_and_on_by_cursor(api: Api, letter: str) -> None:
    other = read(api.home, ("A bill",), "bill.pdf", [{"key": "sender", "value": None, "confidence": 0.1}])
    items = queue(api)
    assert [one["by"] for one in items] == sorted(one["by"] for one in items)
    assert {one["document"] for one in items} == {letter, other}
    assert all(one["answer"]["number"] == 0 and not one["answer"]["reviewed"] for one in items)
    first = api.client.get("/v1/reviews/queue", params={"limit": 1}).json()
    rest = api.client.get("/v1/reviews/queue", params={"limit": 100, "cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == items
    assert rest["next"] is None
    assert {one["document"] for one in queue(api, job=1, set="letters", engine="scripted")} == {letter}
    assert {one["answer"]["key"] for one in queue(api, document=letter, key="total")} == {"total"}
    assert len(queue(api, document=letter, pages=True)) == 6
    assert queue(api, below=0) == []


@pytest.mark.parametrize(
    "query",
    [
        {"below": "nan"},
        {"limit": 501},
        {"document": "../x"},
        {"set": "a-b"},
        {"pages": True},
        {"cursor": "!"},
        {"cursor": "e30"},
        {"unknown": 1},
    ],
)
def test_a_wrong_filter_is_refused(api: Api, query: dict[str, Any]) -> None:
    assert api.client.get("/v1/reviews/queue", params=query).status_code in (400, 422)


def test_a_correction_on_the_page_of_a_document_of_one_page_is_what_sql_shows(api: Api) -> None:
    document = read(api.home, PAGE)
    page = api.client.get(f"/v1/documents/{document}/pages/1").json()
    total = next(one for one in page["answers"] if one["key"] == "total")
    seen = {"answer_id": total["answer_id"], "log_id": total["log_id"]}
    done = say(api, document, "total", "correct", number=1, value="99,50 €", boxes=[[1, 0.1, 0.1, 0.2, 0.2]], **seen)
    assert done["code"] == 200, done
    assert (done["answer"]["text"], done["answer"]["value"], done["answer"]["confidence"]) == ("99.50 EUR", 99.5, 1.0)
    assert done["answer"]["boxes"] == [[1, 0.1, 0.1, 0.2, 0.2]]
    assert (done["answer"]["said"]["text"], done["answer"]["review"]["reviewer"]) == ("12.50 EUR", "tester")
    assert shown(api, "total") == shown(api, "total", "letters_pages") == 99.5
    assert [one["answer"]["key"] for one in queue(api)] == ["sender"]
    stale = say(api, document, "total", "accept", number=1, **seen)
    assert (stale["code"], stale["status"]) == (409, 409)
    text = docproc(api.home, "show", "letter.pdf")
    assert "reviewed by tester" in text


def test_asking_again_with_another_engine_or_version_keeps_what_a_person_said(api: Api) -> None:
    document = read(api.home, PAGE)
    assert say(api, document, "total", "correct", number=1, value="99.50 EUR")["code"] == 200
    assert say(api, document, "sender", "absent")["code"] == 200
    docproc(api.home, "run", str(api.home / "in" / "letter.pdf"), "-q", "letters", "--engine", "ocr")
    sets = api.home / "sets" / "letters.yaml"
    sets.write_text(sets.read_text().replace("What is the total?", "What is the grand total?"))
    docproc(api.home, "run", str(api.home / "in" / "letter.pdf"), "-q", "letters")
    assert (shown(api, "total"), shown(api, "sender")) == (99.5, None)
    assert (shown(api, "total", "letters_pages"), shown(api, "sender", "letters_pages")) == (99.5, None)
    items = api.client.get(f"/v1/documents/{document}/answers").json()["items"]
    assert [(one["key"], one["reviewed"], one["text"]) for one in items] == [
        ("sender", True, None),
        ("total", True, "99.50 EUR"),
    ]


def test_undo_takes_back_the_last_thing_that_was_said(api: Api, letter: str) -> None:
    say(api, letter, "total", "correct", number=2, value="1 EUR")
    assert shown(api, "total") == 1
    say(api, letter, "sender", "absent")
    undone = api.client.post("/v1/reviews/undo", json={})
    assert undone.status_code == 200
    assert (undone.json()["answer"]["key"], undone.json()["answer"]["text"]) == ("sender", "Jane Doe")
    assert api.client.post("/v1/reviews/undo", json={}).json()["answer"]["number"] == 2
    assert shown(api, "total") == 13.5
    assert api.client.post("/v1/reviews/undo", json={}).status_code == 404
    log = api.client.get("/v1/reviews").json()["items"]
    assert [(one["action"], one["key"], one["undoes"]) for one in log] == [
        ("undo", "total", 1),
        ("undo", "sender", 2),
        ("absent", "sender", None),
        ("correct", "total", None),
    ]
    first = api.client.get("/v1/reviews", params={"limit": 3, "document": letter}).json()
    rest = api.client.get("/v1/reviews", params={"cursor": first["next"], "document": letter}).json()
    assert first["items"] + rest["items"] == log
    assert len(api.client.get("/v1/reviews", params={"key": "total", "reviewer": "tester"}).json()["items"]) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"key": "total", "action": "correct", "value": "a lot"}, 400),
        ({"key": "total", "action": "correct"}, 400),
        ({"key": "total", "action": "shout"}, 422),
        ({"key": "nothing", "action": "absent"}, 404),
        ({"key": "total", "action": "absent", "number": 4}, 404),
        ({"key": "total", "action": "absent", "number": 2**40}, 422),
        ({"key": "total", "action": "absent", "boxes": [[1, 0, 0, 2, 1]]}, 400),
        ({"key": "total", "action": "absent", "boxes": [[1, 0, 0]]}, 422),
        ({"key": "total", "action": "absent", "answer_id": 77}, 409),
        ({"key": "total", "action": "clear"}, 400),
        ({"key": "total", "action": "absent", "reviewer": "somebody else"}, 422),
        ({"key": "sender", "action": "correct", "value": "\ud800"}, 400),
        ({"key": "sender", "action": "correct", "value": [[[[1]]]]}, 400),
    ],
)
def test_what_cannot_be_said_is_a_problem(api: Api, letter: str, body: dict[str, Any], code: int) -> None:
    whole = {"document": letter, "set": "letters", **body}
    reply = api.client.post("/v1/reviews", content=json.dumps(whole), headers={"Content-Type": "application/json"})
    assert reply.status_code == code, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert len(api.client.get("/v1/reviews").json()["items"]) == 0


def test_hostile_text_comes_back_as_json_and_nothing_else(api: Api, letter: str) -> None:
    hostile = "<script>alert(1)</script>\r\nSet-Cookie: a=b\x00 =1+1 \u202e"
    done = say(api, letter, "sender", "correct", value=hostile, note=hostile)
    assert done["code"] == 200
    assert done["answer"]["text"] == "<script>alert(1)</script> Set-Cookie: a=b =1+1"
    assert "\x00" not in done["answer"]["review"]["note"]


def test_reviewing_needs_its_scope(api: Api, letter: str) -> None:
    api.sign("read", name="reader")
    assert say(api, letter, "sender", "absent")["code"] == 403
    assert api.client.post("/v1/reviews/undo", json={}).status_code == 403
    assert api.client.get("/v1/reviews/queue").status_code == 200
    api.sign("review", name="ann")
    done = say(api, letter, "sender", "absent")
    assert (done["code"], done["answer"]["review"]["reviewer"]) == (200, "ann")
