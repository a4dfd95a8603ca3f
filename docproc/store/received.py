"""Queries on received files: what was submitted and nobody has looked at yet. Leased and fenced as tasks are.

ready → leased → gone, with the file entered into its job or refused; or cancelled, with its job. `attempt` counts the
claims that were not given back: those of workers that died, and the one under way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from docproc.store import claims
from docproc.store.clock import now
from docproc.store.crashes import MAX_CRASHES
from docproc.store.face_tables import received as table
from docproc.store.leasing import Hold
from docproc.store.tables import documents, in_state, job_documents, jobs

_LOOKED = 5000  # waiting files among which the most urgent are found
_MOST = 1000  # waiting files that are counted at most


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a job: what people call it (once in a job), and its bytes. `path` is where they lie, None: among the
    sources of the image store; `modified` is that file's mtime.
    """

    name: str
    sha256: str
    bytes: int
    path: str | None
    modified: float


@dataclass(frozen=True, slots=True)
class Received:
    """A claimed file. `row_id` is that of its job document; `known`: its bytes are those of an accepted document."""

    id: int
    token: str
    attempt: int
    row_id: int
    job_id: int
    set_id: int
    engine_id: int
    name: str
    sha256: str
    bytes: int
    path: str | None
    modified: float
    known: bool


def add(conn: Connection, job_id: int, asked: tuple[int, int], files: Sequence[NewFile]) -> None:
    """Enter files into a job, by their names alone; `asked` are the job's question set and engine."""
    rows = [
        {
            "job_id": job_id,
            "path": file.name,
            "state": "running",
            "set_id": asked[0],
            "engine_id": asked[1],
            "message": "",
        }
        for file in files
    ]
    entered = insert(job_documents).returning(job_documents.c.path, job_documents.c.id)
    ids: dict[str, int] = {row.path: row.id for row in conn.execute(entered, rows)}
    put(conn, job_id, [(ids[file.name], file) for file in files])


def put(conn: Connection, job_id: int, files: Sequence[tuple[int, NewFile]]) -> None:
    """Let files wait to be looked at, each with the id of its row in the job."""
    waiting = [
        {
            "job_document_id": row_id,
            "job_id": job_id,
            "sha256": file.sha256,
            "bytes": file.bytes,
            "path": file.path,
            "modified": file.modified,
            "state": "ready",
            "attempt": 0,
        }
        for row_id, file in files
    ]
    if waiting:
        conn.execute(insert(table).values(available_at=now()), waiting)


def claim(conn: Connection, hold: Hold) -> list[Received]:
    """Lease files of jobs at work, the most urgent first; the attempt is counted here, and their jobs begin.

    With `hold.alone`, one file that was in hand when a worker died; other claims leave those out.
    """
    values = {"room": 1 if hold.alone else hold.room, "token": hold.token, "by": hold.worker, "seconds": hold.lease}
    ids = list(conn.execute(_lease(hold.alone), values).scalars())
    found = _load(conn, ids) if ids else []
    claims.begin(conn, sorted({file.job_id for file in found}))
    return found


def renew(conn: Connection, tokens: Collection[str], lease: float) -> None:
    """Keep the leases of these claims for another `lease` seconds."""
    conn.execute(update(table).where(_held(), table.c.lease_token.in_(tokens)).values(lease_until=now() + lease))


def release(conn: Connection, files: Iterable[Received], delay: float = 0.0) -> None:
    """Give files back, to be claimed again after `delay` seconds; that was no crash."""
    back = {"state": "ready", "available_at": now() + delay, "attempt": table.c.attempt - 1, **_FREE}
    held = _these(files)
    if held:
        conn.execute(update(table).where(_fence(held)).values(back))


def take(conn: Connection, files: Iterable[Received]) -> set[int]:
    """Remove files that are about to be entered; return the ids of those whose lease still held, and no others."""
    held = _these(files)
    return set(conn.execute(delete(table).where(_fence(held)).returning(table.c.id)).scalars()) if held else set()


def note_duplicate(conn: Connection, file: Received) -> None:
    """Note of an entered file which earlier one has the same bytes, question set and engine, if there is one."""
    this, other = job_documents, job_documents.alias("other")
    same = [other.c[name] == this.c[name] for name in ("document_id", "set_id", "engine_id")]
    earlier = select(func.min(other.c.id)).where(*same, other.c.id < this.c.id).scalar_subquery()
    conn.execute(update(this).where(this.c.id == file.row_id).values(duplicate_of=earlier))


def cancel(conn: Connection, job_id: int) -> None:
    """Take a job's files out of the queue, those in hand too: who has them enters nothing. `recall` is the way back."""
    mine = update(table).where(table.c.job_id == job_id, in_state(table, "ready", "leased"))
    conn.execute(mine.values(state="cancelled", **_FREE))


def recall(conn: Connection, job_id: int) -> int:
    """Let the files of a job wait again that were cancelled, or refused by what is in them; return how many."""
    waits = {"state": "running", "outcome": None, "status": None, "message": "", "finished_at": None}
    back = update(table).where(table.c.job_id == job_id, in_state(table, "cancelled"))
    fresh = back.values(state="ready", attempt=0, available_at=now()).returning(table.c.job_document_id)
    cancelled = list(conn.execute(fresh).scalars())
    rows = job_documents
    query = (
        select(rows.c.id, rows.c.path, *(documents.c[name] for name in ("sha256", "bytes", "path", "modified")))
        .join(documents, documents.c.id == rows.c.document_id)
        .where(rows.c.job_id == job_id, rows.c.outcome.like("rejected:%"))
    )
    found = conn.execute(query).all()
    put(conn, job_id, [(row[0], NewFile(row[1], row[2], row[3], _lies(row[4]), row[5])) for row in found])
    ids = [*cancelled, *(row[0] for row in found)]
    if ids:
        conn.execute(update(rows).where(rows.c.id.in_(ids)).values(**waits, document_id=None))
    return len(ids)


def reap(conn: Connection) -> list[Received]:
    """Take expired leases back: ready again. Returned are those that have been in hand of too many workers that died,
    leased to the caller, to be refused.
    """
    return _take_back(conn, table.c.lease_until < now())


def reap_workers(conn: Connection, dead: Collection[str]) -> list[Received]:
    """Take back what these workers held, without waiting for their leases. As of `reap`."""
    return _take_back(conn, table.c.worker.in_(dead)) if dead else []


def workers(conn: Connection) -> list[str]:
    """The names of the workers that hold files."""
    return [name for name in conn.execute(select(table.c.worker).where(_held()).distinct()).scalars() if name]


def waiting(conn: Connection) -> int:
    """How many files could be claimed now, counted up to 1,000."""
    rows = (
        select(literal_column("1"))
        .select_from(table)
        .join(jobs, jobs.c.id == table.c.job_id)
        .where(in_state(table, "ready"), table.c.available_at <= now(), *claims.at_work())
        .limit(_MOST)
        .subquery()
    )
    return conn.execute(select(func.count()).select_from(rows)).scalar_one()


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    table.c.id,
    table.c.lease_token,
    table.c.attempt,
    table.c.job_document_id,
    table.c.job_id,
    job_documents.c.set_id,
    job_documents.c.engine_id,
    job_documents.c.path.label("name"),
    table.c.sha256,
    table.c.bytes,
    table.c.path,
    table.c.modified,
    and_(documents.c.id.is_not(None), documents.c.rejected.is_(None)).label("known"),
)
_FREE: dict[str, Any] = {"lease_token": None, "lease_until": None, "worker": None}
_REFUSING = "refused"  # the token of what `reap` hands to its caller, in the same transaction


def _lies(path: str) -> str | None:
    """Where a document's bytes lie; what people call it is no place."""
    return path if path.startswith("/") else None


def _held() -> ColumnElement[bool]:
    return in_state(table, "leased")


def _fence(held: Sequence[tuple[int, str]]) -> ColumnElement[bool]:
    return and_(_held(), tuple_(table.c.id, table.c.lease_token).in_(held))


def _these(files: Iterable[Received]) -> list[tuple[int, str]]:
    return sorted((file.id, file.token) for file in files)


@cache
def _lease(alone: bool) -> Update:
    attempt: ColumnElement[int] = table.c.attempt
    ready = (
        in_state(table, "ready"),
        table.c.available_at <= now(),
        attempt > literal_column("0") if alone else attempt == literal_column("0"),
    )
    first = (
        select(table.c.id, jobs.c.priority)
        .join(jobs, jobs.c.id == table.c.job_id)
        .where(*ready, *claims.at_work())
        .order_by(table.c.available_at, table.c.id)
        .limit(_LOOKED)
        .subquery("first")
    )
    chosen = (
        select(table.c.id)
        .join(first, first.c.id == table.c.id)
        .where(*ready)
        .order_by(first.c.priority.desc(), table.c.id)
        .limit(bindparam("room"))
        .with_for_update(of=table, skip_locked=True)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    leased = {
        "state": "leased",
        "attempt": attempt + 1,
        "lease_token": bindparam("token"),
        "lease_until": now() + bindparam("seconds"),
        "worker": bindparam("by"),
    }
    return update(table).where(table.c.id.in_(select(chosen.c.id))).values(leased).returning(table.c.id)


def _load(conn: Connection, ids: Sequence[int]) -> list[Received]:
    query = (
        select(*_COLUMNS)
        .join(job_documents, job_documents.c.id == table.c.job_document_id)
        .outerjoin(documents, documents.c.sha256 == table.c.sha256)
        .where(table.c.id.in_(ids))
        .order_by(table.c.id)
    )
    return [Received(*row) for row in conn.execute(query)]


def _take_back(conn: Connection, which: ColumnElement[bool]) -> list[Received]:
    again = update(table).where(_held(), which, table.c.attempt < MAX_CRASHES)
    conn.execute(again.values(state="ready", **_FREE))
    lost = update(table).where(_held(), which, table.c.attempt >= MAX_CRASHES)
    ids = list(conn.execute(lost.values(lease_token=_REFUSING).returning(table.c.id)).scalars())
    return _load(conn, ids) if ids else []
