"""Routes: search."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from docproc.api import cursors
from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.fields import Sha256
from docproc.core.errors import UsageError
from docproc.service import search
from docproc.service.search import DEEPEST, Found, Place, Wanted

router = APIRouter(tags=["search"])

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class SearchQuery(BaseModel):
    """What is looked for: all the words; "words in quotes" side by side; -word must not be there; `or` between
    alternatives. With a `key`, in answers alone.
    """

    model_config = ConfigDict(extra="forbid")
    q: Annotated[str, Field(min_length=1, max_length=400)]
    kind: Annotated[Literal["answer", "page"] | None, Field(description="only answers, or only pages")] = None
    set: Name | None = None
    key: Name | None = None
    document: Sha256 | None = None
    limit: Annotated[int, Field(ge=1, le=100, description="how many at most")] = 20
    cursor: Annotated[str | None, Field(max_length=1024, description="`next` of the last reply")] = None


class Hits(BaseModel):
    """Answers first, then pages, each the best first. `next` is the cursor of what follows, null at the end."""

    items: list[Found]
    next: str | None


@router.get("/v1/search")
def find(ctx: Ctx, _who: Reader, wanted: Annotated[SearchQuery, Query()]) -> Hits:
    """Full-text search over answers and over the text of pages."""
    sought = Wanted(wanted.q, wanted.kind, wanted.set, wanted.key, wanted.document)
    items, after = search.find(ctx.parts, sought, _start(wanted.cursor), wanted.limit)
    return Hits(items=items, next=after and cursors.encode({"kind": after.kind, "offset": after.offset}))


def _start(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    values = cursors.decode(cursor)
    kind, offset = values.get("kind"), values.get("offset")
    if kind in ("answer", "page") and type(offset) is int and 0 <= offset <= DEEPEST:
        return Place(kind, offset)
    raise UsageError("this cursor is of another list; leave it out to begin at the start", "bad_cursor")
