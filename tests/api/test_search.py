"""Searching answers and pages over HTTP, with the places to be highlighted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api
from tests.api.read import read


@pytest.fixture
def letter(api: Api) -> str:
    """The SHA-256 of a letter of three pages that was read."""
    return read(api.home)


def find(api: Api, words: str, **query: Any) -> list[dict[str, Any]]:
    reply = api.client.get("/v1/search", params={"q": words, **query})
    assert reply.status_code == 200, reply.text
    items: list[dict[str, Any]] = reply.json()["items"]
    return items


def places(items: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    return [(one["kind"], one["page"]) for one in items]


def test_answers_come_before_pages_and_both_say_where_they_stand(api: Api, letter: str) -> None:
    items = find(api, "jane")
    assert places(items) == [("answer", 1), ("page", 1)]
    answer, page = items
    assert (answer["answer"]["key"], answer["answer"]["text"], answer["document"]) == ("sender", "Jane Doe", letter)
    assert [piece["text"] for piece in page["snippet"] if piece["hit"]] == ["Jane"]
    assert "".join(piece["text"] for piece in page["snippet"]) == "Letter of Jane Doe Total 12.50 EUR"
    words = api.client.get(f"/v1/documents/{letter}/pages/1/words").json()["words"]
    assert page["boxes"] == [[1.0, *next(word["box"] for word in words if word["text"] == "Jane")]]


def test_phrases_alternatives_and_exclusions_work_as_in_a_web_search(api: Api, letter: str) -> None:
    assert places(find(api, '"of the letter"', kind="page")) == [("page", 2)]
    assert sorted(places(find(api, "jane or second", kind="page"))) == [("page", 1), ("page", 2)]
    assert places(find(api, "letter -second", kind="page")) == [("page", 1)]
    assert places(find(api, "13.50", kind="answer")) == [("answer", 2)]
    assert len(find(api, '"of the letter"', kind="page")[0]["boxes"]) == 1


def test_a_reviewed_value_is_found_and_the_one_that_it_replaced_is_not(api: Api, letter: str) -> None:
    body = {"document": letter, "set": "letters", "key": "sender", "action": "correct", "value": "Zoë Quux"}
    assert api.client.post("/v1/reviews", json=body).status_code == 200
    (hit,) = find(api, "quux")
    assert (hit["answer"]["text"], hit["answer"]["reviewed"]) == ("Zoë Quux", True)
    assert find(api, "jane", kind="answer") == []
    api.client.post("/v1/reviews/undo", json={})
    assert find(api, "quux") == []
    assert len(find(api, "jane", kind="answer")) == 1


def test_filters_and_cursors(api: Api, letter: str) -> None:
    other = read(api.home, ("Letter of Jane Roe",), "roe.pdf")
    assert {one["document"] for one in find(api, "letter", document=other)} == {other}
    assert find(api, "letter", set="nothing") == []
    assert len(find(api, "letter", set="letters", kind="page")) == 3
    assert {one["answer"]["key"] for one in find(api, "jane", key="sender")} == {"sender"}
    assert find(api, "jane", key="total") == []
    every = find(api, "jane or letter")
    cursor, seen = None, []
    while True:
        query: dict[str, Any] = {"q": "jane or letter", "limit": 1, **({"cursor": cursor} if cursor else {})}
        reply = api.client.get("/v1/search", params=query).json()
        seen += reply["items"]
        cursor = reply["next"]
        if cursor is None:
            break
    assert seen == every
    assert len(every) == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": ""}, 422),
        ({"q": "..."}, 400),
        ({"q": "x" * 401}, 422),
        ({"q": "a " * 100}, 400),
        ({"q": "a", "cursor": "e30"}, 400),
        ({"q": "a", "document": "f" * 64}, 404),
        ({"q": "a", "set": "a'b"}, 422),
        ({"q": "a", "limit": 1000}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_searched_is_a_problem(api: Api, query: dict[str, Any], code: int) -> None:
    assert api.client.get("/v1/search", params=query).status_code == code


def test_no_query_breaks_the_search(api: Api, letter: str) -> None:
    for words in ('"', "a' OR 1=1 --", "NEAR(a b)", "*", "a:b", "(((", "{x}", "-- -a b", "\u202e a", "%s :x ? \\"):
        assert api.client.get("/v1/search", params={"q": words}).status_code in (200, 400), words
