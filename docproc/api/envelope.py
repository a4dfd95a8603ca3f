"""What every request and every answer goes through: an id, the limit of its body, headers, and what nobody foresaw."""

from __future__ import annotations

import re
import secrets

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docproc.api import problems
from docproc.api.limits import BODY, limited
from docproc.core.errors import DocprocError, Forbidden, UsageError
from docproc.service.serving import Serving

# The pages' scripts and styles are files of their own; pictures may come as data: (previews of what is uploaded).
CSP = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UPLOAD = ("POST", "/v1/jobs")


class Envelope:
    """An ASGI app around another one. Nothing of a request reaches the inner one before it was looked at here."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app, self._serving = app, serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As of ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request.state.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        started = False

        async def enveloped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add(request, MutableHeaders(raw=message["headers"]))
            await send(message)

        try:
            counted = limited(scope, receive, self._most(request), self._serving.patience)
            self._look(request)
            await self._app(scope, counted, enveloped)
        except DocprocError as error:
            if started:
                raise
            await problems.of_error(request, error)(scope, receive, enveloped)
        except Exception as error:
            if started:
                raise
            await problems.unforeseen(request, error)(scope, receive, enveloped)

    def _most(self, request: Request) -> int:
        """The bytes that a body may have: files come by one route."""
        return self._serving.request_bytes if (request.method, request.url.path) == _UPLOAD else BODY

    def _look(self, request: Request) -> None:
        host = request.headers.get("host", "").lower()
        if (
            self._serving.hosts
            and host.rsplit(":", 1)[0] not in self._serving.hosts
            and host not in self._serving.hosts
        ):
            raise Forbidden(
                "this server does not answer to that host name; DOCPROC_API_HOSTS lists those it does", "host"
            )
        # No name here has one, and PostgreSQL takes none.
        if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]:
            raise UsageError("an address has no NUL character")

    @staticmethod
    def _add(request: Request, headers: MutableHeaders) -> None:
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers["X-Request-ID"] = request.state.request_id
        headers.setdefault("Cache-Control", "no-store")
