"""Jobs and their files as a client sees them: pages of lists, and what many listeners wait for, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, cast, exists, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from docproc.store.clock import now
from docproc.store.tables import documents, engines, in_state, job_documents, jobs, question_sets, tasks

FAILURES = 50  # of a file's pages that are listed
_COLUMNS = (
    jobs.c.id,
    jobs.c.state,
    jobs.c.queue,
    jobs.c.priority,
    question_sets.c.name.label("set_name"),
    question_sets.c.version.label("set_version"),
    engines.c.name.label("engine"),
    jobs.c.tags,
    jobs.c.reference,
    jobs.c.webhook_url,
    jobs.c.created_at,
    jobs.c.started_at,
    jobs.c.finished_at,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs; None: whatever it is."""

    state: str | None = None
    set_name: str | None = None
    engine: str | None = None
    reference: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job; `documents` by status ("running": not ended), `pages` by state, of the same content once."""

    id: int
    state: str
    queue: str
    priority: int
    set_name: str
    set_version: str
    engine: str
    tags: tuple[str, ...]
    reference: str | None
    webhook: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    documents: dict[str, int] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a job. `document` is the SHA-256 of its bytes, None where they could not be read, or not yet."""

    id: int
    job_id: int
    name: str
    document: str | None
    page_count: int | None
    state: str
    outcome: str | None
    status: str | None
    message: str
    finished_at: float | None
    duplicate_of: int | None
    failures: tuple[tuple[int, str, str], ...] = ()  # page (0: the document's own step), code, message


def page(conn: Connection, wanted: Wanted, before: int | None, limit: int) -> list[JobRow]:
    """The newest jobs before the one with number `before`."""
    query = _jobs().order_by(jobs.c.id.desc()).limit(limit)
    given = {
        jobs.c.state: wanted.state,
        question_sets.c.name: wanted.set_name,
        engines.c.name: wanted.engine,
        jobs.c.reference: wanted.reference,
    }
    for column, value in given.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.tag is not None:
        query = query.where(_tagged(conn, wanted.tag))
    if before is not None:
        query = query.where(jobs.c.id < before)
    return _counted(conn, [*conn.execute(query)])


def load(conn: Connection, ids: Sequence[int]) -> list[JobRow]:
    """The jobs with these numbers, those that there are."""
    return _counted(conn, [*conn.execute(_jobs().where(jobs.c.id.in_(ids)))])


def fresh(conn: Connection, job_id: int, files: int) -> JobRow:
    """A job that was submitted just now with so many files: nothing of it has been looked at, so nothing is counted."""
    return _job(conn.execute(_fresh(), {"asked": job_id}).one(), {"running": files}, {})


def files(conn: Connection, job_id: int, status: str | None, after: int, limit: int) -> list[FileRow]:
    """The files of a job after the one with number `after`, in the order of their numbers; `status` "running" too."""
    query = _files().where(job_documents.c.job_id == job_id, job_documents.c.id > after)
    if status is not None:
        query = query.where(func.coalesce(job_documents.c.status, "running") == status)
    return _explained(conn, [*conn.execute(query.order_by(job_documents.c.id).limit(limit))])


def ended(conn: Connection, ids: Sequence[int], since: float) -> list[FileRow]:
    """The files of these jobs that have ended since that moment, in the order in which they did."""
    if not ids:
        return []
    query = _files().where(job_documents.c.job_id.in_(ids), job_documents.c.state == "done")
    query = query.where(job_documents.c.finished_at >= since)
    return [_file(row) for row in conn.execute(query.order_by(job_documents.c.finished_at, job_documents.c.id))]


def moment(conn: Connection) -> float:
    """The database's time."""
    return conn.execute(select(now())).scalar_one()


def _jobs() -> Select[Any]:
    joined = jobs.join(question_sets, question_sets.c.id == jobs.c.set_id)
    return select(*_COLUMNS).select_from(joined.join(engines, engines.c.id == jobs.c.engine_id))


def _files() -> Select[Any]:
    columns = job_documents.c
    shown = (columns.id, columns.job_id, columns.path, documents.c.sha256, documents.c.page_count, columns.state)
    ended_as = (columns.outcome, columns.status, columns.message, columns.finished_at, columns.duplicate_of)
    keys = (columns.document_id, columns.set_id, columns.engine_id)
    joined = job_documents.outerjoin(documents, documents.c.id == columns.document_id)
    return select(*shown, *ended_as, *keys).select_from(joined)


def _tagged(conn: Connection, tag: str) -> ColumnElement[bool]:
    if conn.dialect.name == "postgresql":
        return cast(jobs.c.tags, JSONB).contains([tag])
    each = func.json_each(jobs.c.tags).table_valued("value")
    return exists(select(literal(1)).select_from(each).where(each.c.value == tag))


def _counted(conn: Connection, rows: list[Any]) -> list[JobRow]:
    if not rows:
        return []
    ids = [row.id for row in rows]
    status = func.coalesce(job_documents.c.status, "running")
    of_documents: dict[int, dict[str, int]] = defaultdict(dict)
    query = select(job_documents.c.job_id, status, func.count()).where(job_documents.c.job_id.in_(ids))
    for job_id, name, count in conn.execute(query.group_by(job_documents.c.job_id, status)):
        of_documents[job_id][name] = count
    content = (
        select(job_documents.c.job_id, job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id)
        .where(job_documents.c.job_id.in_(ids), job_documents.c.document_id.is_not(None))
        .distinct()
        .subquery()
    )
    of_pages: dict[int, dict[str, int]] = defaultdict(dict)
    pages: Select[Any] = select(content.c.job_id, tasks.c.state, func.count()).join(tasks, _same(content))
    for job_id, name, count in conn.execute(pages.where(tasks.c.number > 0).group_by(content.c.job_id, tasks.c.state)):
        of_pages[job_id][name] = count
    return [_job(row, of_documents[row.id], of_pages[row.id]) for row in rows]


@cache
def _fresh() -> Select[Any]:
    return _jobs().where(jobs.c.id == bindparam("asked"))


def _job(row: Any, of_documents: dict[str, int], of_pages: dict[str, int]) -> JobRow:
    return JobRow(
        id=row.id,
        state=row.state,
        queue=row.queue,
        priority=row.priority,
        set_name=row.set_name,
        set_version=row.set_version,
        engine=row.engine,
        tags=tuple(row.tags or ()),
        reference=row.reference,
        webhook=row.webhook_url,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        documents=of_documents,
        pages=of_pages,
    )


def _explained(conn: Connection, rows: list[Any]) -> list[FileRow]:
    """Files with the pages that failed."""
    troubled = {(row.document_id, row.set_id, row.engine_id) for row in rows if row.status in ("partial", "failed")}
    failures: dict[tuple[int, int, int], list[tuple[int, str, str]]] = defaultdict(list)
    for key in sorted(key for key in troubled if key[0] is not None):
        query = select(tasks.c.number, tasks.c.error_code, tasks.c.error).where(
            tasks.c.document_id == key[0], tasks.c.set_id == key[1], tasks.c.engine_id == key[2]
        )
        failed = query.where(in_state(tasks, "failed")).order_by(tasks.c.number).limit(FAILURES)
        failures[key] = [(number, code or "unknown", error or "") for number, code, error in conn.execute(failed)]
    return [_file(row, tuple(failures[(row.document_id, row.set_id, row.engine_id)])) for row in rows]


def _file(row: Any, failures: tuple[tuple[int, str, str], ...] = ()) -> FileRow:
    return FileRow(
        id=row.id,
        job_id=row.job_id,
        name=row.path,
        document=row.sha256,
        page_count=row.page_count,
        state=row.state,
        outcome=row.outcome,
        status=row.status,
        message=row.message,
        finished_at=row.finished_at,
        duplicate_of=row.duplicate_of,
        failures=failures,
    )


def _same(table: Any) -> Any:
    return and_(
        tasks.c.document_id == table.c.document_id,
        tasks.c.set_id == table.c.set_id,
        tasks.c.engine_id == table.c.engine_id,
    )
