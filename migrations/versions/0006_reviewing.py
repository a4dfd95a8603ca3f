"""The least sure answers first: their confidence beside what the views show, and reviews that follow from others."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = text("number = 0")


def upgrade() -> None:
    op.add_column("current_answers", Column("confidence", Float, nullable=False, server_default="0"))
    op.execute(
        "UPDATE current_answers SET confidence ="
        " coalesce((SELECT a.confidence FROM answers a WHERE a.id = current_answers.answer_id), 0)"
    )
    op.create_index(
        "ix_current_answers_sure",
        "current_answers",
        ["set_name", "confidence", "document_id", "key", "number", "status"],
        sqlite_where=WHOLE,
        postgresql_where=WHOLE,
    )
    op.add_column("reviews", Column("merged", Float))


def downgrade() -> None:
    op.drop_column("reviews", "merged")
    op.drop_index("ix_current_answers_sure", "current_answers")
    op.drop_column("current_answers", "confidence")
