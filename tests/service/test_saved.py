"""Saved queries, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docproc import wiring
from docproc.core.errors import Conflict, NotFound, UsageError
from docproc.service.parts import Parts
from docproc.service.query import Budget, list_viewed, query
from docproc.service.saved import (
    Parameter,
    Saved,
    find_query,
    list_queries,
    remove_query,
    run_saved,
    save_query,
    value_of,
)
from tests.store.filled import fill

SQL = "select file from invoice where total > :least and issued >= :since and seller like :who order by 1"
DRAFT = Saved(
    "dear-ones",
    "What cost more",
    SQL,
    (Parameter("least", "number", "5"), Parameter("since", "date", "1999-01-01")),
    "ada",
)


@pytest.fixture
def parts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setenv("DOCPROC_DATABASE_URL", database_url)
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path))
    with wiring.opened() as parts:
        with parts.database.write() as conn:
            fill(conn)
        yield parts


def test_a_saved_query_is_asked_with_values_of_its_types(parts: Parts) -> None:
    kept = save_query(parts, DRAFT)
    assert [(one.name, one.type) for one in kept.parameters] == [
        ("least", "number"),
        ("since", "date"),
        ("who", "text"),
    ]
    assert run_saved(parts, "dear-ones", {"who": "%Bolts%"}, Budget()).rows == [("first.pdf",)]
    assert run_saved(parts, "dear-ones", {"who": "%", "least": "1021.91"}, Budget()).rows == []
    assert run_saved(parts, "dear-ones", {"who": "%", "least": 1021, "since": "2004-08-01"}, Budget()).rows
    assert not run_saved(parts, "dear-ones", {"who": "%", "since": "2004-08-02"}, Budget()).rows
    assert not run_saved(parts, "dear-ones", {"who": "' or 1=1 --"}, Budget()).rows


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "'who' \\(text\\) needs a value"),
        ({"who": "x", "least": "five"}, "is no number"),
        ({"who": "x", "least": "NaN"}, "is no number"),
        ({"who": "x", "least": "1e999"}, "is no number"),
        ({"who": "x", "since": "31.1.2026"}, "is no date"),
        ({"who": "x", "more": "x"}, "no parameter 'more'; there are: least, since, who"),
        ({"who": "x" * 20_000}, "longer"),
        ({"who": "x\x00"}, "NUL"),
        ({"who": "x\ud800"}, "half a character"),
    ],
)
def test_a_value_that_is_none_is_refused(parts: Parts, values: dict[str, str], said: str) -> None:
    save_query(parts, DRAFT)
    with pytest.raises(UsageError, match=said):
        run_saved(parts, "dear-ones", values, Budget())


@pytest.mark.parametrize(
    "draft",
    [
        Saved("No Name", "", "select 1", ()),
        Saved("a" * 65, "", "select 1", ()),
        Saved("../a", "", "select 1", ()),
        Saved("a", "", "  ", ()),
        Saved("a", "", "select :b", (Parameter("c"),)),
        Saved("a", "", "select :b", (Parameter("b"), Parameter("b"))),
        Saved("a", "", "select :b", (Parameter("b", "colour"),)),  # type: ignore[arg-type]
        Saved("a", "", "select :b", (Parameter("b", "number", "x"),)),
        Saved("a", "", "select '\x00'", ()),
        Saved("a", "", "select " + ",".join(f":a{number}" for number in range(60)), ()),
    ],
)
def test_what_cannot_be_saved_is_refused(parts: Parts, draft: Saved) -> None:
    with pytest.raises(UsageError):
        save_query(parts, draft)
    assert list_queries(parts) == []


def test_who_saves_over_what_somebody_else_saved_is_told(parts: Parts) -> None:
    first = save_query(parts, DRAFT, "")
    other = Saved("dear-ones", "", "select 1", (), "bob")
    second = save_query(parts, other, first.revision)
    assert (second.author, second.created_at) == ("bob", first.created_at)
    for seen in (first.revision, ""):
        with pytest.raises(Conflict, match="bob has saved another"):
            save_query(parts, DRAFT, seen)
    assert save_query(parts, DRAFT).author == "ada"


def test_a_removed_query_is_gone(parts: Parts) -> None:
    save_query(parts, DRAFT)
    remove_query(parts, "dear-ones")
    for lost in (lambda: find_query(parts, "dear-ones"), lambda: remove_query(parts, "dear-ones")):
        with pytest.raises(NotFound):
            lost()
    with pytest.raises(NotFound):
        save_query(parts, DRAFT, "0123456789abcdef")


def test_the_views_that_can_be_asked_are_listed_with_their_columns(parts: Parts) -> None:
    views = {view.name: dict(view.columns) for view in list_viewed(parts)}
    assert views["invoice"]["total"] == "numeric"
    assert views["invoice_lines"]["amount"] == "numeric"
    assert "answers" not in views


def test_a_value_that_lacks_is_named(parts: Parts) -> None:
    with pytest.raises(UsageError, match=":who"):
        query(parts, "select :who", {}, Budget())
    assert query(parts, "select ':who'", {}, Budget()).rows == [(":who",)]


def test_whole_numbers_stay_whole() -> None:
    assert value_of("a", "number", "12") == 12
    assert value_of("a", "number", "12.50") == 12.5
    assert value_of("a", "number", "1" * 25) == 1.1111111111111111e24
    assert value_of("a", "text", "007") == "007"
