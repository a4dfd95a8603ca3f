"""Pages: charts of operation, each with its data as a table."""

from __future__ import annotations

from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from docproc.api.auth import Reader
from docproc.api.charts import shown
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.service.charts import CHARTS, Asked, Over, chart, set_names

router = APIRouter(include_in_schema=False)
OVERS = get_args(Over)
Any_ = Annotated[str, Query(alias="set", max_length=64)]


@router.get("/charts")
def charts(request: Request, ctx: Ctx, who: Reader, over: Over = "day", set_name: Any_ = "") -> Response:
    """All charts."""
    names = set_names(ctx.parts)
    chosen = set_name if set_name in names else ""
    asked = Asked(over, chosen or None)
    query = urlencode({"over": over, **({"set": chosen} if chosen else {})})
    found = [shown(chart(ctx.parts, name, asked)) for name in CHARTS]
    values: dict[str, Any] = {
        "charts": found,
        "overs": OVERS,
        "over": over,
        "sets": names,
        "set": chosen,
        "query": query,
    }
    return frame.render(request, who, "charts.html", active="charts", **values)
