"""Queries on rendered pages and their text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, tuple_, update

from docproc.core.pack import pack, unpack
from docproc.core.types import Page, Reading
from docproc.store.tables import documents, page_texts, pages
from docproc.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as it is stored: the `page` that engines see, and what the renderer said about it.

    `packed` is the page's layer as bytes, where somebody has packed it already.
    """

    page: Page
    render: str  # fingerprint of the render settings
    renderer: str
    blank: bool = False
    degraded: bool = False
    downscaled: bool = False
    warnings: tuple[str, ...] = ()
    packed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Flags:
    """How many pages of a document came out other than plainly."""

    blank: int
    degraded: int
    downscaled: int
    fallback: int


_COLUMNS = tuple(column for column in pages.c if column.name != "warnings")


def save(conn: Connection, rendered: Iterable[tuple[int, RenderedPage]]) -> None:
    """Store rendered pages, each with its document's id, and the text of those whose layer can be trusted."""
    batch = list(rendered)
    upsert(conn, pages, ("document_id", "number"), [_values(document_id, row) for document_id, row in batch])
    texts = [
        _text(document_id, row.page.number, row.page.layer)
        for document_id, row in batch
        if row.page.layer is not None and row.page.layer_trusted
    ]
    upsert(conn, page_texts, ("document_id", "number"), texts)


def save_readings(conn: Connection, readings: Iterable[tuple[int, int, Reading]]) -> None:
    """Store what OCR read, as (document id, page number, reading); it becomes the page's text."""
    batch = list(readings)
    if not batch:
        return
    put = (
        update(pages)
        .where(pages.c.document_id == bindparam("of"), pages.c.number == bindparam("at"))
        .values(ocr=bindparam("packed"))
    )
    conn.execute(put, [{"of": document, "at": number, "packed": pack(reading)} for document, number, reading in batch])
    upsert(conn, page_texts, ("document_id", "number"), [_text(*row) for row in batch])


def load(conn: Connection, wanted: Iterable[tuple[int, int]], render: str) -> dict[tuple[int, int], RenderedPage]:
    """The stored pages among `wanted` (document id, number) that were rendered with these settings."""
    keys = list(wanted)
    query = (
        select(documents.c.sha256, *_COLUMNS)
        .join(documents, documents.c.id == pages.c.document_id)
        .where(tuple_(pages.c.document_id, pages.c.number).in_(keys), pages.c.render == render)
    )
    return {(row.document_id, row.number): _rendered(row) for row in conn.execute(query)} if keys else {}


def stored(conn: Connection, document_id: int, number: int) -> RenderedPage | None:
    """A stored page, with whatever settings it was rendered."""
    query = (
        select(documents.c.sha256, pages)
        .join(documents, documents.c.id == pages.c.document_id)
        .where(pages.c.document_id == document_id, pages.c.number == number)
    )
    row = conn.execute(query).first()
    return None if row is None else replace(_rendered(row), warnings=tuple(row.warnings))


def inked(conn: Connection, document_id: int) -> list[int]:
    """The numbers of a document's stored pages that are not blank."""
    query = select(pages.c.number).where(pages.c.document_id == document_id, ~pages.c.blank).order_by(pages.c.number)
    return [number for (number,) in conn.execute(query)]


def flags(conn: Connection, document_id: int, first_choice: str) -> Flags:
    """Counts over a document's stored pages; `fallback` counts those that another renderer than `first_choice` drew."""
    columns = (
        func.count().filter(pages.c.blank),
        func.count().filter(pages.c.degraded),
        func.count().filter(pages.c.downscaled),
        func.count().filter(pages.c.renderer.notin_((first_choice, "image"))),
    )
    row = conn.execute(select(*columns).where(pages.c.document_id == document_id)).one()
    return Flags(*row)


def image_of(conn: Connection, document_id: int, number: int) -> str | None:
    """The name of a page's stored image."""
    query = select(pages.c.image).where(and_(pages.c.document_id == document_id, pages.c.number == number))
    return conn.execute(query).scalar()


def _values(document_id: int, row: RenderedPage) -> dict[str, Any]:
    page = row.page
    return {
        "document_id": document_id,
        "number": page.number,
        "render": row.render,
        "renderer": row.renderer,
        "image": page.image,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "picture": page.picture,
        "blank": row.blank,
        "degraded": row.degraded,
        "downscaled": row.downscaled,
        "layer": row.packed or (None if page.layer is None else pack(page.layer)),
        "layer_trusted": page.layer_trusted,
        "ocr": None if page.ocr is None else pack(page.ocr),
        "warnings": list(row.warnings),
    }


def _text(document_id: int, number: int, reading: Reading) -> dict[str, Any]:
    return {"document_id": document_id, "number": number, "source": reading.source, "text": reading.text}


def _rendered(row: Any) -> RenderedPage:
    page = Page(
        document=row.sha256,
        number=row.number,
        image=row.image,
        width=row.width,
        height=row.height,
        dpi=row.dpi,
        layer_trusted=row.layer_trusted,
        picture=row.picture,
    )
    page = replace(
        page,
        layer=None if row.layer is None else unpack(row.layer),
        ocr=None if row.ocr is None else unpack(row.ocr),
    )
    return RenderedPage(page, row.render, row.renderer, row.blank, row.degraded, row.downscaled)
