"""The app: all routes behind the envelope, with their description in OpenAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from docproc import __version__
from docproc.api import problems
from docproc.api.context import Context
from docproc.api.envelope import Envelope
from docproc.api.following import Following
from docproc.api.job_shapes import BODIES
from docproc.api.routers import PAGES, ROUTERS

_PROBLEMS = problems.documented(400, 401, 403, 404, 409, 413, 422, 429, 503)
_TEXT = (
    "Ask question sets of documents; the answers, each with its evidence, land in SQL. Errors are RFC 9457 problems."
)


def create_app(context: Context) -> FastAPI:
    """The app of one server process. The caller owns what is in the context."""
    app = FastAPI(
        title="docproc",
        version=__version__,
        description=_TEXT,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # FastAPI's page loads its scripts from another host
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.context = context
    app.state.routes = [route for router in (*ROUTERS, *PAGES) for route in router.routes]
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=_PROBLEMS)
    for router in PAGES:
        app.include_router(router)
    app.add_middleware(Envelope, serving=context.serving)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    following = app.state.following = Following(app.state.context.parts)
    async with following.running():
        yield


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas |= {"Problem": problems.SCHEMA, **BODIES}
        app.openapi_schema = made
    return app.openapi_schema
