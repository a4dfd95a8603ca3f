"""Routes: charts, as data and as pictures; and plots of rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StringConstraints

from docproc.api.auth import Querier, Reader
from docproc.api.context import Ctx
from docproc.api.slots import ChartSlot
from docproc.service.charts import Asked, Chart, Over, chart
from docproc.service.picture import MOST, Kind, Picked, picture
from docproc.service.plots import Theme

router = APIRouter(prefix="/v1/charts", tags=["charts"])
Name = Annotated[
    Literal["throughput", "confidence", "coverage", "reliability", "failures"], Path(description="which chart")
]
SetName = Annotated[str | None, Query(alias="set", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
_FAR = 10**100  # larger numbers have no place on an axis
_Number = Annotated[StrictInt, Field(gt=-_FAR, lt=_FAR)] | Annotated[StrictFloat, Field(gt=-_FAR, lt=_FAR)]
# Strict: a text of digits stays a text, and has its limit.
Cell = Annotated[str, StringConstraints(max_length=2000)] | StrictBool | _Number | None
_SVG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}, "description": "the picture"}
}


class ChartData(BaseModel):
    """What a chart shows. `says` is it in a sentence; without rows, `empty` is why."""

    name: str
    title: str
    says: str
    columns: list[str]
    rows: list[list[Any]]
    empty: str


class Column(BaseModel):
    """A column of rows."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, StringConstraints(max_length=200)]
    values: Annotated[list[Cell], Field(max_length=MOST)]


class Plot(BaseModel):
    """Two columns to be drawn; without `y`, the values of `x` are counted; without `kind`, what suits is drawn."""

    model_config = ConfigDict(extra="forbid")
    x: Column
    y: Column | None = None
    kind: Kind | None = None
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    theme: Theme = "light"
    narrow: StrictBool = False


@router.post("/plot", response_class=Response, responses=_SVG)
def plot(_who: Querier, wanted: Plot, _slot: ChartSlot) -> Response:
    """A plot of rows, as SVG; the header X-Plot says of which kind it is. Nothing is asked of the database."""
    y = Picked(wanted.y.name, wanted.y.values) if wanted.y is not None else None
    x = Picked(wanted.x.name, wanted.x.values)
    kind, svg = picture(x, y, wanted.kind, wanted.theme, wanted.title, wanted.narrow)
    return Response(svg, media_type="image/svg+xml", headers={"X-Plot": kind})


class Look(BaseModel):
    """Of what a chart is wanted, and how it is drawn; `narrow`: for a telephone."""

    model_config = ConfigDict(extra="forbid")
    theme: Theme = "light"
    over: Over = "day"
    set: Annotated[str | None, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")] = None
    narrow: bool = False


@router.get("/{name}.svg", response_class=Response, responses=_SVG)
def drawn(ctx: Ctx, _who: Reader, name: Name, look: Annotated[Look, Query()], _slot: ChartSlot) -> Response:
    """A chart as a picture."""
    svg = chart(ctx.parts, name, Asked(look.over, look.set)).svg(look.theme, look.narrow)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=10"})


@router.get("/{name}")
def data(ctx: Ctx, _who: Reader, name: Name, over: Over = "day", set_name: SetName = None) -> ChartData:
    """The data of a chart."""
    return shown(chart(ctx.parts, name, Asked(over, set_name)))


def shown(found: Chart) -> ChartData:
    """A chart's data, for a face."""
    return ChartData(
        name=found.name,
        title=found.words.title,
        says=found.words.says if found.rows else "",
        columns=list(found.columns),
        rows=[list(row) for row in found.rows],
        empty="" if found.rows else found.empty,
    )
