"""SQL from users: what it may do, and everything that it may not, on both databases."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from docproc.core.errors import UsageError
from docproc.store.database import Database
from docproc.store.readonly import Result, query
from tests.store.filled import fill


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as conn:
        fill(conn)
    return database


def rows(result: Result) -> list[tuple[object, ...]]:
    return [tuple(float(cell) if hasattr(cell, "quantize") else cell for cell in row) for row in result.rows]


def test_a_select_gives_columns_and_rows(filled: Database) -> None:
    result = query(filled, "select file, total as t from invoice order by path;  ")
    assert (result.columns, result.truncated) == (["file", "t"], False)
    assert rows(result) == [("first.pdf", 1021.91), ("second.pdf", None)]


def test_more_rows_than_the_limit_are_cut_and_told(filled: Database) -> None:
    assert query(filled, "select file from invoice", row_limit=1).truncated
    assert not query(filled, "select file from invoice", row_limit=2).truncated


def test_parameters_fill_names(filled: Database) -> None:
    result = query(
        filled, "select file from invoice where seller = :who and '12:30' <> ''", {"who": "Nuts & Bolts Ltd"}
    )
    assert rows(result) == [("first.pdf",)]
    assert query(filled, "select :x as x", {"x": "a'; drop table answers --"}).rows == [("a'; drop table answers --",)]


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select total from invoice) select count(*) from a",
        "select seller, row_number() over (order by path) from invoice",
        "select a.*, b.* from invoice a join invoice b on a.path = b.path -- twice the same names",
        "select key, count(*), avg(confidence) from answers_flat group by key having count(*) > 1 order by 2",
        "select upper(seller) || '%' from invoice where seller like '%olts%' limit 1",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9) select i from n",
        "select file from page_search('fox') s join page_text p on p.id = s.rowid order by s.rank",
        "select * from invoice_lines union all select * from invoice_lines",
        "values (1), (2)",
    ],
)
def test_what_people_write_runs(filled: Database, sql: str) -> None:
    assert query(filled, sql).rows


def test_every_view_can_be_read_whole(filled: Database) -> None:
    for view in ["invoice_pages", "invoice_found", "answers_flat", "page_text", "document_list", "job_list"]:
        assert query(filled, f"select * from {view}").rows, view


@pytest.mark.parametrize(
    "sql",
    [
        "select * from answers",
        "select layer from pages",
        "select count(*) from answers",
        "select name from sqlite_schema",
        "select 1 from pg_class",
        "select (select lease_token from tasks limit 1)",
        "with invoice as (select * from tasks) select * from invoice",
        "with answers_flat as (select lease_token from tasks) select * from answers_flat",
        "select 1) q, answers a, (select 1",
        "insert into answers_flat values (1)",
        "delete from answers",
        "update documents set path = ''",
        "with gone as (delete from answers returning 1) select * from gone",
        "drop view invoice",
        "create table t (a int)",
        "begin",
        "commit",
        "select 1; select 2",
        "select 1; commit; delete from answers",
        "vacuum",
        "select load_extension('/tmp/x.so')",
        "pragma journal_mode = delete",
        "select * from pragma_table_info('answers')",
        "attach database '/tmp/other.db' as other",
        "select * from sqlite_master",
        "select writefile('/tmp/x', 'y')",
        "set statement_timeout = 0",
        "set transaction read write",
        "copy answers to '/tmp/x'",
        "select pg_sleep(0)",
        'select "pg_sleep"(0)',
        'select U&"pg\\005fsleep"(0)',
        "select pg_advisory_lock(1)",
        "select set_config('statement_timeout', '0', false)",
        "select query_to_xml('select * from answers', true, true, '')",
        "select lo_import('/etc/passwd')",
        "select nextval('answers_id_seq')",
        "select * from invoice for update",
        "explain analyze select 1",
        "prepare x as select 1",
        "do $$ begin end $$",
        "listen x",
        "lock table answers",
        "",
        ";",
        "selct 1",
        "select * from invoice)",
    ],
)
def test_everything_else_is_refused_and_changes_nothing(filled: Database, sql: str) -> None:
    before = _state(filled)
    with pytest.raises(UsageError):
        query(filled, sql, seconds=5.0)
    assert _state(filled) == before


def test_an_unknown_view_is_answered_with_those_there_are(filled: Database) -> None:
    with pytest.raises(UsageError, match=r"no view 'invoices'; there are: answers_flat, .*invoice, invoice_found"):
        query(filled, "select * from invoices")


def test_an_unknown_column_is_named(filled: Database) -> None:
    with pytest.raises(UsageError, match="grand"):
        query(filled, "select grand from invoice")


@pytest.mark.parametrize("sql", ["delete from invoice", "delete from answers", "drop view invoice", "vacuum"])
def test_a_statement_that_changes_something_is_told_that_only_select_can_be_asked(filled: Database, sql: str) -> None:
    with pytest.raises(UsageError, match=r"only SELECT over the views can be asked, not .*; there are: answers_flat"):
        query(filled, sql)


def test_a_table_is_not_shown_but_named(filled: Database) -> None:
    with pytest.raises(UsageError, match="not answers"):
        query(filled, "select value from answers")


ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


def test_a_query_without_end_is_ended(filled: Database) -> None:
    start = time.monotonic()
    with pytest.raises(UsageError, match=r"longer than 0\.3 s"):
        query(filled, ENDLESS, seconds=0.3)
    assert time.monotonic() - start < 30


def test_one_function_call_that_never_looks_at_the_clock_is_ended(filled: Database) -> None:
    """A progress handler alone is no limit: it is not asked inside a function."""
    # Every position of the first text is compared with the whole second: days of work, in one call.
    many = {
        "sqlite": "select replace(printf('%.9000000c', 'a'), printf('%.4000000c', 'a') || 'b', '')",
        "postgresql": "select replace(repeat('a', 90000000), repeat('a', 40000000) || 'b', '')",
    }
    with pytest.raises(UsageError):
        query(filled, many[filled.dialect], seconds=0.5)


def test_a_value_larger_than_memory_should_hold_is_refused(database: Database) -> None:
    if database.dialect == "sqlite":
        with pytest.raises(UsageError):
            query(database, "select group_concat(printf('%.9000000c', value)) from json_each('[1,2,3,4]')")


def test_what_a_statement_did_to_its_session_is_gone_for_the_next(filled: Database) -> None:
    for _ in range(3):
        with pytest.raises(UsageError):
            query(filled, ENDLESS, seconds=0.1)
    assert query(filled, "select count(*) from invoice").rows == [(2,)]


def _state(database: Database) -> list[object]:
    with database.read() as conn:
        return [
            conn.execute(text("SELECT count(*) FROM answers")).scalar(),
            conn.execute(text("SELECT max(path) FROM documents")).scalar(),
            conn.execute(text("SELECT count(*) FROM invoice")).scalar(),
        ]
