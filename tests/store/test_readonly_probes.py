"""What an attacker would write as SQL, on both databases, with and without a role of its own on PostgreSQL.

Each probe must be refused, or do nothing but answer; afterwards nothing has changed, and others can still ask.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from docproc.core.errors import UsageError
from docproc.store import face_tables, reader_role
from docproc.store.database import Database, open_database
from docproc.store.readonly import query
from docproc.store.refusals import list_views
from tests.store.filled import fill

KEPT = sorted(name for name in face_tables.metadata.tables)
SECONDS = 2.0


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as conn:
        fill(conn)
    return database


@pytest.fixture
def as_reader(postgres_url: str) -> Iterator[Database]:
    """PostgreSQL with the role for readers."""
    database = open_database(postgres_url)
    with database.write() as conn:
        fill(conn)
        reader_role.make(conn, list_views(conn))
    yield database
    with database.write() as conn:
        assert reader_role.drop(conn)
    database.close()


def state(database: Database) -> list[object]:
    with database.read() as conn:
        counts = [conn.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in KEPT]
        return [*counts, list_views(conn), conn.execute(text("SELECT max(path) FROM documents")).scalar()]


def refused(database: Database, sql: str) -> None:
    before = state(database)
    with pytest.raises(UsageError):
        query(database, sql, seconds=SECONDS)
    assert state(database) == before
    assert query(database, "select count(*) from invoice").rows == [(2,)]


EVERYWHERE = [
    # other tables, by every door
    *[f"select * from {name}" for name in KEPT],
    "select * from main.api_keys",
    "select * from public.api_keys",
    'select * from "api_keys"',
    "select hash from api_keys union select path from invoice",
    "select (select max(hash) from api_keys) from invoice",
    "select * from invoice where exists (select 1 from api_keys)",
    "select * from invoice order by (select hash from api_keys limit 1)",
    "with invoice as (select hash as file from api_keys) select * from invoice",
    "with recursive invoice(h) as (select hash from api_keys union select h from invoice) select * from invoice",
    "select * from (values (1)) v left join api_keys on true",
    "select/**/*/**/from/**/api_keys",
    "select * from invoice -- \n union select hash from api_keys",
    "select 1 from invoice) x union select hash from api_keys --",
    "select 1) docproc_inner offset 0) docproc_asked; delete from answers; --",
    "select 1) docproc_asked, answers --",
    # more than one statement, and the session
    "select 1; delete from answers",
    "select 1;;select 2",
    "; delete from answers",
    "begin; delete from answers; commit",
    "rollback",
    "savepoint a",
    "release a",
    "set role postgres",
    "reset role",
    "set session authorization postgres",
    "set local statement_timeout = 0",
    "reset statement_timeout",
    "set transaction_read_only = off",
    "start transaction read write",
    "discard all",
    "declare x cursor for select 1",
    "fetch all from docproc_asked",
    "close docproc_asked",
    "move 5 in docproc_asked",
    "close all",
    "deallocate all",
    "execute x",
    # changes, alone and inside of something that reads
    "insert into answers_flat select 1",
    "replace into documents values (1)",
    "with gone as (delete from answers returning *) select * from gone",
    "with put as (insert into api_keys (name) values ('x') returning *) select * from put",
    "with put as (update documents set path = '' returning *) select * from put",
    "truncate answers",
    "merge into documents using invoice on true when matched then delete",
    "select * into stolen from invoice",
    "create temp table t as select 1",
    "create table t as select * from invoice",
    "create temp view v as select 1",
    "create view v as select * from api_keys",
    "create index i on answers (id)",
    "create trigger t after insert on answers begin select 1; end",
    "create function f() returns int language sql as 'select 1'",
    "create extension dblink",
    "create role evil superuser",
    "alter role current_user password 'x'",
    "alter table answers add column x int",
    "drop table answers",
    "grant select on answers to public",
    "comment on table answers is 'x'",
    "analyze",
    "vacuum full",
    "reindex table answers",
    "cluster answers",
    "refresh materialized view x",
    "lock table answers in exclusive mode",
    "explain analyze delete from answers",
    "do $$ begin perform 1; end $$",
    "call f()",
    "listen docproc",
    "unlisten *",
    "notify docproc, 'x'",
    "load 'x'",
    "security label on table answers is 'x'",
    "checkpoint",
    # files and programs
    "copy answers to stdout",
    "copy (select 1) to program 'id'",
    "copy answers from '/etc/passwd'",
    "select load_extension('x')",
    "select readfile('/etc/passwd')",
    "select writefile('/tmp/x', 'y')",
    "select edit('x')",
    "select fts3_tokenizer('x')",
    "attach '/tmp/x.db' as x",
    "attach ':memory:' as x",
    "detach main",
    "vacuum into '/tmp/x.db'",
    "pragma writable_schema = on",
    "pragma query_only = off",
    "pragma database_list",
    "select * from pragma_database_list",
    "select * from pragma_function_list",
    "select * from sqlite_dbpage",
    "select * from sqlite_stmt",
    "select * from dbstat",
    "select * from fsdir('/')",
    "select * from page_text_search_content",
    "select sql from sqlite_schema",
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('/etc/passwd')",
    "select * from pg_ls_dir('/')",
    "select * from pg_stat_file('/etc/passwd')",
    "select pg_reload_conf()",
    "select pg_logical_emit_message(true, 'a', 'b')",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/x')",
    "select lo_get(1)",
    "select lo_creat(-1)",
    "select loread(1, 1)",
    "select lowrite(1, 'x')",
    "select * from dblink('dbname=postgres', 'select 1') as t(a int)",
    "select dblink_connect('dbname=postgres')",
    # other people's sessions, and the catalogs
    "select pg_terminate_backend(1)",
    "select pg_cancel_backend(1)",
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_xact_lock(1)",
    "select pg_notify('a', 'b')",
    "select pg_sleep(100)",
    "select pg_sleep_for('1 hour')",
    "select * from pg_authid",
    "select passwd from pg_shadow",
    "select * from pg_user",
    "select * from pg_stat_activity",
    "select * from pg_settings",
    "select * from pg_catalog.pg_class",
    "select * from information_schema.tables",
    "select view_definition from information_schema.views",
    "select current_setting('data_directory')",
    "select set_config('role', 'postgres', false)",
    "select nextval('answers_id_seq')",
    "select setval('answers_id_seq', 1)",
    "select currval('answers_id_seq')",
    "select query_to_xml('select 1', true, true, '')",
    "select table_to_xml('api_keys', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select * from ts_stat('select tsv from page_texts')",
    "select brin_summarize_new_values('x')",
    'select "pg_sleep"(0)',
    'select pg_catalog."pg_sleep"(0)',
    'select U&"\\0070g_sleep"(0)',
    'select u & "p"',
    "select /* a /* b */ pg_sleep(0) */",
    "select pg_sleep /**/ (0)",
    # what is no statement
    "\x00",
    "select 1 \x00",
    "select '\x00'",
    "select",
    "--",
    "/*",
    "'",
    "select * from invoice where",
    "x" * 200_000,
]


@pytest.mark.parametrize("sql", EVERYWHERE, ids=lambda sql: sql[:60].replace("\n", " ").replace("\x00", "NUL"))
def test_an_attack_is_refused_and_changes_nothing(filled: Database, sql: str) -> None:
    if sql == "select" and filled.dialect == "postgresql":
        pytest.skip("PostgreSQL knows a SELECT of nothing")
    refused(filled, sql)


@pytest.mark.postgres
@pytest.mark.parametrize("sql", EVERYWHERE[:120:3], ids=lambda sql: sql[:60].replace("\n", " ").replace("\x00", "NUL"))
def test_so_it_is_where_the_reader_has_a_role(as_reader: Database, sql: str) -> None:
    refused(as_reader, sql)


@pytest.mark.postgres
def test_with_a_role_everything_that_people_ask_is_answered(as_reader: Database) -> None:
    for sql in [
        "select * from invoice",
        "select * from invoice_lines",
        "select * from answers_flat",
        "select * from job_list",
        "select file from page_search('fox') s join page_text p on p.id = s.rowid order by s.rank",
    ]:
        assert query(as_reader, sql).rows, sql
    (row,) = query(as_reader, "select current_user, session_user").rows
    assert row[0].startswith(reader_role.PREFIX)


@pytest.mark.postgres
def test_the_role_alone_keeps_tables_and_files_from_who_gets_past_the_rest(as_reader: Database) -> None:
    """What the text is searched for and what PostgreSQL notes down are one wall, the role's rights another."""
    raw = as_reader.engine.raw_connection()
    conn: psycopg.Connection[object] = raw.driver_connection  # type: ignore[assignment]
    for sql in [
        "SELECT * FROM api_keys",
        "SELECT text FROM page_texts",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_authid",
        "CREATE TABLE t (a int)",
        "SELECT lo_import('/etc/passwd')",
        "COPY answers_flat TO PROGRAM 'id'",
    ]:
        with conn.transaction(force_rollback=True), conn.cursor() as cursor:
            reader_role.become(cursor)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                cursor.execute(sql.encode())
    raw.invalidate()


@pytest.mark.postgres
def test_a_set_that_comes_later_can_be_read_by_the_role_and_a_view_of_ones_own_after_it_is_told(
    as_reader: Database,
) -> None:
    from dataclasses import replace

    from docproc.store import sets
    from tests.store.filled import SET

    with as_reader.write() as conn:
        sets.put_set(conn, replace(SET, name="slip"))
        conn.execute(text("CREATE VIEW mine AS SELECT file FROM invoice"))
    assert query(as_reader, "select count(*) from slip").rows == [(0,)]
    with pytest.raises(UsageError, match="permission denied for view mine"):
        query(as_reader, "select * from mine")
    with as_reader.write() as conn:
        reader_role.make(conn, list_views(conn))
    assert query(as_reader, "select * from mine").rows
    with as_reader.write() as conn:
        conn.execute(text("DROP VIEW mine"))


def bombs(dialect: str) -> list[str]:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) "
    common = [
        f"{endless} select count(*) from n",
        f"{endless} select i from n order by i desc",
        f"{endless} select sum(a.i * b.i) from n a cross join n b",
        "with recursive n(t) as (select 'xxxxxxxxxxxxxxxx' union all select t || t from n) select t from n",
        f"select {'(' * 20_000}1{')' * 20_000}",
        "select " + "-" * 50_000 + "1",
        "select " + "+".join(["1"] * 40_000),
        "select * from " + ", ".join(f"invoice a{number}" for number in range(100)),
        " union all ".join(["select 1"] * 9_000),
    ]
    sqlite = [
        "select printf('%.2000000000c', 'x')",
        "select printf('%2000000000s', 'x')",
        "select hex(zeroblob(1000000000))",
        "select randomblob(1000000000)",
        "select replace(printf('%.9000000c', 'a'), 'a', printf('%.9000000c', 'b'))",
        "select replace(printf('%.9000000c', 'a'), printf('%.4000000c', 'a') || 'b', '')",
        "select 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' glob '" + "*a" * 40 + "b'",
        f"select '{'a' * 3000}' like '{'%a' * 400}b'",
        f"{endless} select group_concat(printf('%.1000000c', i)) from n",
        f"{endless} select json_group_array(i) from n",
        "select json_extract('" + "[" * 40_000 + "', '$')",
        "select count(*) from invoice a, invoice b, answers_flat c, answers_flat d, answers_flat e, answers_flat f, "
        "answers_flat g, answers_flat h, answers_flat i",
    ]
    postgresql = [
        "select count(*) from generate_series(1, 1000000000000) a",
        "select repeat('x', 900000000)",
        "select repeat('x', 200000000), repeat('y', 200000000)",
        "select repeat('x', 16000000) from generate_series(1, 100)",
        "select '" + "a" * 30 + "' ~ '(a*)*(a*)*(a*)*(a*)*(a*)*(a*)*b'",
        "select 9::numeric ^ 99999999",
        "select string_agg(repeat('x', 1000000), '') from generate_series(1, 2000)",
        "select regexp_replace(repeat('a', 50000), '(a+)+$', 'x')::int",
        "select array_fill(0, array[100000000])",
        "select count(*) from answers_flat a, answers_flat b, answers_flat c, answers_flat d, answers_flat e, "
        "answers_flat f, answers_flat g",
    ]
    return common + (sqlite if dialect == "sqlite" else postgresql)


@pytest.mark.parametrize("number", range(len(bombs("sqlite"))))
def test_a_bomb_ends_in_time_and_hurts_nobody(filled: Database, number: int) -> None:
    found = bombs(filled.dialect)
    if number >= len(found):
        return
    begun = time.monotonic()
    try:
        result = query(filled, found[number], seconds=SECONDS, max_bytes=32 << 20)
    except UsageError:
        pass
    else:
        assert sum(len(str(cell)) for row in result.rows for cell in row) < 32 << 20
    assert time.monotonic() - begun < 60
    assert query(filled, "select count(*) from invoice").rows == [(2,)]


def test_a_result_that_is_too_large_is_refused_before_it_fills_memory(filled: Database) -> None:
    wide = {
        "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n limit 100) "
        "select printf('%.1000000c', 'x') from n",
        "postgresql": "select repeat('x', 1000000) from generate_series(1, 100)",
    }
    with pytest.raises(UsageError, match="larger than 8 MiB"):
        query(filled, wide[filled.dialect], max_bytes=8 << 20)
    assert len(query(filled, wide[filled.dialect], max_bytes=200 << 20).rows) == 100


def test_a_value_cannot_leave_the_place_that_its_name_has(filled: Database) -> None:
    evil = "' || (select hash from api_keys limit 1) || '"
    assert query(filled, "select :x as x, ':x' as y, ':x''' as z -- :x", {"x": evil}).rows == [(evil, ":x", ":x'")]
    assert query(filled, 'select 1 as ":x", /* :x \' */ :x as b', {"x": evil}).rows == [(1, evil)]
    assert query(filled, "select '12:30' as a, cast(:x as text) as b", {"x": "\\"}).rows == [("12:30", "\\")]
    with pytest.raises(UsageError, match="x"):
        query(filled, "select :x, :y", {"y": 1})


@pytest.mark.postgres
def test_a_value_goes_into_no_statement_whose_strings_end_elsewhere_than_they_seem_to(as_reader: Database) -> None:
    for sql in ["select E'\\':x'", "select e'\\' || :x || '", "select /* /* */ :x */ 1"]:
        with pytest.raises(UsageError, match="no E'"):
            query(as_reader, sql, {"x": "y"})
    assert query(as_reader, "select $$:x$$ as a, $t$ $$:x $t$ as b, :x::int as c", {"x": "7"}).rows == [
        (":x", " $$:x ", 7)
    ]
    assert query(as_reader, "select interval '1 day'").rows == [(timedelta(days=1),)]
