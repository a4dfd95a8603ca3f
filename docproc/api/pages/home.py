"""Pages: the jobs overview, with live progress."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.service.job_views import OPEN_STATES, Wanted, jobs_page
from docproc.service.status import measure

router = APIRouter(include_in_schema=False)
SHOWN = 40  # jobs a page
STATES = ("running", "succeeded", "partial", "failed", "cancelled")
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
Word = Annotated[str, Query(max_length=255)]


@router.get("/")
def home(
    request: Request, ctx: Ctx, who: Reader, state: Word = "", tag: Word = "", set: Word = "", before: Before = None
) -> Response:
    """The newest jobs before number `before`; `X-Part`: their table alone."""
    wanted = Wanted(state=state if state in STATES else None, set_name=set or None, tag=tag or None)
    jobs, following = jobs_page(ctx.parts, wanted, before, SHOWN)
    fleet = measure(ctx.parts.database)
    values: dict[str, Any] = {
        "jobs": jobs,
        "fleet": fleet,
        "now": {job.job: job for job in fleet.jobs},
        "following": following,
        "busy": before is None and any(job.state in OPEN_STATES for job in jobs),
        "states": STATES,
        "state": wanted.state or "",
        "tag": tag,
        "set": set,
        "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "may_submit": "submit" in who.scopes,
    }
    template = "home_part.html" if frame.is_part(request) else "home.html"
    return frame.render(request, who, template, active="jobs", **values)
