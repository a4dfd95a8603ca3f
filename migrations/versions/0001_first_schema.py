"""The first schema: documents, questions, work, answers, and full-text search over the text of pages."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Separators become blanks before PostgreSQL cuts words, so that "INV-2024/001" is three words there as it is on SQLite.
SEPARATORS = """!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"""


def upgrade() -> None:
    for make in (_documents, _questions, _jobs, _tasks, _answers):
        make()
    if op.get_context().dialect.name == "sqlite":
        _search_sqlite()
    else:
        _search_postgresql()


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE page_search")
    for table in (
        "reviews",
        "current_answers",
        "answers",
        "tasks",
        "job_documents",
        "jobs",
        "engines",
        "set_questions",
        "questions",
        "question_sets",
        "page_texts",
        "pages",
        "documents",
    ):
        op.drop_table(table)


def _documents() -> None:
    op.create_table(
        "documents",
        Column("id", Integer, primary_key=True),
        Column("sha256", String(64), nullable=False, unique=True),
        Column("media_type", String(64), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("page_count", Integer),
        Column("rejected", String(32)),
        Column("message", Text, nullable=False),
        Column("repaired", Boolean, nullable=False),
        Column("warnings", JSON, nullable=False),
        Column("meta", JSON, nullable=False),
        Column("path", Text, nullable=False),
        Column("modified", Float, nullable=False),
        Column("created_at", Float, nullable=False),
    )
    op.create_table(
        "pages",
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("render", String(64), nullable=False),
        Column("renderer", String(16), nullable=False),
        Column("image", String(80), nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("dpi", Float, nullable=False),
        Column("picture", Float, nullable=False),
        Column("blank", Boolean, nullable=False),
        Column("degraded", Boolean, nullable=False),
        Column("downscaled", Boolean, nullable=False),
        Column("layer", LargeBinary),
        Column("layer_trusted", Boolean, nullable=False),
        Column("ocr", LargeBinary),
        Column("warnings", JSON, nullable=False),
    )
    op.create_table(
        "page_texts",
        Column("id", Integer, primary_key=True),
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("source", String(16), nullable=False),
        Column("text", Text, nullable=False),
        UniqueConstraint("document_id", "number"),
    )


def _questions() -> None:
    op.create_table(
        "question_sets",
        Column("id", Integer, primary_key=True),
        Column("name", String(64), nullable=False),
        Column("version", String(64), nullable=False),
        Column("definition", JSON, nullable=False),
        Column("created_at", Float, nullable=False),
        UniqueConstraint("name", "version"),
    )
    op.create_table(
        "questions",
        Column("id", Integer, primary_key=True),
        Column("hash", String(64), nullable=False, unique=True),
        Column("key", String(64), nullable=False),
        Column("kind", String(32), nullable=False),
        Column("definition", JSON, nullable=False),
    )
    op.create_table(
        "set_questions",
        Column("set_id", Integer, ForeignKey("question_sets.id", ondelete="CASCADE"), primary_key=True),
        Column("question_id", Integer, ForeignKey("questions.id"), primary_key=True),
        Column("position", Integer, nullable=False),
    )
    op.create_table(
        "engines",
        Column("id", Integer, primary_key=True),
        Column("name", String(32), nullable=False),
        Column("fingerprint", String(256), nullable=False, unique=True),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        Column("id", Integer, primary_key=True),
        Column("state", String(16), nullable=False),
        Column("set_id", Integer, ForeignKey("question_sets.id"), nullable=False),
        Column("engine_id", Integer, ForeignKey("engines.id"), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("finished_at", Float),
    )
    op.create_table(
        "job_documents",
        Column("id", Integer, primary_key=True),
        Column("job_id", Integer, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE")),
        Column("path", Text, nullable=False),
        Column("state", String(16), nullable=False),
        Column("set_id", Integer, ForeignKey("question_sets.id"), nullable=False),
        Column("engine_id", Integer, ForeignKey("engines.id"), nullable=False),
        Column("outcome", String(32)),
        Column("status", String(16)),
        Column("message", Text, nullable=False),
        Column("finished_at", Float),
        UniqueConstraint("job_id", "path"),
    )
    op.create_index("ix_job_documents_document_id", "job_documents", ["document_id", "set_id", "engine_id"])
    op.create_index("ix_job_documents_job_id_state", "job_documents", ["job_id", "state"])


def _tasks() -> None:
    ready, leased = text("state = 'ready'"), text("state = 'leased'")
    unfinished = text("state IN ('waiting', 'ready', 'leased')")
    op.create_table(
        "tasks",
        Column("id", Integer, primary_key=True),
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("set_id", Integer, ForeignKey("question_sets.id"), nullable=False),
        Column("engine_id", Integer, ForeignKey("engines.id"), nullable=False),
        Column("job_id", Integer, ForeignKey("jobs.id", ondelete="SET NULL")),
        Column("priority", Integer, nullable=False),
        Column("stage", String(8), nullable=False),
        Column("state", String(12), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("crashes", Integer, nullable=False),
        Column("available_at", Float, nullable=False),
        Column("lease_token", String(32)),
        Column("lease_until", Float),
        Column("worker", String(128)),
        Column("error_code", String(32)),
        Column("error", Text),
        Column("finished_at", Float),
        UniqueConstraint("document_id", "set_id", "engine_id", "number"),
    )
    op.create_index(
        "ix_tasks_ready", "tasks", ["job_id", text("priority DESC"), "id"], sqlite_where=ready, postgresql_where=ready
    )
    op.create_index("ix_tasks_leased", "tasks", ["lease_until"], sqlite_where=leased, postgresql_where=leased)
    op.create_index(
        "ix_tasks_unfinished",
        "tasks",
        ["document_id", "set_id", "engine_id", "number"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )


def _answers() -> None:
    op.create_table(
        "answers",
        Column("id", Integer, primary_key=True),
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("question_id", Integer, ForeignKey("questions.id"), nullable=False),
        Column("engine_id", Integer, ForeignKey("engines.id"), nullable=False),
        Column("status", String(12), nullable=False),
        Column("value", Text),
        Column("raw", Text, nullable=False),
        Column("quote", Text, nullable=False),
        Column("confidence", Float, nullable=False),
        Column("evidence", String(8), nullable=False),
        Column("boxes", JSON, nullable=False),
        Column("found_on", Integer),
        Column("created_at", Float, nullable=False),
        UniqueConstraint("document_id", "number", "question_id", "engine_id"),
    )
    op.create_table(
        "current_answers",
        Column("set_name", String(64), primary_key=True),
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("key", String(64), primary_key=True),
        Column("answer_id", Integer, ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
        Column("kind", String(32), nullable=False),
        Column("status", String(12), nullable=False),
        Column("value", Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reviews",
        Column("id", Integer, primary_key=True),
        Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("set_name", String(64), nullable=False),
        Column("key", String(64), nullable=False),
        Column("kind", String(32), nullable=False),
        Column("status", String(12), nullable=False),
        Column("value", Text),
        Column("reviewer", String(128), nullable=False),
        Column("created_at", Float, nullable=False),
        UniqueConstraint("document_id", "number", "set_name", "key"),
    )


def _search_sqlite() -> None:
    # An external-content index keeps no second copy of the text; the triggers hold it to the table.
    op.execute(
        "CREATE VIRTUAL TABLE page_search USING fts5("
        "text, content='page_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    )
    add = "INSERT INTO page_search(rowid, text) VALUES (new.id, new.text);"
    remove = "INSERT INTO page_search(page_search, rowid, text) VALUES ('delete', old.id, old.text);"
    op.execute(f"CREATE TRIGGER page_texts_insert AFTER INSERT ON page_texts BEGIN {add} END")
    op.execute(f"CREATE TRIGGER page_texts_delete AFTER DELETE ON page_texts BEGIN {remove} END")
    op.execute(f"CREATE TRIGGER page_texts_update AFTER UPDATE OF id, text ON page_texts BEGIN {remove} {add} END")


def _search_postgresql() -> None:
    quoted = SEPARATORS.replace("'", "''")
    # A tsvector holds 1 MiB at most, and no page may be refused for the length of its text.
    words = f"to_tsvector('simple', translate(left(text, 200000), '{quoted}', '{' ' * len(SEPARATORS)}'))"
    column = f"ALTER TABLE page_texts ADD COLUMN tsv tsvector GENERATED ALWAYS AS ({words}) STORED"
    # Straight to the driver, since a colon is among the separators; to it a percent sign is the start of a parameter.
    op.get_bind().exec_driver_sql(column.replace("%", "%%"))
    op.execute("CREATE INDEX ix_page_texts_tsv ON page_texts USING gin (tsv)")
