"""The first schema: documents, questions, work, answers, and full-text search over the text of pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("rejected", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("sha256", name=op.f("uq_documents_sha256")),
    )
    op.create_table(
        "pages",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("render", sa.String(length=64), nullable=False),
        sa.Column("renderer", sa.String(length=16), nullable=False),
        sa.Column("image", sa.String(length=80), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("dpi", sa.Float(), nullable=False),
        sa.Column("picture", sa.Float(), nullable=False),
        sa.Column("blank", sa.Boolean(), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("downscaled", sa.Boolean(), nullable=False),
        sa.Column("layer", sa.LargeBinary(), nullable=True),
        sa.Column("layer_trusted", sa.Boolean(), nullable=False),
        sa.Column("ocr", sa.LargeBinary(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_pages_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "number", name=op.f("pk_pages")),
    )
    op.create_table(
        "page_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_page_texts_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_texts")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_page_texts_document_id_number")),
    )


def _questions() -> None:
    op.create_table(
        "question_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_sets")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_question_sets_name_version")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("hash", name=op.f("uq_questions_hash")),
    )
    op.create_table(
        "set_questions",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_set_questions_question_id")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["question_sets.id"], name=op.f("fk_set_questions_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "question_id", name=op.f("pk_set_questions")),
    )
    op.create_table(
        "engines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engines")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_engines_fingerprint")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("engine_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["engine_id"], ["engines.id"], name=op.f("fk_jobs_engine_id")),
        sa.ForeignKeyConstraint(["set_id"], ["question_sets.id"], name=op.f("fk_jobs_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_table(
        "job_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("engine_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_job_documents_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["engine_id"], ["engines.id"], name=op.f("fk_job_documents_engine_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_documents_job_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["set_id"], ["question_sets.id"], name=op.f("fk_job_documents_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_documents")),
        sa.UniqueConstraint("job_id", "path", name=op.f("uq_job_documents_job_id_path")),
    )
    op.create_index("ix_job_documents_document_id", "job_documents", ["document_id", "set_id", "engine_id"])
    op.create_index("ix_job_documents_job_id_state", "job_documents", ["job_id", "state"])


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("engine_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("available_at", sa.Float(), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("worker", sa.String(length=128), nullable=True),
        sa.Column("error_code", sa.String(length=32), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_tasks_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["engine_id"], ["engines.id"], name=op.f("fk_tasks_engine_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_tasks_job_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["set_id"], ["question_sets.id"], name=op.f("fk_tasks_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint(
            "document_id", "set_id", "engine_id", "number", name=op.f("uq_tasks_document_id_set_id_engine_id_number")
        ),
    )
    op.create_index(
        "ix_tasks_leased",
        "tasks",
        ["lease_until"],
        sqlite_where=sa.text("state = 'leased'"),
        postgresql_where=sa.text("state = 'leased'"),
    )
    op.create_index(
        "ix_tasks_ready",
        "tasks",
        ["job_id", sa.literal_column("priority DESC"), "id"],
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_tasks_unfinished",
        "tasks",
        ["document_id", "set_id", "engine_id"],
        sqlite_where=sa.text("state IN ('waiting', 'ready', 'leased')"),
        postgresql_where=sa.text("state IN ('waiting', 'ready', 'leased')"),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("engine_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.String(length=8), nullable=False),
        sa.Column("boxes", sa.JSON(), nullable=False),
        sa.Column("found_on", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_answers_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["engine_id"], ["engines.id"], name=op.f("fk_answers_engine_id")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint(
            "document_id",
            "number",
            "question_id",
            "engine_id",
            name=op.f("uq_answers_document_id_number_question_id_engine_id"),
        ),
    )
    op.create_table(
        "current_answers",
        sa.Column("set_name", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_current_answers_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_current_answers_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_name", "document_id", "number", "key", name=op.f("pk_current_answers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("set_name", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reviewer", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_reviews_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint(
            "document_id", "number", "set_name", "key", name=op.f("uq_reviews_document_id_number_set_name_key")
        ),
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
    words = f"to_tsvector('simple', translate(text, '{quoted}', '{' ' * len(SEPARATORS)}'))"
    column = f"ALTER TABLE page_texts ADD COLUMN tsv tsvector GENERATED ALWAYS AS ({words}) STORED"
    # Straight to the driver, since a colon is among the separators; to it a percent sign is the start of a parameter.
    op.get_bind().exec_driver_sql(column.replace("%", "%%"))
    op.execute("CREATE INDEX ix_page_texts_tsv ON page_texts USING gin (tsv)")
