"""Routes: jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.concurrency import run_in_threadpool

from docproc.api import cursors, events, job_shapes
from docproc.api.auth import Reader, Submitter
from docproc.api.context import Ctx
from docproc.api.fields import Cursor, JobId, Limit, Line, Word
from docproc.api.following import Following
from docproc.api.job_forms import submitted
from docproc.api.job_shapes import Files, FileStatus, Job, Jobs, Retried, State
from docproc.api.problems import documented
from docproc.core.errors import Conflict, UsageError
from docproc.service import jobs as verbs
from docproc.service.job_views import OPEN_STATES, Wanted, files_page, job_of, jobs_page, retry_job
from docproc.service.parts import Parts

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_LONGEST = 60.0  # seconds of a long poll
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["document", "pages", "job"]},
        "id": {"type": "string"},
        "data": {"type": "string", "description": "a File for `document`, else the Job, as JSON"},
    },
}
_STREAM: dict[str, Any] = {"content": {"text/event-stream": {"schema": _EVENT}}, "description": "Events"}


class Filters(BaseModel):
    """Which jobs, and which page of them."""

    model_config = ConfigDict(extra="forbid")
    state: State | None = None
    set: Word | None = None
    engine: Word | None = None
    reference: Annotated[Line, StringConstraints(min_length=1, max_length=255)] | None = None
    tag: Word | None = None
    limit: Limit = 50
    cursor: Cursor = None


class FileFilters(BaseModel):
    """Which files, and which page of them."""

    model_config = ConfigDict(extra="forbid")
    status: FileStatus | None = None
    limit: Limit = 100
    cursor: Cursor = None


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"$ref": "#/components/schemas/JobForm"}},
            "application/json": {"schema": {"$ref": "#/components/schemas/JobOfStored"}},
        },
    }
}
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="sent again with it, a request does nothing",
    ),
]


@router.post("", status_code=202, openapi_extra=_BODY, responses=documented(415))
async def submit(
    request: Request,
    response: Response,
    ctx: Ctx,
    who: Submitter,
    key: IdempotencyKey = None,
) -> Job:
    """Submit files, or name files that are here by their SHA-256; they are read, and what is asked of them answered."""
    row, created = await submitted(request, ctx, who, key)
    response.headers["Location"] = f"{ctx.serving.url}/v1/jobs/{row.id}"
    response.headers["Retry-After"] = "1"
    if not created:
        response.headers["Idempotency-Replayed"] = "true"
    return job_shapes.job(row)


@router.get("")
def list_jobs(ctx: Ctx, _who: Reader, wanted: Annotated[Filters, Query()]) -> Jobs:
    """Jobs, the newest first."""
    filters = Wanted(wanted.state, wanted.set, wanted.engine, wanted.reference, wanted.tag)
    rows, after = jobs_page(ctx.parts, filters, cursors.number(wanted.cursor, "before"), wanted.limit)
    return Jobs(jobs=[job_shapes.job(row) for row in rows], next=after and cursors.encode({"before": after}))


@router.get("/{job_id}")
async def show(
    request: Request,
    ctx: Ctx,
    _who: Reader,
    job_id: JobId,
    wait: Annotated[float, Query(ge=0, le=_LONGEST, description="seconds to wait for its end")] = 0.0,
) -> Job:
    """A job: how it stands now; with `wait`, when it has ended or that time is over."""
    row = await run_in_threadpool(job_of, ctx.parts, job_id)
    if wait and row.state in OPEN_STATES:
        await _following(request).ended(job_id, min(wait, ctx.serving.stream_seconds))
        row = await run_in_threadpool(job_of, ctx.parts, job_id)
    return job_shapes.job(row)


@router.get("/{job_id}/events", responses={200: _STREAM, 204: {"description": "The job has ended, and that was told"}})
async def follow(
    request: Request,
    ctx: Ctx,
    _who: Reader,
    job_id: JobId,
    last: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> Response:
    """What happens to a job, as it happens: `document` (a file has ended), `pages` (the counts), `job` (its state)."""
    row = await run_in_threadpool(job_of, ctx.parts, job_id)
    place = events.place_of(last)
    if events.told_all(row, place):
        return Response(status_code=204)  # which tells a browser not to come again
    told = events.stream(_following(request), job_id, place, ctx.serving.stream_seconds)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/{job_id}/files")
def list_files(ctx: Ctx, _who: Reader, job_id: JobId, wanted: Annotated[FileFilters, Query()]) -> Files:
    """The files of a job with what became of them, failed pages listed."""
    after = cursors.number(wanted.cursor, "after") or 0
    rows, last = files_page(ctx.parts, job_id, wanted.status, after, wanted.limit)
    return Files(files=[job_shapes.file(row) for row in rows], next=last and cursors.encode({"after": last}))


@router.post("/{job_id}/cancel")
def cancel(ctx: Ctx, _who: Submitter, job_id: JobId) -> Job:
    """Cancel a job; pages in hand are finished and kept."""
    return _changed(ctx.parts, job_id, verbs.cancel)


@router.post("/{job_id}/pause")
def pause(ctx: Ctx, _who: Submitter, job_id: JobId) -> Job:
    """Let a job rest; pages in hand are finished."""
    return _changed(ctx.parts, job_id, verbs.pause)


@router.post("/{job_id}/resume")
def resume(ctx: Ctx, _who: Submitter, job_id: JobId) -> Job:
    """Go on with a job that rests."""
    job = _changed(ctx.parts, job_id, verbs.resume)
    ctx.queue.ring("io")
    ctx.queue.ring("raster")
    ctx.queue.ring("gpu")
    return job


@router.post("/{job_id}/retry", status_code=202)
def retry(ctx: Ctx, _who: Submitter, job_id: JobId) -> Retried:
    """Put the failed and cancelled pages of an ended job back to work; what has succeeded is left alone."""
    row, pages = retry_job(ctx.parts, ctx.queue, job_id)
    return Retried(job=job_shapes.job(row), pages=pages)


def _changed(parts: Parts, job_id: int, change: Callable[[Parts, int], str]) -> Job:
    """Raises Conflict for a job whose state does not allow it."""
    before = job_of(parts, job_id)
    try:
        change(parts, job_id)
    except UsageError as error:
        raise Conflict(f"job {job_id} is {before.state}, which does not allow that") from error
    return job_shapes.job(job_of(parts, job_id))


def _following(request: Request) -> Following:
    found: Following = request.app.state.following
    return found
