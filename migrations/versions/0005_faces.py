"""What the faces keep: files received and not yet looked at, keys, idempotency, deliveries, queries, sets, reviews."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

READY = text("state = 'ready'")
LEASED = text("state = 'leased'")


def upgrade() -> None:
    op.add_column("jobs", Column("tags", JSON))
    op.add_column("jobs", Column("reference", String(255)))
    op.add_column("jobs", Column("webhook_url", Text))
    op.add_column("jobs", Column("owner", Integer))
    op.add_column("job_documents", Column("duplicate_of", Integer))
    op.create_index("ix_jobs_reference", "jobs", ["reference"])
    op.add_column("reviews", Column("boxes", JSON))
    op.add_column("reviews", Column("answer_id", Integer))
    op.add_column("reviews", Column("note", Text))
    _received()
    _people()
    _deliveries()
    _authored()
    _review_log()


def _received() -> None:
    op.create_table(
        "received",
        Column("id", Integer, nullable=False),
        Column("job_document_id", Integer, nullable=False),
        Column("job_id", Integer, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("path", Text),
        Column("modified", Float, nullable=False),
        *_leased(),
        PrimaryKeyConstraint("id", name="pk_received"),
        UniqueConstraint("job_document_id", name="uq_received_job_document_id"),
        _cascade("received", "job_document_id", "job_documents"),
        _cascade("received", "job_id", "jobs"),
    )
    op.create_index("ix_received_job_id", "received", ["job_id"])
    _ready("received")


def _people() -> None:
    op.create_table(
        "api_keys",
        Column("id", Integer, nullable=False),
        Column("name", String(128), nullable=False),
        Column("prefix", String(16), nullable=False),
        Column("hash", String(64), nullable=False),
        Column("scopes", JSON, nullable=False),
        Column("webhook_secret", String(128), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("expires_at", Float),
        Column("revoked_at", Float),
        Column("used_at", Float),
        PrimaryKeyConstraint("id", name="pk_api_keys"),
        UniqueConstraint("prefix", name="uq_api_keys_prefix"),
    )
    op.create_table(
        "idempotency",
        Column("owner", Integer, nullable=False),
        Column("key", String(255), nullable=False),
        Column("fingerprint", String(64), nullable=False),
        Column("job_id", Integer, nullable=False),
        Column("created_at", Float, nullable=False),
        PrimaryKeyConstraint("owner", "key", name="pk_idempotency"),
        _cascade("idempotency", "job_id", "jobs"),
    )
    op.create_index("ix_idempotency_job_id", "idempotency", ["job_id"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        Column("id", Integer, nullable=False),
        Column("message_id", String(64), nullable=False),
        Column("job_id", Integer, nullable=False),
        Column("event", String(32), nullable=False),
        Column("url", Text, nullable=False),
        Column("payload", Text, nullable=False),
        *_leased(),
        Column("status_code", Integer),
        Column("error", Text),
        Column("created_at", Float, nullable=False),
        Column("finished_at", Float),
        PrimaryKeyConstraint("id", name="pk_deliveries"),
        UniqueConstraint("message_id", name="uq_deliveries_message_id"),
        _cascade("deliveries", "job_id", "jobs"),
    )
    op.create_index("ix_deliveries_job_id", "deliveries", ["job_id"])
    _ready("deliveries")


def _authored() -> None:
    op.create_table(
        "saved_queries",
        Column("name", String(64), nullable=False),
        Column("description", Text, nullable=False),
        Column("sql", Text, nullable=False),
        Column("parameters", JSON, nullable=False),
        Column("author", String(128), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("updated_at", Float, nullable=False),
        PrimaryKeyConstraint("name", name="pk_saved_queries"),
    )
    op.create_table(
        "authored_sets",
        Column("id", Integer, nullable=False),
        Column("name", String(64), nullable=False),
        Column("version", String(64), nullable=False),
        Column("source", Text, nullable=False),
        Column("author", String(128), nullable=False),
        Column("retired", Boolean, nullable=False),
        Column("created_at", Float, nullable=False),
        PrimaryKeyConstraint("id", name="pk_authored_sets"),
    )
    op.create_index("ix_authored_sets_name", "authored_sets", ["name", "id"])


def _review_log() -> None:
    op.create_table(
        "review_log",
        Column("id", Integer, nullable=False),
        Column("document_id", Integer, nullable=False),
        Column("number", Integer, nullable=False),
        Column("set_name", String(64), nullable=False),
        Column("key", String(64), nullable=False),
        Column("kind", String(32), nullable=False),
        Column("action", String(12), nullable=False),
        Column("status", String(12)),
        Column("value", Text),
        Column("boxes", JSON, nullable=False),
        Column("note", Text, nullable=False),
        Column("answer_id", Integer),
        Column("reviewer", String(128), nullable=False),
        Column("undoes", Integer),
        Column("created_at", Float, nullable=False),
        PrimaryKeyConstraint("id", name="pk_review_log"),
        _cascade("review_log", "document_id", "documents"),
    )
    op.create_index("ix_review_log_document_id", "review_log", ["document_id", "number", "set_name", "key", "id"])
    op.create_index("ix_review_log_reviewer", "review_log", ["reviewer", "id"])


def _leased() -> list[Column[object]]:
    return [
        Column("state", String(12), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("available_at", Float, nullable=False),
        Column("lease_token", String(32)),
        Column("lease_until", Float),
        Column("worker", String(128)),
    ]


def _cascade(table: str, column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _ready(table: str) -> None:
    op.create_index(f"ix_{table}_ready", table, ["available_at", "id"], sqlite_where=READY, postgresql_where=READY)
    op.create_index(f"ix_{table}_leased", table, ["lease_until"], sqlite_where=LEASED, postgresql_where=LEASED)


def downgrade() -> None:
    for table in ("review_log", "authored_sets", "saved_queries", "deliveries", "idempotency", "api_keys", "received"):
        op.drop_table(table)
    for name in ("note", "answer_id", "boxes"):
        op.drop_column("reviews", name)
    op.drop_column("job_documents", "duplicate_of")
    op.drop_index("ix_jobs_reference", "jobs")
    for name in ("owner", "webhook_url", "reference", "tags"):
        op.drop_column("jobs", name)
