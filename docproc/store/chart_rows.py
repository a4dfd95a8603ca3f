"""Counts for charts: what was finished when, how sure answers are, what failed and why."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, cast, func, select

from docproc.store.clock import now
from docproc.store.tables import FINISHED, current_answers, engines, job_documents, tasks

BINS = 20  # of confidence, each 0.05 wide


def finished(conn: Connection, seconds: float, bucket: float) -> tuple[float, list[tuple[int, str, int]]]:
    """The database's time now, and the pages that ended in the last `seconds`.

    (bucket, state, count): bucket 0 is the newest, of `bucket` seconds, and the numbers grow into the past.
    """
    at = float(conn.execute(select(now())).scalar_one())
    ago = (
        cast(func.floor((at - tasks.c.finished_at) / bucket), Integer)
        if conn.dialect.name == "postgresql"
        else cast((at - tasks.c.finished_at) / bucket, Integer)
    )
    query = (
        select(ago.label("ago"), tasks.c.state, func.count())
        .where(FINISHED, tasks.c.finished_at > at - seconds, tasks.c.finished_at <= at, tasks.c.number > 0)
        .group_by("ago", tasks.c.state)
    )
    return at, [(int(ago), state, count) for ago, state, count in conn.execute(query)]


def confidences(conn: Connection, set_name: str | None) -> list[tuple[str, int, int]]:
    """(set, bin, count) of the answers with a value that stand for whole documents; bin 19 ends at 1."""
    shown = current_answers.c
    raw = shown.confidence * BINS
    floor = func.floor(raw) if conn.dialect.name == "postgresql" else raw
    number = cast(floor, Integer)
    query = (
        select(shown.set_name, number.label("bin"), func.count())
        .where(shown.status == "ok", shown.number == 0)
        .group_by(shown.set_name, "bin")
    )
    if set_name is not None:
        query = query.where(shown.set_name == set_name)
    found: dict[tuple[str, int], int] = {}
    for name, place, count in conn.execute(query):
        key = (name, max(0, min(BINS - 1, int(place))))
        found[key] = found.get(key, 0) + count
    return [(name, place, count) for (name, place), count in sorted(found.items())]


def failures(conn: Connection, seconds: float) -> list[tuple[str, str, int]]:
    """(what, reason, count) of the pages that failed and the files that were refused in the last `seconds`."""
    since = select(now() - seconds).scalar_subquery()
    failed = (
        select(tasks.c.error_code, func.count())
        .where(tasks.c.state == "failed", tasks.c.finished_at > since)
        .group_by(tasks.c.error_code)
    )
    refused = (
        select(job_documents.c.outcome, func.count())
        .where(job_documents.c.outcome.like("rejected:%"), job_documents.c.finished_at > since)
        .group_by(job_documents.c.outcome)
    )
    found = [("page", code or "unknown", count) for code, count in conn.execute(failed)]
    found += [("file", outcome.partition(":")[2], count) for outcome, count in conn.execute(refused)]
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))


def engine_ids(conn: Connection) -> list[tuple[int, str]]:
    """(id, name) of every engine that is known."""
    return [(row.id, row.name) for row in conn.execute(select(engines.c.id, engines.c.name).order_by(engines.c.id))]


def set_names(conn: Connection) -> list[str]:
    """The sets that have answers, by name."""
    return sorted(conn.execute(select(current_answers.c.set_name).distinct()).scalars())
