"""The generated views, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from docproc.core.errors import QuestionSetError, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.store import sets, views
from docproc.store.database import Database
from docproc.store.stream import columns_of
from tests.store.filled import GRIDS, SET, VALUES, Filled, fill, give, review


@pytest.fixture
def filled(database: Database) -> Filled:
    with database.write() as conn:
        return fill(conn)


def ask(database: Database, sql: str) -> list[dict[str, Any]]:
    """Rows with values as both databases would give them: numbers as float, dates and JSON as text, flags as bool."""
    with database.read() as conn:
        return [{key: _plain(value) for key, value in row._mapping.items()} for row in conn.execute(text(sql))]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | dict) else value


def test_a_set_has_a_row_per_document_with_a_typed_column_per_question(database: Database, filled: Filled) -> None:
    first, second = ask(database, "SELECT * FROM invoice ORDER BY path")
    assert first == {
        "path": "/in/first.pdf",
        "file": "first.pdf",
        "status": "running",
        "outcome": None,
        "page_count": 2,
        "seller": "Nuts & Bolts Ltd",
        "note": VALUES["note"],
        "copies": 12,
        "weight": -3.25,
        "total": 1021.91,
        "total_currency": "GBP",
        "issued": "2004-08-01",
        "paid": True,
        "form": "slip",
        "tags": '["new","late"]',
        "days": '["2004-08-01"]',
        "lines": first["lines"],
        "found": first["found"],
        "status_": "RECEIVED",
        "stamped": "2004-01-01",
        "document": "first".ljust(64, "0"),
    }
    assert json.loads(first["found"]) == GRIDS
    answered = {name for name, value in second.items() if value is not None}
    assert answered == {"path", "file", "status", "page_count", "document"}


def test_columns_are_of_the_databases_own_types(database: Database, filled: Filled) -> None:
    with database.read() as conn:
        row = conn.execute(
            text("SELECT copies, weight, total, issued, paid FROM invoice WHERE seller IS NOT NULL")
        ).one()
    if database.dialect == "sqlite":
        assert [type(cell) for cell in row] == [int, float, float, str, int]
    else:
        assert [type(cell) for cell in row] == [int, Decimal, Decimal, date, bool]


def test_typed_columns_are_added_and_compared_as_numbers_and_dates(database: Database, filled: Filled) -> None:
    found = ask(database, "SELECT sum(total) AS s FROM invoice WHERE issued >= '2004-08-01' AND copies > 9 AND paid")
    assert found == [{"s": 1021.91}]


def test_pages_have_a_row_each_with_the_page_questions(database: Database, filled: Filled) -> None:
    rows = ask(database, "SELECT file, page, status, status_, stamped FROM invoice_pages ORDER BY path, page")
    assert [(row["file"], row["page"], row["status_"], row["stamped"]) for row in rows] == [
        ("first.pdf", 1, None, None),
        ("first.pdf", 2, "RECEIVED", "2004-01-01"),
        ("second.pdf", 1, None, None),
        ("second.pdf", 2, None, None),
    ]
    assert {row["status"] for row in rows} == {"ready"}


def test_a_table_question_has_a_row_per_row(database: Database, filled: Filled) -> None:
    rows = ask(
        database, "SELECT file, page, row_number, id, name, amount, path_ FROM invoice_lines ORDER BY row_number"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("first.pdf", 2, 1, 1, "Nut", 1021.91, "a/b"),
        ("first.pdf", 2, 2, None, "Bolt", 2.5, None),
    ]


def test_found_tables_have_a_row_per_row_of_cells(database: Database, filled: Filled) -> None:
    rows = ask(database, "SELECT page, table_number, caption, row_number, cells FROM invoice_found ORDER BY 2, 4")
    assert [(row["page"], row["table_number"], row["caption"], json.loads(row["cells"])) for row in rows] == [
        (2, 1, "Prices", ["Item", "Price"]),
        (2, 1, "Prices", ["Nut", "1,00"]),
        (3, 2, "", ["A"]),
    ]


def test_a_review_wins_over_the_newest_answer_and_may_say_that_there_is_none(
    database: Database, filled: Filled
) -> None:
    first, second = filled.document_ids
    with database.write() as conn:
        review(conn, first, "total", "ok", "7.00 EUR")
        review(conn, first, "seller", "absent", None)
        review(conn, second, "seller", "ok", "Somebody")
        review(conn, second, "lines", "ok", '[{"id": "5"}]')
        give(conn, filled, [(first, Answer(0, question, "ok", VALUES[question.key])) for question in SET.questions])
    rows = ask(database, "SELECT seller, total, total_currency FROM invoice ORDER BY path")
    assert [tuple(row.values()) for row in rows] == [(None, 7.0, "EUR"), ("Somebody", None, None)]
    assert ask(database, "SELECT id FROM invoice_lines WHERE file = 'second.pdf'") == [{"id": 5}]


def test_only_answers_that_are_ok_give_a_value(database: Database, filled: Filled) -> None:
    with database.write() as conn:
        for status in ("absent", "invalid", "unreadable", "missing"):
            give(conn, filled, [(filled.document_ids[0], Answer(0, SET.questions[0], status, None, "raw"))])
            assert conn.execute(text("SELECT seller FROM invoice WHERE file = 'first.pdf'")).scalar() is None


def test_a_text_of_any_length_is_shown_whole(database: Database, filled: Filled) -> None:
    assert ask(database, "SELECT length(note) AS n FROM invoice WHERE file = 'first.pdf'") == [{"n": 2000}]


def test_an_integer_too_long_for_a_column_is_null_there_and_whole_in_answers_flat(
    database: Database, filled: Filled
) -> None:
    digits = "9" * 25
    copies = next(question for question in SET.questions if question.key == "copies")
    with database.write() as conn:
        give(conn, filled, [(filled.document_ids[0], Answer(0, copies, "ok", digits))])
    assert ask(database, "SELECT copies FROM invoice WHERE file = 'first.pdf'") == [{"copies": None}]
    flat = "SELECT value FROM answers_flat WHERE file = 'first.pdf' AND key = 'copies'"
    assert ask(database, flat) == [{"value": digits}]


def test_answers_flat_tells_everything_about_each_answer(database: Database, filled: Filled) -> None:
    with database.write() as conn:
        review(conn, filled.document_ids[0], "total", "ok", "7.00 EUR")
    (row,) = ask(database, "SELECT * FROM answers_flat WHERE file = 'first.pdf' AND key = 'total'")
    assert bool(row.pop("newest"))
    assert bool(row.pop("reviewed"))
    assert len(row.pop("created")) == len("2026-01-31 12:00:00")
    assert row.pop("answer") > 0
    assert json.loads(row.pop("signals")) == {"said": 0.9, "logprob": -0.25, "looked": True}
    assert json.loads(row.pop("steps")) == ["closer"]
    total = next(question for question in SET.questions if question.key == "total")
    assert row == {
        "path": "/in/first.pdf",
        "file": "first.pdf",
        "page": 0,
        "question_set": "invoice",
        "key": "total",
        "kind": "money",
        "status": "ok",
        "value": "1021.91 GBP",
        "confidence": 0.9,
        "evidence": "none",
        "quote": "",
        "boxes": "[]",
        "found_on": 2,
        "review_status": "ok",
        "review_value": "7.00 EUR",
        "engine": "scripted",
        "engine_fingerprint": "scripted:1",
        "question_hash": total.hash,
        "set_version": SET.version,
        "raw": "",
        "document": "first".ljust(64, "0"),
    }
    assert ask(database, "SELECT count(*) AS n FROM answers_flat") == [{"n": 2 * len(SET.questions) + 2}]


def test_an_answer_of_another_kind_than_the_question_has_now_does_not_show(database: Database, filled: Filled) -> None:
    changed = _with(SET, "seller", kind="integer")
    with database.write() as conn:
        sets.put_set(conn, changed)
    assert ask(database, "SELECT seller, copies FROM invoice ORDER BY path")[0] == {"seller": None, "copies": 12}
    assert len(ask(database, "SELECT * FROM answers_flat WHERE file = 'first.pdf' AND key = 'seller'")) == 1


def test_the_views_follow_the_version_that_was_used_last(database: Database, filled: Filled) -> None:
    smaller = replace(SET, questions=(SET.questions[0], Question("extra", "?", "money", scope="document")))
    with database.write() as conn:
        sets.put_set(conn, smaller)
        assert [name for name, _ in columns_of(conn, "invoice")][5:-1] == ["seller", "extra", "extra_currency"]
        assert views.made_views(conn) == sorted(["invoice", "invoice_pages", *FIXED])
        sets.put_set(conn, SET)
        assert "invoice_lines" in views.made_views(conn)
        assert len(sets.list_sets(conn)) == 2


FIXED = ["answers_flat", "document_list", "docproc_views", "job_files", "job_list", "page_text"]


def test_a_column_of_every_type_is_told_as_it_comes(database: Database, filled: Filled) -> None:
    names = [*FIXED, "invoice", "invoice_pages", "invoice_lines", "invoice_found"]
    with database.read() as conn:
        for name in names:
            keys = list(conn.execute(text(f"SELECT * FROM {name}")).keys())
            assert [column for column, _ in columns_of(conn, name)] == keys


@pytest.mark.parametrize("name", ["jobs", "documents", "answers_flat", "page_search", "pg_class", "sqlite_x", "a" * 60])
def test_a_set_whose_views_names_are_taken_is_refused(database: Database, name: str) -> None:
    with pytest.raises(QuestionSetError), database.write() as conn:
        sets.put_set(conn, replace(SET, name=name))


def test_a_table_question_called_pages_is_refused(database: Database) -> None:
    with pytest.raises(QuestionSetError, match="a_pages"), database.write() as conn:
        sets.put_set(conn, QuestionSet("a", "", (Question("pages", "?", "table"),)))


def test_a_set_that_would_take_another_sets_view_is_refused(database: Database, filled: Filled) -> None:
    with pytest.raises(QuestionSetError, match="invoice_lines"), database.write() as conn:
        sets.put_set(conn, QuestionSet("invoice_lines", "", (Question("a", "?", "string"),)))


def test_reserved_says_why_a_name_cannot_be_had() -> None:
    assert views.reserved("invoice") is None
    assert "docproc's own" in str(views.reserved("tasks"))


def test_names_that_are_words_of_sql_make_views(database: Database) -> None:
    words = QuestionSet("order", "", (Question("select", "?", "money"), Question("user", "?", "string")))
    with database.write() as conn:
        sets.put_set(conn, words)
        assert conn.execute(text('SELECT "select", select_currency, "user" FROM "order"')).all() == []


def test_a_view_of_ones_own_on_postgresql_is_named_when_it_is_in_the_way(database: Database, filled: Filled) -> None:
    with database.write() as conn:
        conn.execute(text("CREATE VIEW mine AS SELECT seller FROM invoice"))
    changed = _with(SET, "seller", kind="text")
    if database.dialect == "sqlite":
        with database.write() as conn:
            sets.put_set(conn, changed)
            assert len(conn.execute(text("SELECT * FROM mine")).all()) == 2
    else:
        with pytest.raises(UsageError, match="mine"), database.write() as conn:
            sets.put_set(conn, changed)


def test_a_filter_on_a_document_does_not_read_the_others(database: Database, filled: Filled) -> None:
    if database.dialect == "sqlite":
        plan = _plan(database, "EXPLAIN QUERY PLAN SELECT total FROM invoice WHERE document = 'x'")
        assert "SEARCH d USING" in plan
        assert "SCAN c" not in plan


def _plan(database: Database, sql: str) -> str:
    with database.read() as conn:
        return "\n".join(str(row) for row in conn.execute(text(sql)))


def _with(questions: QuestionSet, key: str, **changes: Any) -> QuestionSet:
    changed = tuple(replace(q, **changes) if q.key == key else q for q in questions.questions)
    return replace(questions, questions=changed)
