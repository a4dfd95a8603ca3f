"""What a resident worker looks for: engines with something to be asked, and whether anything is left to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from docproc.store import claims
from docproc.store.clock import now
from docproc.store.face_tables import received
from docproc.store.tables import engines, in_state, jobs, tasks


@dataclass(frozen=True, slots=True)
class EngineRow:
    """A registered engine."""

    id: int
    name: str
    fingerprint: str


def asked(conn: Connection) -> list[EngineRow]:
    """The engines that something can be asked of now, that of the most urgent job first."""
    ready = exists().where(
        in_state(tasks, "ready"), tasks.c.stage == "ask", tasks.c.available_at <= now(), tasks.c.job_id == jobs.c.id
    )
    query = (
        select(engines.c.id, engines.c.name, engines.c.fingerprint)
        .join(jobs, jobs.c.engine_id == engines.c.id)
        .where(*claims.at_work(), ready)
        .order_by(jobs.c.priority.desc(), jobs.c.id)
    )
    return list(dict.fromkeys(EngineRow(*row) for row in conn.execute(query)))


def left(conn: Connection, worker: str, foreign: Collection[int]) -> bool:
    """Whether anything is ready, now or soon, but for engines that are `foreign` here, or in hand of workers whose
    names begin with `worker`.
    """
    return _any(conn, received, worker, []) or _any(conn, tasks, worker, [tasks.c.engine_id.not_in(list(foreign))])


def _any(conn: Connection, table: Any, worker: str, which: list[ColumnElement[bool]]) -> bool:
    mine = and_(in_state(table, "leased"), table.c.worker.startswith(worker, autoescape=True))
    of_job = table.c.job_id == jobs.c.id
    ready = exists().where(of_job, or_(in_state(table, "ready"), mine), *which)
    return conn.execute(select(jobs.c.id).where(*claims.at_work(), ready).limit(1)).first() is not None
