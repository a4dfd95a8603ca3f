"""The tables of the faces: what was received, who may ask, what is to be told, and what people wrote.

Beside `tables`, in the same metadata.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from docproc.store.tables import LEASED, READY, metadata


def _leased() -> list[Column[Any]]:
    """The columns of what is claimed as tasks are: ready → leased → gone, or a final state of its own."""
    return [
        Column("state", String(12), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("available_at", Float, nullable=False),
        Column("lease_token", String(32)),
        Column("lease_until", Float),
        Column("worker", String(128)),
    ]


def _indexed(table: Table) -> Table:
    ready, leased = f"ix_{table.name}_ready", f"ix_{table.name}_leased"
    Index(ready, table.c.available_at, table.c.id, sqlite_where=READY, postgresql_where=READY)
    Index(leased, table.c.lease_until, sqlite_where=LEASED, postgresql_where=LEASED)
    return table


# Files of a job that nobody has looked at yet; the row goes when the file is entered or refused.
received = _indexed(
    Table(
        "received",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("job_document_id", ForeignKey("job_documents.id", ondelete="CASCADE"), nullable=False, unique=True),
        Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("sha256", String(64), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("path", Text),  # where it lies; NULL: among the sources of the image store alone
        Column("modified", Float, nullable=False),
        *_leased(),
    )
)

# A key is dp_<prefix>_<secret>; only the SHA-256 of the secret, which is random and long, is kept.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("webhook_secret", String(128), nullable=False),  # signs what is told to this key's webhooks; whsec_…
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    Column("used_at", Float),
)

# `owner` is a key's id, 0 for who needs none.
idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", Integer, primary_key=True, autoincrement=False),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Float, nullable=False),
)

# The outbox of webhooks: a row is written in the transaction that ends the job. state: ready leased delivered failed
deliveries = _indexed(
    Table(
        "deliveries",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("message_id", String(64), nullable=False, unique=True),
        Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("event", String(32), nullable=False),
        Column("url", Text, nullable=False),
        Column("payload", Text, nullable=False),
        *_leased(),
        Column("status_code", Integer),
        Column("error", Text),
        Column("created_at", Float, nullable=False),
        Column("finished_at", Float),
    )
)

saved_queries = Table(
    "saved_queries",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("description", Text, nullable=False),
    Column("sql", Text, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("author", String(128), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
)

# Question sets that people wrote in the browser or sent to the API, each version a row; the newest of a name counts.
authored_sets = Table(
    "authored_sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("source", Text, nullable=False),  # YAML, as written
    Column("author", String(128), nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
)
Index("ix_authored_sets_name", authored_sets.c.name, authored_sets.c.id)

# Files of a watched folder that are in hand: taken out of the inbox and not yet placed. `folder` is where they lie.
drops = Table(
    "drops",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder", Text, nullable=False),
    Column("name", Text, nullable=False),  # the path in that folder
    Column("set_name", String(64), nullable=False),
    Column("engine", String(32)),  # NULL: the configured one
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("modified", Float, nullable=False),
    Column("batch", String(32), nullable=False, index=True),  # what is submitted as one job; its idempotency key
    Column("job_id", ForeignKey("jobs.id", ondelete="SET NULL")),
    Column("job_document_id", Integer),
    Column("target", Text),  # where the file is being moved to
    Column("taken_at", Float, nullable=False),
    UniqueConstraint("folder", "name"),
)

# What a person said. It belongs to the document, not to a model, so that asking again cannot lose it.
reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("set_name", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("status", String(12), nullable=False),
    Column("value", Text),
    Column("reviewer", String(128), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("boxes", JSON(none_as_null=True)),  # where the reviewer says that it stands
    Column("answer_id", Integer),  # the answer that the reviewer saw
    Column("note", Text),
    # NULL: a person's own word. Else the confidence of what follows from the reviews of the document's pages.
    Column("merged", Float),
    UniqueConstraint("document_id", "number", "set_name", "key"),
)

# All that reviewers ever said, in order; `reviews` is what holds now. action: accept correct absent clear undo
review_log = Table(
    "review_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("set_name", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("action", String(12), nullable=False),
    Column("status", String(12)),  # what then held; NULL: no review
    Column("value", Text),
    Column("boxes", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("answer_id", Integer),  # the answer that the reviewer saw
    Column("reviewer", String(128), nullable=False),
    Column("undoes", Integer),  # the row that this one takes back
    Column("created_at", Float, nullable=False),
)
Index(
    "ix_review_log_document_id",
    review_log.c.document_id,
    review_log.c.number,
    review_log.c.set_name,
    review_log.c.key,
    review_log.c.id,
)
Index("ix_review_log_reviewer", review_log.c.reviewer, review_log.c.id)

__all__ = [
    "api_keys",
    "authored_sets",
    "deliveries",
    "drops",
    "idempotency",
    "metadata",
    "received",
    "review_log",
    "reviews",
    "saved_queries",
]
