"""What confidence is made of, what was tried, tokens used, and calibrations."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, String

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ADDED = {"answers": {"signals": JSON, "steps": JSON}, "tasks": {"tokens_in": Integer, "tokens_out": Integer}}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, kind in columns.items():
            op.add_column(table, Column(name, kind()))
    op.create_table(
        "calibrations",
        Column("id", Integer, primary_key=True),
        Column("engine_id", Integer, ForeignKey("engines.id", ondelete="CASCADE"), nullable=False),
        Column("method", String(16), nullable=False),
        Column("parameters", JSON, nullable=False),
        Column("metrics", JSON, nullable=False),
        Column("labels", Integer, nullable=False),
        Column("created_at", Float, nullable=False),
    )
    op.create_index("ix_calibrations_engine_id", "calibrations", ["engine_id"])


def downgrade() -> None:
    op.drop_table("calibrations")
    for table, columns in ADDED.items():
        for name in columns:
            op.drop_column(table, name)
