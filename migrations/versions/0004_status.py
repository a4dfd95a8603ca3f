"""What was finished lately, and what failed, by index: for rates, failures and metrics."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FINISHED = text("finished_at IS NOT NULL")
FAILED = text("state = 'failed'")


def upgrade() -> None:
    op.create_index("ix_tasks_finished", "tasks", ["finished_at"], sqlite_where=FINISHED, postgresql_where=FINISHED)
    op.create_index(
        "ix_tasks_failed", "tasks", ["error_code", "finished_at"], sqlite_where=FAILED, postgresql_where=FAILED
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_failed", "tasks")
    op.drop_index("ix_tasks_finished", "tasks")
