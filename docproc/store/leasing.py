"""Leasing ready tasks: one statement, whichever jobs they are taken from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    literal_column,
    select,
    union_all,
    update,
)

from docproc.store.clock import now
from docproc.store.tables import in_state, tasks

Numbers = Literal["all", "pages", "steps"]
Leased = tuple[int, int, int, int, int, int]  # id, document id, number, set id, engine id, attempt


@dataclass(frozen=True, slots=True)
class Hold:
    """Who claims: up to `room` tasks for `lease` seconds, fenced by `token`, as `worker`.

    `alone`: one task that was in hand when a worker died. It is tried by itself, so that it cannot take others down
    with it; other claims leave it out. `numbers`: pages, documents' own steps, or both.
    """

    room: int
    lease: float
    token: str
    worker: str
    alone: bool = False
    numbers: Numbers = "all"


@dataclass(frozen=True, slots=True)
class Take:
    """At most `most` tasks of a job at a stage, after the `skipped` first, which an earlier one has taken."""

    stage: str
    job_id: int
    most: int
    skipped: int = 0


def lease(conn: Connection, hold: Hold, takes: Sequence[Take]) -> list[Leased]:
    """Lease ready tasks, from one take after the other until the room is filled; the attempt is counted here."""
    if not takes or hold.room < 1:
        return []
    values: dict[str, Any] = {"room": 1 if hold.alone else hold.room, "token": hold.token, "by": hold.worker}
    values["seconds"] = hold.lease
    for place, take in enumerate(takes):
        named = {"stage": take.stage, "job": take.job_id, "most": take.most, "skipped": take.skipped}
        values |= {f"{name}{place}": value for name, value in named.items()}
    statement = _statement(len(takes), hold.alone, hold.numbers)
    return sorted((a, b, c, d, e, f) for a, b, c, d, e, f in conn.execute(statement, values))


def claimable(alone: bool, numbers: Numbers) -> list[ColumnElement[bool]]:
    """What a task must be to be claimed, beside its stage and job."""
    crashed: ColumnElement[int] = literal_column("tasks.crashes")
    kind = {"all": [], "pages": [tasks.c.number > 0], "steps": [tasks.c.number == 0]}[numbers]
    zero: ColumnElement[int] = literal_column("0")
    return [
        in_state(tasks, "ready"),
        crashed > zero if alone else crashed == zero,
        tasks.c.available_at <= now(),
        *kind,
    ]


@cache
def _statement(takes: int, alone: bool, numbers: Numbers) -> Update:
    """Kept, since building one costs more than running it. Each part reads the first rows of its index range alone."""
    parts = [_part(place, alone, numbers) for place in range(takes)]
    found = parts[0] if takes == 1 else union_all(*parts)
    chosen = found.limit(bindparam("room")).cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        update(tasks)
        .where(tasks.c.id.in_(select(chosen.c.id)))
        .values(
            state="leased",
            attempt=tasks.c.attempt + 1,
            lease_token=bindparam("token"),
            lease_until=now() + bindparam("seconds"),
            worker=bindparam("by"),
        )
        .returning(tasks.c.id, tasks.c.document_id, tasks.c.number, tasks.c.set_id, tasks.c.engine_id, tasks.c.attempt)
    )


def _part(place: int, alone: bool, numbers: Numbers) -> Select[Any]:
    rows = (
        select(tasks.c.id)
        .where(
            *claimable(alone, numbers),
            tasks.c.stage == bindparam(f"stage{place}"),
            tasks.c.job_id == bindparam(f"job{place}"),
        )
        .order_by(tasks.c.document_id, tasks.c.number)
        .limit(bindparam(f"most{place}"))
        .offset(bindparam(f"skipped{place}"))
        .with_for_update(skip_locked=True)
        .subquery(f"take{place}")
    )
    return select(rows.c.id)
