"""Pages: search, over answers and over the text of pages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.core.errors import UsageError
from docproc.service.questions import every_set
from docproc.service.search import DEEPEST, Found, Place, Wanted, find

router = APIRouter(include_in_schema=False)
SHOWN = 20  # hits a page


class Asked(BaseModel):
    """What is looked for; `of` and `after` say where the list goes on."""

    q: Annotated[str, Field(max_length=400)] = ""
    kind: Literal["", "answer", "page"] = ""
    set: Annotated[str, Field(max_length=64)] = ""
    of: Literal["answer", "page"] = "answer"
    after: Annotated[int, Field(ge=0, le=DEEPEST)] = 0


@router.get("/search")
def search(request: Request, ctx: Ctx, who: Reader, asked: Annotated[Asked, Query()]) -> Response:
    """Hits with the words marked, each with its place on the page."""
    words, fault = asked.q.strip(), ""
    hits: list[Found] = []
    following: Place | None = None
    if words:
        wanted = Wanted(words, asked.kind or None, asked.set or None)
        try:
            hits, following = find(ctx.parts, wanted, Place(asked.of, asked.after) if asked.after else None, SHOWN)
        except UsageError as error:
            fault = str(error)
    values: dict[str, Any] = {
        "query": words,
        "kind": asked.kind,
        "set": asked.set,
        "sets": [one.name for one in every_set(ctx.parts)],
        "hits": hits,
        "following": following,
        "first": not asked.after,
        "fault": fault,
    }
    return frame.render(request, who, "search.html", active="search", **values)
