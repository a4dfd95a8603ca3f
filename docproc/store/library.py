"""Queries on what is known of documents: the list of all, and what became of one and of its pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from docproc.store.tables import documents, engines, job_documents, pages, question_sets, tasks

RUNNING, REJECTED = "running", "rejected"
MOST_ENTRIES = 100  # jobs of one document that are told


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents; None: all. `status` is that in the newest job (of those asked for): succeeded, partial, failed,
    cancelled, running or rejected. `name` stands somewhere in the path, case aside.
    """

    job_id: int | None = None
    set_name: str | None = None
    status: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A document with its entry in the newest job (of those asked for) that has it; None where no job has."""

    id: int
    sha256: str
    path: str
    media_type: str
    bytes: int
    page_count: int
    rejected: str | None
    created_at: float
    job_id: int | None
    set_name: str | None
    status: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class JobEntry:
    """What a job has of a document."""

    job_id: int
    path: str
    set_name: str
    engine: str
    state: str
    status: str | None
    outcome: str | None
    message: str
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """How far a page (0: the document's own step) has come for a set and an engine."""

    number: int
    set_name: str
    engine: str
    state: str
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a page without its text; sizes in pixels."""

    number: int
    width: int
    height: int
    dpi: float
    blank: bool
    degraded: bool
    downscaled: bool


def listing(conn: Connection, wanted: Wanted, before: int | None, limit: int) -> list[Listed]:
    """The documents that came in last, before an id."""
    entry, named = job_documents.alias("x"), question_sets.alias("s")
    newest = select(func.max(entry.c.id)).where(entry.c.document_id == documents.c.id)
    if wanted.job_id is not None:
        newest = newest.where(entry.c.job_id == wanted.job_id)
    if wanted.set_name is not None:
        newest = newest.where(entry.c.set_id.in_(select(named.c.id).where(named.c.name == wanted.set_name)))
    asked = wanted.job_id is not None or wanted.set_name is not None
    query: Select[Any] = (
        select(
            documents.c.id,
            documents.c.sha256,
            func.coalesce(job_documents.c.path, documents.c.path),
            documents.c.media_type,
            documents.c.bytes,
            func.coalesce(documents.c.page_count, 0),
            documents.c.rejected,
            documents.c.created_at,
            job_documents.c.job_id,
            question_sets.c.name,
            job_documents.c.status,
            job_documents.c.outcome,
        )
        .select_from(documents)
        .join(job_documents, job_documents.c.id == newest.scalar_subquery(), isouter=not asked)
        .join(question_sets, question_sets.c.id == job_documents.c.set_id, isouter=True)
        .where(*_conditions(wanted))
        .order_by(documents.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(documents.c.id < before)
    return [Listed(*row) for row in conn.execute(query)]


def entries(conn: Connection, document_id: int) -> list[JobEntry]:
    """What jobs have of a document, the newest first."""
    query = (
        select(
            job_documents.c.job_id,
            job_documents.c.path,
            question_sets.c.name,
            engines.c.name,
            job_documents.c.state,
            job_documents.c.status,
            job_documents.c.outcome,
            job_documents.c.message,
            job_documents.c.finished_at,
        )
        .join(question_sets, question_sets.c.id == job_documents.c.set_id)
        .join(engines, engines.c.id == job_documents.c.engine_id)
        .where(job_documents.c.document_id == document_id)
        .order_by(job_documents.c.id.desc())
        .limit(MOST_ENTRIES)
    )
    return [JobEntry(*row) for row in conn.execute(query)]


def steps(conn: Connection, document_id: int, numbers: Iterable[int]) -> list[Step]:
    """How far some pages (0: the document's own step) have come, by number, the set that asked last first."""
    query = (
        select(
            tasks.c.number,
            question_sets.c.name,
            engines.c.name,
            tasks.c.state,
            tasks.c.error_code,
            tasks.c.error,
        )
        .join(question_sets, question_sets.c.id == tasks.c.set_id)
        .join(engines, engines.c.id == tasks.c.engine_id)
        .where(tasks.c.document_id == document_id, tasks.c.number.in_(list(numbers)))
        .order_by(tasks.c.number, tasks.c.id.desc())
    )
    return [Step(*row) for row in conn.execute(query)]


def sheets(conn: Connection, document_id: int, numbers: Iterable[int]) -> dict[int, Sheet]:
    """Those of some pages that were rendered."""
    query = select(
        pages.c.number,
        pages.c.width,
        pages.c.height,
        pages.c.dpi,
        pages.c.blank,
        pages.c.degraded,
        pages.c.downscaled,
    ).where(pages.c.document_id == document_id, pages.c.number.in_(list(numbers)))
    return {row.number: Sheet(*row) for row in conn.execute(query)}


def _conditions(wanted: Wanted) -> list[ColumnElement[Any]]:
    where: list[ColumnElement[Any]] = []
    if wanted.status == REJECTED:
        where.append(documents.c.rejected.is_not(None))
    elif wanted.status == RUNNING:
        where += [job_documents.c.id.is_not(None), job_documents.c.status.is_(None)]
    elif wanted.status is not None:
        where.append(job_documents.c.status == wanted.status)
    if wanted.name:
        name = wanted.name
        where.append(
            or_(
                documents.c.path.icontains(name, autoescape=True),
                job_documents.c.path.icontains(name, autoescape=True),
            )
        )
    return where
