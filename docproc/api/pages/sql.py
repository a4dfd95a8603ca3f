"""Pages: SQL, with the views that can be asked, saved queries, a table and a plot of the rows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from docproc.api.auth import Querier
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.api.queries import shown
from docproc.service.query import list_viewed
from docproc.service.saved import list_queries

router = APIRouter(include_in_schema=False)
FIRST = "select * from document_list order by created desc"
Statement = Annotated[str, Query(max_length=20_000)]
Name = Annotated[str, Query(max_length=64)]


@router.get("/sql")
def sql(request: Request, ctx: Ctx, who: Querier, q: Statement = "", saved: Name = "") -> Response:
    """The page, with a statement to begin with: `q`, or a saved query's."""
    queries = [shown(one).model_dump(mode="json") for one in list_queries(ctx.parts)]
    chosen = next((one for one in queries if one["name"] == saved), None)
    views = list_viewed(ctx.parts)
    statement = chosen["sql"] if chosen else q or FIRST
    values: dict[str, Any] = {
        "views": views,
        "queries": queries,
        "chosen": saved if chosen else "",
        "statement": statement,
    }
    return frame.render(request, who, "sql.html", active="sql", **values)
