"""Saved queries, sets that were written, tries and the role for readers, from the command line."""

from __future__ import annotations

import pytest

from docproc.store.database import open_database
from docproc.store.readonly import query
from tests.e2e.conftest import Shell, make_pdf, script

RULES = [{"key": "sender", "text": "Jane Doe"}, {"key": "total", "text": "12.50 EUR"}]


@pytest.fixture
def asked(shell: Shell) -> Shell:
    make_pdf(shell.folder / "in" / "a.pdf", ["Letter of Jane Doe. Total: 12.50 EUR", "Second page"])
    script(shell, RULES)
    assert shell("run", "in", "-q", "letters").code == 0
    return shell


def test_a_saved_query_is_asked_with_values(asked: Shell) -> None:
    select = "select file from letters where total >= :least"
    assert asked("queries", "save", "dear", select, "--param", "least:number=5").code == 0
    assert asked("sql", "--saved", "dear", "-f", "csv").out == "file\na.pdf\n"
    assert asked("sql", "--saved", "dear", "--param", "least=13", "-f", "csv").out == "file\n"
    assert "least:number" in asked("queries", "list").out
    wrong = asked("sql", "--saved", "dear", "--param", "least=much")
    assert (wrong.code, "is no number" in wrong.err) == (1, True)
    assert asked("queries", "remove", "dear").code == 0
    assert asked("sql", "--saved", "dear").code == 1


def test_values_are_given_to_a_statement(asked: Shell) -> None:
    given = ("--param", "least:number=5", "--param", "who=Jane%", "--param", "day:date=2026-01-31")
    select = "select file, :day as day from letters where total > :least and sender like :who"
    assert asked("sql", select, *given, "-f", "csv").out == "file,day\na.pdf,2026-01-31\n"
    for words in [("sql",), ("sql", select, "--saved", "dear"), ("sql", select, "--param", "least:colour=5")]:
        assert asked(*words).code == 1


def test_a_set_is_tried_without_anything_being_kept(asked: Shell) -> None:
    before = asked.rows("select count(*) as n from answers_flat")
    done = asked("questions", "try", "sets/letters.yaml", "a.pdf", "--page", "1", "--engine", "ocr", "--json")
    assert done.code == 0, done.err
    (found,) = done.lines
    assert (found["page"], found["answers"]["total"]["value"]) == (1, 12.5)
    assert found["answers"]["total"]["boxes"]
    assert "Jane Doe" in asked("questions", "try", "letters", "a.pdf").out
    assert asked.rows("select count(*) as n from answers_flat") == before
    assert asked("questions", "try", "letters", "a.pdf", "--page", "3").code == 1
    assert asked("questions", "try", "nothing", "a.pdf").code == 1


def test_sqlite_has_no_role_for_readers(asked: Shell) -> None:
    done = asked("db", "reader")
    assert (done.code, "SQLite has no roles" in done.err) == (1, True)


@pytest.mark.postgres
def test_sql_runs_as_the_reader_once_there_is_one(shell: Shell, postgres_url: str) -> None:
    shell.settings["DOCPROC_DATABASE_URL"] = postgres_url
    assert "docproc_reader_" in shell("db", "reader").out
    assert shell.rows("select current_user as who")[0]["who"].startswith("docproc_reader_")
    assert "docproc_reader_" in shell("db", "reader").out
    assert "is gone" in shell("db", "reader", "--remove").out
    assert "no such role" in shell("db", "reader", "--remove").out
    database = open_database(postgres_url)
    assert query(database, "select current_user").rows == [("postgres",)]
    database.close()
