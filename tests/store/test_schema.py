"""The schema: made, found up to date, moved up and down, and the same as the tables in the code."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import docproc
from docproc.core.errors import UsageError
from docproc.store import schema, views
from docproc.store.database import Database, open_database
from docproc.store.face_tables import metadata  # with all the tables in it
from tests.store.filled import fill

CHECKOUT = Path(docproc.__file__).parents[1]


def test_an_empty_database_is_not_current_and_an_upgraded_one_is(empty_database: Database) -> None:
    assert not empty_database.current()
    empty_database.upgrade()
    assert empty_database.current()
    empty_database.upgrade()
    assert empty_database.current()


def test_the_migrations_make_exactly_the_tables_of_the_code(empty_database: Database) -> None:
    empty_database.upgrade()

    def ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
        # The full-text index belongs to one database or the other, and is in the migrations alone.
        return not (name or "").startswith("page_search") and name not in (
            "tsv",
            "ix_page_texts_tsv",
            "alembic_version",
        )

    with empty_database.write() as conn:
        options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
        assert compare_metadata(MigrationContext.configure(conn, opts=options), metadata) == []


def test_keys_and_constraints_are_made_as_the_code_says(empty_database: Database) -> None:
    """What the comparison above does not look at."""
    empty_database.upgrade()
    with empty_database.read() as conn:
        found = inspect(conn)
        for table in metadata.tables.values():
            assert found.get_pk_constraint(table.name)["constrained_columns"] == list(table.primary_key.columns.keys())
            made = {
                (tuple(key["constrained_columns"]), key["referred_table"], key["options"].get("ondelete"))
                for key in found.get_foreign_keys(table.name)
            }
            wanted = {
                (tuple(key.column_keys), key.referred_table.name, key.ondelete) for key in table.foreign_key_constraints
            }
            assert made == wanted
        if empty_database.dialect == "sqlite":
            made_by = conn.execute(text("SELECT sql FROM sqlite_master WHERE name = 'current_answers'")).scalar_one()
            assert "WITHOUT ROWID" in made_by


def test_every_migration_goes_down_and_up_again_with_rows_in_the_tables(empty_database: Database) -> None:
    empty_database.upgrade()
    with empty_database.write() as conn:
        fill(conn)
    with empty_database.write(migrating=True) as conn:
        schema.migrate(conn, "base")
    assert not empty_database.current()
    with empty_database.read() as conn:
        assert [name for name in inspect(conn).get_table_names() if name != "alembic_version"] == []
        assert inspect(conn).get_view_names() == []
    empty_database.upgrade()
    assert empty_database.current()
    with empty_database.write() as conn:
        fill(conn)
        assert conn.execute(text("SELECT count(*) FROM invoice")).scalar() == 2


def test_views_made_by_other_code_are_made_anew_and_those_of_the_sets_return(empty_database: Database) -> None:
    empty_database.upgrade()
    with empty_database.write() as conn:
        fill(conn)
        before = views.made_views(conn)
        conn.execute(text(f"DROP VIEW {views.STAMP}"))
        conn.execute(text(f"CREATE VIEW {views.STAMP} AS SELECT 'old' AS fingerprint"))
        conn.execute(text("CREATE VIEW mine AS SELECT 1 AS one"))
    assert not empty_database.current()
    if empty_database.dialect == "postgresql":
        with empty_database.write() as conn:
            conn.execute(text(f"COMMENT ON VIEW {views.STAMP} IS '{views.MARK}'"))
    else:
        with empty_database.write() as conn:
            conn.execute(text(f"DROP VIEW {views.STAMP}"))
    empty_database.upgrade()
    with empty_database.read() as conn:
        assert views.made_views(conn) == before
        assert conn.execute(text("SELECT one FROM mine")).scalar() == 1
    assert empty_database.current()


def test_a_database_of_a_newer_docproc_is_left_alone(empty_database: Database) -> None:
    empty_database.upgrade()
    with empty_database.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="newer docproc"):
        empty_database.upgrade()
    with empty_database.read() as conn:
        assert "document_list" in views.made_views(conn)


def test_a_failed_upgrade_leaves_the_database_as_it_was(empty_database: Database) -> None:
    with empty_database.write() as conn:
        conn.execute(text("CREATE TABLE reviews (somebody_elses int)"))
    with pytest.raises(Exception, match="reviews"):
        empty_database.upgrade()
    with empty_database.read() as conn:
        assert inspect(conn).get_table_names() == ["reviews"]


def test_threads_that_upgrade_at_once_do_not_collide(empty_url: str) -> None:
    faults: list[BaseException] = []

    def upgrade() -> None:
        database = open_database(empty_url)
        try:
            database.upgrade()
            assert database.current()
        except Exception as error:  # noqa: BLE001 - told below, in the thread that asserts
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_processes_that_upgrade_at_once_do_not_collide(empty_url: str) -> None:
    program = (
        "import sys; from docproc.store.database import open_database; db = open_database(sys.argv[1]);"
        "db.upgrade(); print(db.current()); db.close()"
    )
    command = [sys.executable, "-W", "error", "-c", program, empty_url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == ["True"] * 3


def test_asking_whether_the_schema_is_current_does_not_load_alembic(database_url: str) -> None:
    program = (
        "import json, sys; from docproc.store.database import open_database; db = open_database(sys.argv[1]);"
        "assert db.current(); db.close(); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, database_url], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    assert "alembic" not in json.loads(done.stdout)


def test_the_newest_migration_is_known_by_its_name() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.migrations()))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == schema.head()
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")


def test_the_fingerprint_of_the_views_is_taken_from_all_code_that_makes_them() -> None:
    folder = Path(views.__file__).parent
    for name in ("views.py", "set_views.py", "fixed_views.py", "typed.py"):
        assert (folder / name).is_file()
    assert len(schema.fingerprint()) == 16
