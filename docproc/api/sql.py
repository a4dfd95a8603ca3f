"""Routes: SQL over the views."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docproc.api.auth import Querier
from docproc.api.context import Ctx
from docproc.api.rows import FORMS, Form, Wanted, csv_lines, json_lines, sent
from docproc.api.slots import QuerySlot
from docproc.core.cells import plain
from docproc.service.query import Budget, Result, list_viewed, query

router = APIRouter(prefix="/v1/sql", tags=["sql"])
MOST_BYTES = 64 << 20  # of one result
Value = Annotated[str, StringConstraints(max_length=10_000)] | bool | int | float | None
Rows = Annotated[int, Field(ge=1, le=100_000, description="rows at most")]
Seconds = Annotated[float, Field(ge=0.1, le=60, description="seconds at most")]
Values = Annotated[dict[str, Value], Field(max_length=50, description="a value for each :name")]


class Query(BaseModel):
    """One SELECT over the views."""

    model_config = ConfigDict(extra="forbid")
    sql: Annotated[str, StringConstraints(min_length=1, max_length=80_000)]
    parameters: Values = {}
    limit: Rows = 1000
    seconds: Seconds = 10.0


class Table(BaseModel):
    """The rows of a query. `truncated`: there were more than the limit."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    seconds: float


class Column(BaseModel):
    """A column of a view."""

    name: str
    type: str


class View(BaseModel):
    """A view that can be asked."""

    name: str
    columns: list[Column]


class Views(BaseModel):
    """The views that can be asked."""

    views: list[View]


@router.post("", response_model=Table, responses=FORMS)
def ask(ctx: Ctx, _who: Querier, asked: Query, form: Wanted, _slot: QuerySlot) -> Response:
    """The rows of one SELECT over the views, as JSON, JSON Lines or CSV; nothing can be changed this way."""
    began = time.perf_counter()
    result = query(ctx.parts, asked.sql, asked.parameters, Budget(asked.limit, asked.seconds, MOST_BYTES))
    return told(result, form, time.perf_counter() - began, "query")


@router.get("/views")
def views(ctx: Ctx, _who: Querier) -> Views:
    """The views with their columns."""
    return Views(
        views=[
            View(name=one.name, columns=[Column(name=name, type=kind) for name, kind in one.columns])
            for one in list_viewed(ctx.parts)
        ]
    )


def told(result: Result, form: Form, seconds: float, name: str) -> Response:
    """A result in the form that was asked for. In JSON Lines and CSV the header X-Truncated says that rows lack."""
    if form == "json":
        rows = [[plain(cell) for cell in row] for row in result.rows]
        table = Table(columns=result.columns, rows=rows, truncated=result.truncated, seconds=round(seconds, 4))
        return Response(table.model_dump_json(), media_type="application/json")
    lines = (csv_lines if form == "csv" else json_lines)(result.columns, result.rows)
    response = sent(lines, form, name)
    response.headers["X-Truncated"] = str(result.truncated).lower()
    return response
