# ruff: noqa: S608 - constants of this file alone
"""Full-text search over the documents' answers, and over what reviewers say.

Of answers, those with a value of the documents themselves: what else pages say stands in their texts. A table's rows
are left to the pages' texts, too: their JSON has the columns' names in it.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Separators become blanks before PostgreSQL cuts words, as for the text of pages (0001).
SEPARATORS = """!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"""
LONGEST = 500  # characters of a value, and of a quote, that are searched


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _sqlite("answers", f"substr({{0}}.value, 1, {LONGEST}) || ' ' || substr({{0}}.quote, 1, {LONGEST})")
        _sqlite("reviews", f"substr({{0}}.value, 1, {LONGEST})")
    else:
        _postgresql("answers", f"left(value, {LONGEST}) || ' ' || left(quote, {LONGEST})")
        _postgresql("reviews", f"left(value, {LONGEST})")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for table in ("answers", "reviews"):
            for event in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {table}_search_{event}")
            op.execute(f"DROP TABLE page_search_{table}")
    else:
        for table in ("answers", "reviews"):
            op.execute(f"DROP INDEX page_search_{table}")


def _wanted(row: str) -> str:
    return f"{row}number = 0 AND {row}status = 'ok' AND {row}value NOT LIKE '[{{%'"


def _sqlite(table: str, words: str) -> None:
    # No copy of the texts is kept: who removes one says what it was.
    index = f"page_search_{table}"
    op.execute(f"CREATE VIRTUAL TABLE {index} USING fts5(text, content='', tokenize='unicode61 remove_diacritics 0')")
    add = f"INSERT INTO {index}(rowid, text) SELECT new.id, {words.format('new')} WHERE {_wanted('new.')};"
    gone = f"SELECT 'delete', old.id, {words.format('old')} WHERE {_wanted('old.')};"
    remove = f"INSERT INTO {index}({index}, rowid, text) {gone}"
    changed = "value, quote, status" if table == "answers" else "value, status"
    op.execute(f"CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN {remove} END")
    op.execute(f"CREATE TRIGGER {table}_search_update AFTER UPDATE OF {changed} ON {table} BEGIN {remove} {add} END")
    op.execute(f"INSERT INTO {index}(rowid, text) SELECT id, {words.format(table)} FROM {table} WHERE {_wanted('')}")


def _postgresql(table: str, words: str) -> None:
    quoted = SEPARATORS.replace("'", "''")
    cut = f"to_tsvector('simple', translate({words}, '{quoted}', '{' ' * len(SEPARATORS)}'))"
    index = f"CREATE INDEX page_search_{table} ON {table} USING gin (({cut})) WHERE {_wanted('')}"
    # Straight to the driver, since a colon is among the separators; to it a percent sign is the start of a parameter.
    op.get_bind().exec_driver_sql(index.replace("%", "%%"))
