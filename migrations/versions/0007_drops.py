"""What a watched folder has in hand."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drops",
        Column("id", Integer, nullable=False),
        Column("folder", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("set_name", String(64), nullable=False),
        Column("engine", String(32)),
        Column("sha256", String(64), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("modified", Float, nullable=False),
        Column("batch", String(32), nullable=False),
        Column("job_id", Integer),
        Column("job_document_id", Integer),
        Column("target", Text),
        Column("taken_at", Float, nullable=False),
        PrimaryKeyConstraint("id", name="pk_drops"),
        ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_drops_job_id_jobs", ondelete="SET NULL"),
        UniqueConstraint("folder", "name", name="uq_drops_folder_name"),
    )
    op.create_index("ix_drops_batch", "drops", ["batch"])


def downgrade() -> None:
    op.drop_table("drops")
