"""Queries on drops: files of a watched folder between the inbox and the place where they end up.

A row is written once the file lies in the folder, goes through taken → sent (it has a job) → aimed (it has a target),
and is deleted when the file lies there. Each step can be done again after a kill.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, select, update

from docproc.store.clock import now
from docproc.store.face_tables import drops
from docproc.store.tables import documents, job_documents, tasks


@dataclass(frozen=True, slots=True)
class Drop:
    """A file in hand. `name` is its path in the folder it lies in; `engine` None: the configured one."""

    name: str
    set_name: str
    engine: str | None
    sha256: str
    bytes: int
    modified: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A drop whose work is over, with what came of it. `path`: where the database says that its bytes are."""

    id: int
    name: str
    set_name: str
    engine: str | None
    sha256: str
    job_id: int
    outcome: str
    status: str
    message: str
    path: str | None
    target: str | None
    duplicate_of: int | None


@dataclass(frozen=True, slots=True)
class Again:
    """A drop whose document had failed before, and what was asked of it."""

    id: int
    document_id: int
    set_id: int
    engine_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """The row of another file with the same bytes, of which the same was asked before."""

    id: int
    path: str
    job_id: int
    finished_at: float


def put(conn: Connection, folder: str, batch: str, taken: Sequence[Drop]) -> None:
    """Write down files that lie in `folder`, to be submitted as one job."""
    rows = [
        {
            "folder": folder,
            "name": drop.name,
            "set_name": drop.set_name,
            "engine": drop.engine,
            "sha256": drop.sha256,
            "bytes": drop.bytes,
            "modified": drop.modified,
            "batch": batch,
        }
        for drop in taken
    ]
    conn.execute(insert(drops).values(taken_at=now()), rows)


def unsent(conn: Connection, folder: str) -> dict[str, list[Drop]]:
    """What was written down and not submitted, or not known to be, by batch, in the order of submission."""
    columns = (drops.c.name, drops.c.set_name, drops.c.engine, drops.c.sha256, drops.c.bytes, drops.c.modified)
    query = select(drops.c.batch, *columns).where(drops.c.folder == folder, drops.c.job_id.is_(None))
    found: dict[str, list[Drop]] = {}
    for batch, *row in conn.execute(query.order_by(drops.c.id)):
        found.setdefault(batch, []).append(Drop(*row))
    return found


def sent(conn: Connection, batch: str, job_id: int) -> None:
    """Write down the job of a batch."""
    of_job = (job_documents.c.job_id == job_id, job_documents.c.path == drops.c.name)
    row = select(job_documents.c.id).where(*of_job).scalar_subquery()
    conn.execute(update(drops).where(drops.c.batch == batch).values(job_id=job_id, job_document_id=row))


def names(conn: Connection, folder: str) -> set[str]:
    """The files in the folder that are written down."""
    return set(conn.execute(select(drops.c.name).where(drops.c.folder == folder)).scalars())


def in_hand(conn: Connection, folder: str) -> int:
    """How many there are."""
    return int(conn.execute(select(func.count()).where(drops.c.folder == folder)).scalar_one())


def ended(conn: Connection, folder: str, most: int) -> list[Ended]:
    """Up to `most` drops whose documents have ended, those with a target first.

    None whose file another job has to read yet: it stays where the database says that it is.
    """
    mine, other = job_documents.alias("mine"), job_documents.alias("other")
    read = exists().where(
        other.c.document_id == mine.c.document_id,
        other.c.state == "running",
        documents.c.path == drops.c.folder + "/" + drops.c.name,
    )
    columns = (drops.c.id, drops.c.name, drops.c.set_name, drops.c.engine, drops.c.sha256)
    outcome = (mine.c.job_id, mine.c.outcome, mine.c.status, mine.c.message)
    query: Select[Any] = (
        select(*columns, *outcome, documents.c.path, drops.c.target, mine.c.duplicate_of)
        .join(mine, mine.c.id == drops.c.job_document_id)
        .outerjoin(documents, documents.c.sha256 == drops.c.sha256)
        .where(drops.c.folder == folder, mine.c.state == "done", ~read)
        .order_by(drops.c.target.is_(None), drops.c.id)
        .limit(most)
    )
    return [Ended(*row) for row in conn.execute(query)]


def duplicates(conn: Connection, ids: Iterable[int]) -> dict[int, Earlier]:
    """For drops that have succeeded: the first that had succeeded with the same bytes; written down with each."""
    mine, first = job_documents.alias("mine"), job_documents.alias("first")
    same = and_(
        first.c.document_id == mine.c.document_id,
        first.c.set_id == mine.c.set_id,
        first.c.engine_id == mine.c.engine_id,
        first.c.status == "succeeded",
        first.c.id < mine.c.id,
    )
    query = (
        select(drops.c.id, mine.c.id, func.min(first.c.id))
        .join(mine, mine.c.id == drops.c.job_document_id)
        .join(first, same)
        .where(drops.c.id.in_(list(ids)), mine.c.status == "succeeded")
        .group_by(drops.c.id, mine.c.id)
    )
    found = conn.execute(query).all()
    for _, row, earlier in found:
        conn.execute(update(job_documents).where(job_documents.c.id == row).values(duplicate_of=earlier))
    columns = (job_documents.c.id, job_documents.c.path, job_documents.c.job_id, job_documents.c.finished_at)
    wanted = {earlier for _, _, earlier in found}
    rows = {row.id: Earlier(*row) for row in conn.execute(select(*columns).where(job_documents.c.id.in_(wanted)))}
    return {drop: rows[earlier] for drop, _, earlier in found}


def again(conn: Connection, ids: Iterable[int]) -> list[Again]:
    """Those of the drops whose pages failed before they were taken, and that nobody has tried since."""
    mine = job_documents.alias("mine")
    key = (mine.c.document_id, mine.c.set_id, mine.c.engine_id)
    of_mine = and_(tasks.c.document_id == key[0], tasks.c.set_id == key[1], tasks.c.engine_id == key[2])
    failed = and_(of_mine, tasks.c.state == "failed")
    query = (
        select(drops.c.id, *key, mine.c.job_id)
        .join(mine, mine.c.id == drops.c.job_document_id)
        .where(drops.c.id.in_(list(ids)), mine.c.status.in_(("partial", "failed")))
        .where(exists().where(failed, tasks.c.finished_at < drops.c.taken_at))
        .where(~exists().where(failed, tasks.c.finished_at >= drops.c.taken_at))
    )
    return [Again(*row) for row in conn.execute(query)]


def aim(conn: Connection, targets: dict[int, str]) -> None:
    """Write down where files are to go, before they do."""
    for drop, target in targets.items():
        conn.execute(update(drops).where(drops.c.id == drop).values(target=target))


def placed(conn: Connection, folder: str, moved: Sequence[Ended]) -> None:
    """Files lie at their targets: documents follow that were last seen in the folder, and the rows go."""
    for drop in moved:
        here = documents.c.path == f"{folder}/{drop.name}"
        this = update(documents).where(documents.c.sha256 == drop.sha256, here)
        conn.execute(this.values(path=drop.target))
    conn.execute(delete(drops).where(drops.c.id.in_([drop.id for drop in moved])))
