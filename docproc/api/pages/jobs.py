"""Pages: one job: how far it is, its files with their outcome, what failed and why, its results."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.service.job_views import OPEN_STATES, files_page, hindrance, job_of
from docproc.service.status import measure

router = APIRouter(include_in_schema=False)
SHOWN = 100  # files a page
TOLD = 500  # files whose failures are counted by reason
STATUSES = ("running", "succeeded", "partial", "failed", "cancelled")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/jobs/{job_id}")
def job(
    request: Request,
    ctx: Ctx,
    who: Reader,
    job_id: Number,
    status: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """A job; `X-Part`: what of it changes while it is worked on."""
    wanted = status if status in STATUSES else None
    found = job_of(ctx.parts, job_id)
    files, following = files_page(ctx.parts, job_id, wanted, after, SHOWN)
    opened = found.state in OPEN_STATES
    now = next((one for one in measure(ctx.parts.database).jobs if one.job == job_id), None) if opened else None
    reasons: Counter[str] = Counter()
    for ended in ("failed", "partial") if found.pages.get("failed") else ():
        troubled, _ = files_page(ctx.parts, job_id, ended, 0, TOLD)
        reasons.update(code for file in troubled for _, code, _ in file.failures)
    values: dict[str, Any] = {
        "job": found,
        "now": {job_id: now} if now else {},
        "open": opened,
        "hindrance": hindrance(ctx.parts, found) if opened and not (now and now.rate) else None,
        "files": files,
        "following": following,
        "statuses": [name for name in STATUSES if found.documents.get(name)],
        "status": wanted or "",
        "reasons": reasons.most_common(),
        "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "may_submit": "submit" in who.scopes,
    }
    if frame.is_part(request):
        response = frame.render(request, who, "job_part.html", active="jobs", **values)
        if not opened:
            response.headers["X-Part-Final"] = "1"
        return response
    return frame.render(request, who, "job.html", active="jobs", **values)
