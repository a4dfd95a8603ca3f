"""Routes: saved queries."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docproc.api.auth import Querier
from docproc.api.context import Ctx
from docproc.api.fields import Line
from docproc.api.rows import FORMS, Wanted
from docproc.api.slots import QuerySlot
from docproc.api.sql import MOST_BYTES, Rows, Seconds, Table, Values, told
from docproc.core.errors import UsageError
from docproc.service import saved
from docproc.service.query import Budget
from docproc.service.saved import find_query, list_queries, remove_query, run_saved, save_query

router = APIRouter(prefix="/v1/queries", tags=["sql"])
QueryName = Annotated[Line, Path(min_length=1, max_length=64, description="the name of a saved query")]
Short = Annotated[Line, StringConstraints(max_length=200)]


class Parameter(BaseModel):
    """A `:name` of a query; without a default, a value must be given."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[Line, StringConstraints(min_length=1, max_length=63)]
    type: Literal["text", "number", "date"] = "text"
    default: Short | None = None
    label: Short = ""


class Draft(BaseModel):
    """A query to be saved; names in it that are not declared are texts."""

    model_config = ConfigDict(extra="forbid")
    sql: Annotated[str, StringConstraints(min_length=1, max_length=80_000)]
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    parameters: Annotated[list[Parameter], Field(max_length=50)] = []


class Saved(BaseModel):
    """A saved query; its revision is its ETag, too."""

    name: str
    description: str
    sql: str
    parameters: list[Parameter]
    author: str
    created: datetime
    updated: datetime
    revision: str


class Queries(BaseModel):
    """All saved queries, by name."""

    queries: list[Saved]


class Run(BaseModel):
    """Values for the parameters, and limits."""

    model_config = ConfigDict(extra="forbid")
    parameters: Values = {}
    limit: Rows = 1000
    seconds: Seconds = 10.0


@router.get("")
def list_saved(ctx: Ctx, _who: Querier) -> Queries:
    """All saved queries."""
    return Queries(queries=[shown(one) for one in list_queries(ctx.parts)])


@router.get("/{name}")
def show(ctx: Ctx, _who: Querier, name: QueryName, response: Response) -> Saved:
    """A saved query."""
    return _tagged(find_query(ctx.parts, name), response)


@router.put("/{name}")
def put(
    ctx: Ctx,
    who: Querier,
    name: QueryName,
    draft: Draft,
    response: Response,
    match: Annotated[str | None, Header(alias="If-Match", max_length=200)] = None,
    none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=200)] = None,
) -> Saved:
    """Save a query. With If-Match, only over that revision; with If-None-Match, only a new one."""
    seen = None if match is None or match.strip() == "*" else match.strip().strip('"')
    if seen is not None and not seen.isalnum():
        raise UsageError('If-Match is no ETag of ours; send the one that came with the query, as "…"')
    parameters = tuple(saved.Parameter(one.name, one.type, one.default, one.label) for one in draft.parameters)
    wanted = saved.Saved(name, draft.description, draft.sql, parameters, who.name)
    return _tagged(save_query(ctx.parts, wanted, "" if none_match is not None else seen), response)


@router.delete("/{name}", status_code=204)
def remove(ctx: Ctx, _who: Querier, name: QueryName) -> None:
    """Remove a saved query."""
    remove_query(ctx.parts, name)


@router.post("/{name}/run", response_model=Table, responses=FORMS)
def run(ctx: Ctx, _who: Querier, name: QueryName, asked: Run, form: Wanted, _slot: QuerySlot) -> Response:
    """The rows of a saved query."""
    began = time.perf_counter()
    result = run_saved(ctx.parts, name, asked.parameters, Budget(asked.limit, asked.seconds, MOST_BYTES))
    return told(result, form, time.perf_counter() - began, name if name.isascii() else "query")


def _tagged(one: saved.Saved, response: Response) -> Saved:
    response.headers["ETag"] = f'"{one.revision}"'
    return shown(one)


def shown(one: saved.Saved) -> Saved:
    return Saved(
        name=one.name,
        description=one.description,
        sql=one.sql,
        parameters=[Parameter(name=p.name, type=p.type, default=p.default, label=p.label) for p in one.parameters],
        author=one.author,
        created=datetime.fromtimestamp(one.created_at, UTC),
        updated=datetime.fromtimestamp(one.updated_at, UTC),
        revision=one.revision,
    )
