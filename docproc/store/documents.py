"""Queries on documents: one row per distinct bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from docproc.store.clock import now
from docproc.store.tables import documents
from docproc.store.upsert import insert_or


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A known document. `rejected` is a RejectCode, None for an accepted one; `page_count` is 0 where it is unknown."""

    id: int
    sha256: str
    media_type: str
    page_count: int
    rejected: str | None
    message: str
    repaired: bool
    path: str
    bytes: int
    modified: float
    warnings: tuple[str, ...] = ()
    meta: dict[str, Any] | None = None


_COLUMNS = (
    documents.c.id,
    documents.c.sha256,
    documents.c.media_type,
    documents.c.page_count,
    documents.c.rejected,
    documents.c.message,
    documents.c.repaired,
    documents.c.path,
    documents.c.bytes,
    documents.c.modified,
    documents.c.warnings,
    documents.c.meta,
)


def find(conn: Connection, sha256: str) -> DocumentRow | None:
    """The document with these bytes."""
    row = conn.execute(select(*_COLUMNS).where(documents.c.sha256 == sha256)).first()
    return None if row is None else _row(row)


def matching(conn: Connection, word: str) -> list[DocumentRow]:
    """The documents whose SHA-256 starts with `word` or whose path is it or ends in it, newest first."""
    hexadecimal = len(word) >= 4 and all(letter in "0123456789abcdef" for letter in word.lower())
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    condition = (documents.c.path == word) | documents.c.path.like(f"%/{escaped}", escape="\\")
    if hexadecimal:
        condition = condition | documents.c.sha256.startswith(word.lower())
    rows = conn.execute(select(*_COLUMNS).where(condition).order_by(documents.c.id.desc()).limit(20))
    return [_row(row) for row in rows]


def put(conn: Connection, row: DocumentRow) -> int:
    """Store a document (its `id` is ignored) or what is now known of it; return its id."""
    values: dict[str, Any] = {
        "media_type": row.media_type,
        "bytes": row.bytes,
        "page_count": row.page_count,
        "rejected": row.rejected,
        "message": row.message,
        "repaired": row.repaired,
        "path": row.path,
        "modified": row.modified,
        "warnings": list(row.warnings),
        "meta": row.meta or {},
    }
    known = conn.execute(select(documents.c.id).where(documents.c.sha256 == row.sha256)).scalar()
    if known is not None:
        conn.execute(update(documents).where(documents.c.id == known).values(values))
        return int(known)
    # Two submits of the same bytes may get here at once.
    fresh = insert_or(conn.dialect.name, documents).values(sha256=row.sha256, created_at=now(), **values)
    kept = fresh.on_conflict_do_update(index_elements=["sha256"], set_=values).returning(documents.c.id)
    return int(conn.execute(kept).scalar_one())


def moved(conn: Connection, document_id: int, path: str, modified: float) -> None:
    """Remember where the bytes were last seen."""
    conn.execute(update(documents).where(documents.c.id == document_id).values(path=path, modified=modified))


def by_ids(conn: Connection, ids: set[int]) -> dict[int, DocumentRow]:
    """Documents by their id."""
    rows = conn.execute(select(*_COLUMNS).where(documents.c.id.in_(ids)))
    return {row.id: _row(row) for row in rows}


def _row(row: Any) -> DocumentRow:
    return DocumentRow(
        id=row.id,
        sha256=row.sha256,
        media_type=row.media_type,
        page_count=row.page_count or 0,
        rejected=row.rejected,
        message=row.message,
        repaired=row.repaired,
        path=row.path,
        bytes=row.bytes,
        modified=row.modified,
        warnings=tuple(row.warnings),
        meta=row.meta,
    )
