"""Pages: the frame that all of them stand in, static files, errors as pages, signing in and out.

`render(request, who, template, **values)` is what a page's route returns. Templates extend `base.html`; those that
only a part of a page is made of (`X-Part`, see `static/base.js`) are rendered by the same call.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from docproc.api.pages import wording

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).resolve().parents[1]
STATIC = StaticFiles(directory=FOLDER / "static")
# With "no-referrer" a browser would tell "Origin: null" of the forms here, as if another site had sent them.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
THEME = "docproc_theme"  # the cookie that base.js writes
# (what `active` is called, address, name, the scope that it needs)
NAVIGATION = (
    ("jobs", "/", "Jobs", "read"),
    ("documents", "/documents", "Documents", "read"),
    ("review", "/review", "Review", "review"),
    ("search", "/search", "Search", "read"),
    ("sql", "/sql", "SQL", "sql"),
    ("sets", "/sets", "Question sets", "read"),
    ("charts", "/charts", "Charts", "read"),
)


class Who(Protocol):
    """Who asks; `owner` is the id of the API key, None on a server that asks for none."""

    @property
    def name(self) -> str: ...
    @property
    def owner(self) -> int | None: ...
    @property
    def scopes(self) -> frozenset[str]: ...


def render(request: Request, who: Who | None, template: str, *, http_status: int = 200, **values: Any) -> HTMLResponse:
    """A page. `active` among the values names its entry in NAVIGATION; `who` None: nobody has signed in."""
    theme = request.cookies.get(THEME)
    shared = {
        "who": who,
        "theme": theme if theme in ("light", "dark") else None,
        "csrf": getattr(request.state, "csrf", ""),
        "signed_in": who is not None and who.owner is not None,
        "navigation": NAVIGATION,
        "active": "",
    }
    text = _environment().get_template(template).render({**shared, "http_status": http_status, **values})
    return HTMLResponse(text, http_status, headers=HEADERS)


def is_part(request: Request) -> bool:
    """Whether the page's own script asks for the part that changes, without the frame."""
    return "x-part" in request.headers


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, by opening an address: then an error is told as a page."""
    return "text/html" in request.headers.get("accept", "") and not is_part(request)


def problem_page(request: Request, status: int, problem: dict[str, Any]) -> Response:
    """A problem (its RFC 9457 object) as a page. Who has not signed in is asked to, and comes back afterwards."""
    if status == 401:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", 303)
    told = {name: problem.get(name) for name in ("title", "detail", "code", "errors", "retryable", "request_id")}
    if status == 404 and told["detail"] and str(told["detail"]).startswith("there is nothing at "):
        told["detail"] = f"There is nothing at {request.url.path}."  # the rest of it is for programs
    return render(request, getattr(request.state, "who", None), "problem.html", http_status=status, **told)


@router.get("/static/{path:path}")
async def static_file(request: Request, path: str) -> Response:
    """A style, script or picture; asked again each time, answered 304 where it is unchanged."""
    response = await STATIC.get_response(path, request.scope)
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = "/static/{}".format
    made.filters.update(wording.FILTERS)
    return made
