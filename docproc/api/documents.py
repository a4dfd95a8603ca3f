"""Routes: documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from docproc.api import cursors
from docproc.api.auth import Reader
from docproc.api.context import Context, Ctx
from docproc.api.fields import Line
from docproc.core.errors import Unavailable
from docproc.service import library, page, pictures
from docproc.service.library import ListedDocument, ListedPage, OneDocument, Wanted
from docproc.service.page import OnePage, WordsOfPage
from docproc.service.shown import ShownAnswer

router = APIRouter(tags=["documents"])

Document = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="the SHA-256 of its bytes")]
Number = Annotated[int, Path(ge=1, le=10_000_000, description="a page, from 1")]
SetName = Annotated[
    str | None, Query(alias="set", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$", description="only this question set")
]
Limit = Annotated[int, Field(ge=1, le=500, description="how many at most")]
Cursor = Annotated[str | None, Field(max_length=1024, description="where the list goes on: `next` of the last reply")]
_PICTURES: dict[str, Any] = {"image/jpeg": {}, "image/png": {}}
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "the picture that If-None-Match names is still the one"}
}


_PATIENCE = 10.0  # seconds that a request waits for its turn to draw


class DocumentsQuery(BaseModel):
    """Which documents are wanted; `status` is that in the newest job of those asked for."""

    model_config = ConfigDict(extra="forbid")
    job: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    set: Annotated[str | None, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")] = None
    status: Literal["succeeded", "partial", "failed", "cancelled", "running", "rejected"] | None = None
    name: Annotated[Line | None, Field(max_length=255)] = None
    limit: Limit = 50
    cursor: Cursor = None


class PagesQuery(BaseModel):
    """Where the list of pages goes on."""

    model_config = ConfigDict(extra="forbid")
    limit: Limit = 100
    cursor: Cursor = None


class WordsQuery(BaseModel):
    """Which words are wanted: from word `after` on; `find`: where these stand on the page."""

    model_config = ConfigDict(extra="forbid")
    after: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, Field(ge=0, le=20_000)] = 5_000
    find: Annotated[str, Field(max_length=400)] = ""


class Documents(BaseModel):
    """Documents, those that came in last first. `next` is the cursor of what follows, null at the end."""

    items: list[ListedDocument]
    next: str | None


class Pages(BaseModel):
    """Pages in order. `next` is the cursor of what follows, null at the end."""

    items: list[ListedPage]
    next: str | None


class DocumentAnswers(BaseModel):
    """What stands for the document as a whole."""

    items: list[ShownAnswer]


@router.get("/v1/documents")
def list_documents(ctx: Ctx, _who: Reader, wanted: Annotated[DocumentsQuery, Query()]) -> Documents:
    """The documents, those that came in last first."""
    filters = Wanted(wanted.job, wanted.set, wanted.status, wanted.name)
    before = cursors.number(wanted.cursor, "before")
    items, after = library.list_documents(ctx.parts, filters, before, wanted.limit)
    return Documents(items=items, next=after and cursors.encode({"before": after}))


@router.get("/v1/documents/{sha256}")
def document(ctx: Ctx, _who: Reader, sha256: Document) -> OneDocument:
    """A document, and the jobs that had it."""
    return library.document(ctx.parts, sha256)


@router.get("/v1/documents/{sha256}/answers")
def answers(ctx: Ctx, _who: Reader, sha256: Document, set_name: SetName = None) -> DocumentAnswers:
    """What stands for the document as a whole: what the views show, with evidence and reviews."""
    return DocumentAnswers(items=library.document_answers(ctx.parts, sha256, set_name))


@router.get("/v1/documents/{sha256}/pages")
def list_pages(ctx: Ctx, _who: Reader, sha256: Document, wanted: Annotated[PagesQuery, Query()]) -> Pages:
    """A document's pages, each with its size and how far it has come."""
    last = cursors.number(wanted.cursor, "after") or 0
    items, after = library.list_pages(ctx.parts, sha256, max(0, last), wanted.limit)
    return Pages(items=items, next=after and cursors.encode({"after": after}))


@router.get("/v1/documents/{sha256}/pages/{number}")
def one_page(ctx: Ctx, _who: Reader, sha256: Document, number: Number, set_name: SetName = None) -> OnePage:
    """A page with all that stands of it: answers with boxes, confidence, evidence and reviews."""
    return page.page(ctx.parts, sha256, number, set_name)


@router.get("/v1/documents/{sha256}/pages/{number}/words")
def words(
    ctx: Ctx, _who: Reader, sha256: Document, number: Number, wanted: Annotated[WordsQuery, Query()]
) -> WordsOfPage:
    """The words of a page with their boxes; with `find`, where those words stand."""
    return page.words(ctx.parts, sha256, number, wanted.after, wanted.limit, wanted.find)


@router.head("/v1/documents/{sha256}/pages/{number}/image", include_in_schema=False)
@router.get(
    "/v1/documents/{sha256}/pages/{number}/image",
    response_class=FileResponse,
    responses={200: {"content": _PICTURES, "description": "the picture"}, **_NOT_MODIFIED},
)
def image(
    ctx: Ctx,
    _who: Reader,
    request: Request,
    sha256: Document,
    number: Number,
    v: Annotated[str, Query(max_length=64, description="`image` of the page: a picture that never changes")] = "",
) -> Response:
    """The picture of a page."""
    found = pictures.image(ctx.parts, sha256, number, lambda: _drawing(ctx))
    tag = f'"{found.version}"'
    # With its version in the address the picture is for ever; without, a browser asks whether it still is the one.
    fresh = "max-age=31536000, immutable" if v == found.version else "no-cache"
    headers = {"ETag": tag, "Cache-Control": f"private, {fresh}"}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return FileResponse(found.path, headers=headers, media_type=found.media_type)


@router.get(
    "/v1/documents/{sha256}/pages/{number}/overlay",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "the picture with boxes"}},
)
def overlay(ctx: Ctx, _who: Reader, sha256: Document, number: Number, set_name: SetName = None) -> Response:
    """The picture of a page with the boxes of its answers, a PNG."""
    data = pictures.overlay(ctx.parts, sha256, number, set_name, lambda: _drawing(ctx))
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


@router.head("/v1/documents/{sha256}/source", include_in_schema=False)
@router.get(
    "/v1/documents/{sha256}/source",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "the file"}},
)
def source(ctx: Ctx, _who: Reader, sha256: Document) -> Response:
    """The document's own file, to be kept, never shown by the browser."""
    found = pictures.source(ctx.parts, sha256)
    headers = {
        "ETag": f'"{found.sha256}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return FileResponse(found.path, headers=headers, filename=found.name, media_type="application/octet-stream")


@contextmanager
def _drawing(ctx: Context) -> Iterator[None]:
    """A turn to draw. Raises Unavailable: who waits for ever holds a thread that others need."""
    if not ctx.drawing.acquire(timeout=_PATIENCE):
        raise Unavailable("many pictures are being drawn just now; try again in a few seconds")
    try:
        yield
    finally:
        ctx.drawing.release()
