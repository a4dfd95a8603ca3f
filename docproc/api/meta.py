"""Routes: whether the server lives, what it is, and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from docproc import __version__
from docproc.api import session
from docproc.api.auth import Anybody, Scraper, is_open, known, same_origin
from docproc.api.context import Ctx
from docproc.core.errors import Unavailable

router = APIRouter(tags=["meta"])


class Health(BaseModel):
    """Whether it is well."""

    status: str


class Version(BaseModel):
    """What runs here."""

    version: str


class Me(BaseModel):
    """Who asks, and what they may."""

    name: str
    scopes: list[str]
    needs_key: bool


class SignIn(BaseModel):
    """What opens a session."""

    model_config = ConfigDict(extra="forbid")
    key: Annotated[str, StringConstraints(max_length=200)]


class SignedIn(BaseModel):
    """An open session; `csrf` goes into the header X-CSRF-Token of all that changes something."""

    name: str
    scopes: list[str]
    csrf: str


@router.get("/livez")
async def livez() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz")
def readyz(ctx: Ctx) -> Health:
    """The database answers, and its schema is this version's; 503 otherwise."""
    if not ctx.parts.database.current():
        raise Unavailable("the database has another version's tables; run: docproc db upgrade")
    return Health(status="ok")


@router.get("/version")
async def version() -> Version:
    """The version of docproc."""
    return Version(version=__version__)


@router.get("/metrics", response_class=PlainTextResponse, openapi_extra={"security": [{}]})
def metrics(ctx: Ctx, _who: Scraper) -> Response:
    """The fleet's figures in Prometheus' text format; for a key with the scope `admin`, or from the same machine."""
    from docproc.service.metrics import new_registry, text  # noqa: PLC0415 - an extra

    return PlainTextResponse(text(new_registry(ctx.parts.database)), media_type="text/plain; version=0.0.4")


@router.get("/v1/me")
def me(ctx: Ctx, who: Anybody) -> Me:
    """Who asks, and what they may."""
    return Me(name=who.name, scopes=sorted(who.scopes), needs_key=not is_open(ctx))


@router.post("/v1/session")
def sign_in(request: Request, response: Response, ctx: Ctx, body: SignIn) -> SignedIn:
    """Open a browser's session with an API key."""
    same_origin(request)
    holder = known(request, ctx, body.key.strip())
    opened = session.open_session(request, response, ctx.serving, holder.id)
    return SignedIn(name=holder.name, scopes=sorted(holder.scopes), csrf=opened.csrf)


@router.delete("/v1/session", status_code=204)
def sign_out(request: Request, response: Response) -> None:
    """End a browser's session."""
    same_origin(request)
    session.close_session(response)
