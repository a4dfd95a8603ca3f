"""Errors as RFC 9457 problems, alike from every route, and as pages for whoever looks with a browser."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from docproc.api.pages import frame
from docproc.core.errors import DocprocError, QuestionSetError, TooMany

TYPE = "application/problem+json"
_DETAIL = 2000  # characters
_ERRORS = 100
_WORDS = {400: "usage", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Have an app answer with problems."""
    app.add_exception_handler(DocprocError, _docproc)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def response(request: Request, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """A problem, with what every one has; as a page where a browser opened one of the pages' addresses."""
    told = {
        "type": f"urn:docproc:problem:{problem['code']}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "errors": [],
        "retryable": status in (429, 503),
        **problem,
        "request_id": getattr(request.state, "request_id", ""),
    }
    told["detail"] = _clean(told["detail"])
    if not request.url.path.startswith("/v1") and frame.wants_page(request):
        page = frame.problem_page(request, status, told)
        page.headers.update(headers)
        return page
    # ASCII: a lone surrogate in what is quoted would otherwise make an error of the error.
    return Response(json.dumps(told, separators=(",", ":")), status, dict(headers), TYPE)


def unforeseen(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the caller learns where to find it in the log, and nothing else."""
    log.error("request %s failed", request.state.request_id, exc_info=error)
    detail = f"something went wrong here; tell whoever runs this server: request {request.state.request_id}"
    return response(request, 500, {"code": "internal", "detail": detail}, {})


def of_error(request: Request, error: DocprocError) -> Response:
    """An error of docproc's own."""
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(error.seconds)))
    elif error.http_status == 503:
        headers["Retry-After"] = "5"
    elif error.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    faults = error.faults if isinstance(error, QuestionSetError) else []
    problem = {
        "code": error.code,
        "detail": str(error),
        "errors": [{"detail": _clean(fault)} for fault in faults[:_ERRORS]],
        "retryable": error.retryable,
    }
    return response(request, error.http_status, problem, headers)


async def _docproc(request: Request, error: Exception) -> Response:
    assert isinstance(error, DocprocError)
    return of_error(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # What was sent is not sent back: it may be large, or somebody else's.
    faults = [
        {"where": _clean(".".join(str(part) for part in fault["loc"]), 200), "detail": _clean(fault["msg"], 500)}
        for fault in error.errors()[:_ERRORS]
    ]
    first = f"{faults[0]['where']}: {faults[0]['detail']}" if faults else "the request is not as it should be"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return response(request, 422, {"code": "invalid", "detail": first + more, "errors": faults}, {})


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    word = _WORDS.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))
    detail = str(error.detail)
    if status == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {request.url.path}; /v1/openapi.json says what there is"
    headers = dict(error.headers or {})
    if status == 405:
        detail = f"{request.method} is nothing that {request.url.path} knows"
        headers["Allow"] = ", ".join(sorted(_methods(request)))  # the router tells those of one route alone
    return response(request, status, {"code": word, "detail": detail}, headers)


def _methods(request: Request) -> set[str]:
    """What can be asked of the address of a request: the first path that fits is the one that is meant."""
    routes = request.app.state.routes
    path = next((route.path for route in routes if route.path_regex.match(request.url.path)), "")
    return {method for route in routes if route.path == path for method in route.methods or ()}


def _clean(text: str, most: int = _DETAIL) -> str:
    """Text without control characters but the ends of lines, and of bounded length."""
    kept = "".join(character if character.isprintable() or character == "\n" else "�" for character in text[:most])
    return kept if len(text) <= most else kept + "…"


SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. `code` is a stable word for machines; `detail` a sentence for people.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "errors", "retryable", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "retryable": {"type": "boolean"},
        "request_id": {"type": "string"},
    },
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that may answer with these problems."""
    content = {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}
