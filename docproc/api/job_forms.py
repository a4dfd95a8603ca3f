"""A job as it is submitted: a form with files, or JSON that names files which are here; both become an order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from docproc.api.auth import Principal
from docproc.api.context import Context
from docproc.api.forms import Form, received
from docproc.api.job_shapes import Asked, JobFields, JobOfStored
from docproc.core.errors import UsageError
from docproc.service.addresses import target
from docproc.service.fetch import fetch_all
from docproc.service.inline_set import inline_set
from docproc.service.job_views import JobRow, job_submitted
from docproc.service.submit import File, IdempotencyKey, Order, submit
from docproc.service.upload import ready, stored

Fields = TypeVar("Fields", bound=Asked)
Submitted = tuple[JobRow, bool]  # the job; False: it came before, with the same key
_MANY = ("tags",)
_JSON = re.compile(r"application/json\s*(;.*)?", re.IGNORECASE)


async def submitted(request: Request, ctx: Context, who: Principal, key: str | None) -> Submitted:
    """Enter the job that a request describes. Raises what is wrong with it; then nothing of it is left."""
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        async with received(request, ctx) as form:
            return await run_in_threadpool(_of_form, ctx, who, key, form)
    if not _JSON.fullmatch(kind):
        raise HTTPException(415, "a job comes as multipart/form-data with files, or as application/json")
    body = await request.body()
    return await run_in_threadpool(_of_json, ctx, who, key, body)


def _of_form(ctx: Context, who: Principal, key: str | None, form: Form) -> Submitted:
    values: dict[str, Any] = {}
    for name, given in form.fields.items():
        if name in _MANY:
            values[name] = given
        elif len(given) > 1:
            raise UsageError(f"the field {name[:50]!r} came {len(given)} times")
        elif given[0] or name not in JobFields.model_fields:  # an empty field of a page's form says nothing
            values[name] = given[0]
    fields = _validated(JobFields, values)
    if not form.uploads:
        raise UsageError("a job needs one file at least, in the field 'files'")
    order = ready(ctx.parts, _order(ctx, who, fields, fields.question_set))
    return _entered(ctx, order, fields, [upload.keep() for upload in form.uploads], key)


def _of_json(ctx: Context, who: Principal, key: str | None, body: bytes) -> Submitted:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON") from error
    fields = _validated(JobOfStored, values)
    order = _order(ctx, who, fields, fields.question_set)
    if not fields.files and not fields.urls:
        raise UsageError("a job needs one file at least, in `files` or `urls`")
    files = [stored(ctx.parts, file.sha256, file.name) for file in fields.files]
    if fields.urls:
        order = ready(ctx.parts, order)
        files += fetch_all(ctx.parts, fields.urls)
    return _entered(ctx, order, fields, files, key)


def _order(ctx: Context, who: Principal, fields: Asked, questions: str | dict[str, Any] | None) -> Order:
    if fields.webhook is not None:
        target(fields.webhook, ctx.parts.outgoing.hooks)
    return Order(
        set_name=fields.set,
        engine=fields.engine,
        priority=fields.priority,
        tags=tuple(fields.tags),
        reference=fields.reference,
        webhook=fields.webhook,
        owner=who.owner,
        question_set=None if questions is None else inline_set(ctx.parts, questions),
    )


def _entered(ctx: Context, order: Order, fields: Asked, files: Sequence[File], key: str | None) -> Submitted:
    once = None
    if key is not None:
        asked = {
            **fields.model_dump(mode="json", exclude={"files"}),
            "files": [[one.name, one.sha256] for one in files],
        }
        fingerprint = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        once = IdempotencyKey(order.owner or 0, key, fingerprint)
    ticket = submit(ctx.parts, ctx.queue, order, files, once)
    return job_submitted(ctx.parts, ticket, len(files)), ticket.created


def _validated(kind: type[Fields], values: Any) -> Fields:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error
