"""What workers that died leave in hand: taken back, to be claimed again, or quarantined where it killed too many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, update

from docproc.store.clock import now
from docproc.store.tables import LEASED, tasks
from docproc.store.tasks import Key, Task, wake_documents

MAX_CRASHES = 3  # a page that was in hand three times when its worker died is not given to a fourth


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many leases were taken back, and which of the tasks are given to no worker any more (their token is "")."""

    leases: int = 0
    quarantined: tuple[Task, ...] = ()

    def __add__(self, other: TakenBack) -> TakenBack:
        return TakenBack(self.leases + other.leases, self.quarantined + other.quarantined)


def reap(conn: Connection) -> TakenBack:
    """Take expired leases back: ready again, or failed as `worker_lost` after `MAX_CRASHES`."""
    return _take_back(conn, and_(LEASED, tasks.c.lease_until < now()))


def reap_workers(conn: Connection, dead: Collection[str]) -> TakenBack:
    """Take back what these workers held, without waiting for their leases."""
    return _take_back(conn, and_(LEASED, tasks.c.worker.in_(dead))) if dead else TakenBack()


def _take_back(conn: Connection, which: ColumnElement[bool]) -> TakenBack:
    lost = tasks.c.crashes + 1 >= MAX_CRASHES
    reason = f"its worker died {MAX_CRASHES} times while it had this page in hand"
    values = {
        "state": case((lost, "failed"), else_="ready"),
        "crashes": tasks.c.crashes + 1,
        "error_code": case((lost, "worker_lost"), else_=None),
        "error": case((lost, reason), else_=None),
        "finished_at": case((lost, now()), else_=None),
        "lease_token": None,
        "lease_until": None,
        "worker": None,
    }
    told = (tasks.c.id, tasks.c.document_id, tasks.c.number, tasks.c.set_id, tasks.c.engine_id, tasks.c.attempt)
    rows = conn.execute(update(tasks).where(which).values(values).returning(*told, tasks.c.state)).all()
    wake_documents(conn, {Key(row.document_id, row.set_id, row.engine_id) for row in rows})
    failed = [row for row in rows if row.state == "failed"]
    return TakenBack(
        len(rows),
        tuple(Task(r.id, r.document_id, r.number, r.set_id, r.engine_id, r.attempt, "") for r in failed),
    )
