"""Who asks, and whether they may: an API key, a session that was opened with one, or whoever sits at this machine.

A server without any key is open, on its own machine only: its address is a loopback one, requests name a loopback host
(no other site's name that was made to point here), and what changes something comes from its own pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from docproc.api import session
from docproc.api.context import Context, Ctx
from docproc.core.errors import Forbidden, TooMany, Unauthorized
from docproc.service.keys import SCOPES, Holder, any_keys, holder_by_id, holder_of, prefix_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)
BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="`Authorization: Bearer dp_…`")
COOKIE = APIKeyCookie(name=session.COOKIE, auto_error=False, scheme_name="session", description="a browser's session")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `owner` is the number of the key, None where none is needed; `csrf` what a session's page sends back
    with all that changes something, "" where there is no session.
    """

    name: str
    owner: int | None
    scopes: frozenset[str]
    csrf: str = ""


def principal(
    request: Request,
    ctx: Ctx,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
    cookie: Annotated[str | None, Security(COOKIE)] = None,
) -> Principal:
    """Who asks. Raises Unauthorized, Forbidden, TooMany."""
    header = request.headers.get("authorization")
    if header is not None:
        who = _of_key(request, ctx, bearer.credentials if bearer and bearer.scheme.lower() == "bearer" else "")
    elif is_open(ctx):
        own_pages_only(request)
        anybody = Principal(ctx.person, None, frozenset(SCOPES))
        request.state.who = anybody
        return anybody
    elif cookie is not None:
        who = _of_session(request, ctx, cookie)
    else:
        raise Unauthorized("this needs an API key: send Authorization: Bearer dp_…, or sign in")
    seconds = ctx.requests.take(str(who.owner))
    if seconds:
        raise TooMany(f"more than {ctx.serving.rate:g} requests a second with the key {who.name!r}", seconds)
    request.state.csrf, request.state.who = who.csrf, who  # what pages of errors show
    return who


def allowed(scope: str) -> Callable[..., Principal]:
    """A dependency: whoever asks, if they have that scope. Raises what `principal` does, and Forbidden."""

    def permitted(who: Annotated[Principal, Depends(principal)]) -> Principal:
        if scope not in who.scopes:
            raise Forbidden(f"the key {who.name!r} has no scope {scope!r}; make one that has: docproc keys create")
        return who

    return permitted


def scraper(
    request: Request,
    ctx: Ctx,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
    cookie: Annotated[str | None, Security(COOKIE)] = None,
) -> None:
    """A dependency: whoever collects figures, from this machine itself or with the scope `admin`."""
    relayed = {"authorization", "cookie", "forwarded", "x-forwarded-for"} & set(request.headers)
    if request.client is not None and request.client.host in ("127.0.0.1", "::1") and not relayed:
        return
    if "admin" not in principal(request, ctx, bearer, cookie).scopes:
        raise Forbidden("metrics are for keys with the scope 'admin', and for this machine")


Anybody = Annotated[Principal, Depends(principal)]  # any key, whatever its scopes
Reader = Annotated[Principal, Depends(allowed("read"))]
Submitter = Annotated[Principal, Depends(allowed("submit"))]
Reviewer = Annotated[Principal, Depends(allowed("review"))]
Querier = Annotated[Principal, Depends(allowed("sql"))]
Scraper = Annotated[None, Depends(scraper)]
Admin = Annotated[Principal, Depends(allowed("admin"))]


def is_open(ctx: Context) -> bool:
    """Whether who has no key gets in: on loopback only, and from the moment that there is a key no more."""
    return ctx.loopback and not any_keys(ctx.parts.database)


def known(request: Request, ctx: Context, text: str) -> Holder:
    """Whose key this is. Raises Unauthorized; TooMany after many wrong ones from an address, or for one prefix.

    A right key is let in however often others have tried: nobody can lock out its owner, nor who shares an address.
    """
    try:
        return holder_of(ctx.parts.database, text)
    except Unauthorized:
        # Of an IPv6 address the first half: the rest is one customer's to choose from.
        address = ":".join(f"address {request.client.host if request.client else ''}".split(":")[:4])
        seconds = max(ctx.wrong.take(address), ctx.wrong.take(f"prefix {prefix_of(text)}"))
        if seconds:
            raise TooMany("too many wrong keys came from there, or for this key", seconds) from None
        raise


def same_origin(request: Request) -> None:
    """Raises Forbidden where another site's page made the browser send this."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if foreign or (origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()):
        raise Forbidden("another site's page asks for this", "foreign_origin")


def own_pages_only(request: Request) -> None:
    """For a server that is open to its own machine. Raises Forbidden."""
    if not LOOPBACK.fullmatch(request.headers.get("host", "")):
        raise Forbidden("without keys the server answers to localhost only; make one: docproc keys create", "host")
    same_origin(request)


def _of_key(request: Request, ctx: Context, text: str) -> Principal:
    return _principal(known(request, ctx, text))


def _of_session(request: Request, ctx: Context, cookie: str) -> Principal:
    opened = session.read(ctx.serving, cookie)
    same_origin(request)
    if request.method not in SAFE and not session.matches(opened, request.headers.get("x-csrf-token", "")):
        raise Forbidden("the header X-CSRF-Token is missing or of another session; reload the page", "csrf")
    return _principal(holder_by_id(ctx.parts.database, opened.key_id), opened.csrf)


def _principal(holder: Holder, csrf: str = "") -> Principal:
    scopes = frozenset(SCOPES) if "admin" in holder.scopes else holder.scopes
    return Principal(holder.name, holder.id, scopes, csrf)
