"""Jobs of a fleet: their queue, priority and times; ready tasks by stage."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, Integer, String, text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

READY = text("state = 'ready'")
SUSPECT = text("state = 'ready' AND crashes > 0")
OPEN = text("state IN ('queued', 'running', 'paused', 'cancelling')")
ADDED = ("queue", "priority", "served_at", "started_at", "sealed_at")


def upgrade() -> None:
    op.add_column("jobs", Column("queue", String(16), nullable=False, server_default="inline"))
    op.add_column("jobs", Column("priority", Integer, nullable=False, server_default="0"))
    op.add_column("jobs", Column("served_at", Float, nullable=False, server_default="0"))
    op.add_column("jobs", Column("started_at", Float))
    op.add_column("jobs", Column("sealed_at", Float))
    op.execute("UPDATE jobs SET started_at = created_at, sealed_at = finished_at")
    op.create_index(
        "ix_jobs_open", "jobs", [text("priority DESC"), "served_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.drop_index("ix_tasks_ready", "tasks")
    op.drop_column("tasks", "priority")  # a job's priority is its own, so that a change is one row's
    for name, where in (("ix_tasks_ready", READY), ("ix_tasks_suspect", SUSPECT)):
        op.create_index(
            name, "tasks", ["stage", "job_id", "document_id", "number"], sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    op.drop_index("ix_tasks_suspect", "tasks")
    op.drop_index("ix_tasks_ready", "tasks")
    op.add_column("tasks", Column("priority", Integer, nullable=False, server_default="0"))
    op.create_index(
        "ix_tasks_ready", "tasks", ["job_id", text("priority DESC"), "id"], sqlite_where=READY, postgresql_where=READY
    )
    op.drop_index("ix_jobs_open", "jobs")
    op.execute("UPDATE jobs SET state = 'running' WHERE state IN ('queued', 'paused')")
    for name in ADDED:
        op.drop_column("jobs", name)
