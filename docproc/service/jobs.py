"""List the jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from docproc.service.parts import Parts
from docproc.store import job_list


def list_jobs(parts: Parts, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and one row per job, the newest first."""
    with parts.database.read() as conn:
        found = job_list.listing(conn, limit)
    columns = [
        "job",
        "state",
        "set",
        "engine",
        "documents",
        "running",
        "succeeded",
        "partial",
        "failed",
        "created",
        "seconds",
    ]
    rows = [
        (
            job.id,
            job.state,
            job.set_name,
            job.engine,
            job.documents,
            job.running,
            job.succeeded,
            job.partial,
            job.failed,
            datetime.fromtimestamp(job.created_at, UTC).isoformat(timespec="seconds"),
            None if job.finished_at is None else round(job.finished_at - job.created_at, 1),
        )
        for job in found
    ]
    return columns, rows
