"""Pages: signing in with an API key, and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from docproc.api import session
from docproc.api.auth import is_open, known, same_origin
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.core.errors import Forbidden, TooMany, Unauthorized

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def sign_in_page(request: Request, ctx: Ctx, next: str = "/") -> Response:
    """The form; where no key is needed, the page that was wanted."""
    if is_open(ctx):
        return RedirectResponse(inside(next), 303)
    return frame.render(request, None, "sign_in.html", next=inside(next), fault="")


@router.post("/sign-in")
def sign_in(
    request: Request, ctx: Ctx, key: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    """Open a session with a key."""
    same_origin(request)
    try:
        holder = known(request, ctx, key.strip())
    except (Unauthorized, TooMany) as error:
        fault = str(error) if isinstance(error, TooMany) else "No key in use reads like this. Is it whole, from dp_ on?"
        return frame.render(
            request, None, "sign_in.html", http_status=error.http_status, next=inside(next), fault=fault
        )
    response = RedirectResponse(inside(next), 303)
    session.open_session(request, response, ctx.serving, holder.id)
    return response


@router.post("/sign-out")
def sign_out(request: Request, ctx: Ctx, csrf: Annotated[str, Form()] = "") -> Response:
    """End the browser's session. Raises Forbidden for a form that is not of this session."""
    same_origin(request)
    cookie = request.cookies.get(session.COOKIE)
    if cookie is not None and not session.matches(session.read(ctx.serving, cookie), csrf):
        raise Forbidden("this form is of another session; reload the page and sign out again", "csrf")
    response = RedirectResponse("/sign-in", 303)
    session.close_session(response)
    return response


def inside(address: str) -> str:
    """An address of this server to go on to; the start page for what is none (another host might phish)."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\", "/sign-"))
    return address if plain and address.isprintable() and "\\" not in address else "/"
