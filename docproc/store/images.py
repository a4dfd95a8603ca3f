"""Queries on which page images are wanted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, or_, select, tuple_

from docproc.store.clock import now
from docproc.store.tables import UNFINISHED, documents, job_documents, pages, tasks

Place = tuple[int, int]  # a document's id and a page number
START: Place = (0, 0)


def chunk(conn: Connection, after: Place, limit: int) -> list[tuple[int, int, str]]:
    """(document id, page number, image) of the next `limit` pages behind a place, in order."""
    query = (
        select(pages.c.document_id, pages.c.number, pages.c.image)
        .where(tuple_(pages.c.document_id, pages.c.number) > after)
        .order_by(pages.c.document_id, pages.c.number)
        .limit(limit)
    )
    return [(document, number, image) for document, number, image in conn.execute(query)]


def in_use(conn: Connection, among: Collection[int], seconds: float) -> set[int]:
    """The documents that some job works on, or has ended less than `seconds` ago with, or that came in since."""
    since = now() - seconds
    working = select(tasks.c.document_id).where(tasks.c.document_id.in_(among), UNFINISHED)
    recent = select(job_documents.c.document_id).where(
        job_documents.c.document_id.in_(among),
        or_(job_documents.c.state != "done", job_documents.c.finished_at >= since),
    )
    young = select(documents.c.id).where(documents.c.id.in_(among), documents.c.created_at >= since)
    return set(conn.execute(working.union(recent, young)).scalars())


def worked_on(conn: Connection, names: Collection[str]) -> set[str]:
    """Those of the images that belong to a page of a document that some job works on now."""
    working = select(tasks.c.document_id).where(UNFINISHED).distinct()
    query = select(pages.c.image).where(pages.c.document_id.in_(working), pages.c.image.in_(names))
    return set(conn.execute(query).scalars())
