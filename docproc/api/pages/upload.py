"""Pages: upload. Its script sends the files to the API."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from docproc.api.auth import Submitter
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.service.offer import offered_engines
from docproc.service.questions import every_set

router = APIRouter(include_in_schema=False)
FIRST = "document"  # the set that is chosen where nobody chose before


@router.get("/upload")
def upload(request: Request, ctx: Ctx, who: Submitter, set: str = "", tags: str = "") -> Response:
    """Files, by drag and drop or chosen; `set` and `tags` fill in the form."""
    sets = [one for one in every_set(ctx.parts) if one.questions is not None]
    names = [one.name for one in sets]
    chosen = next((name for name in (set, request.cookies.get("docproc_set", ""), FIRST) if name in names), "")
    return frame.render(
        request,
        who,
        "upload.html",
        active="upload",
        sets=sets,
        chosen=chosen,
        engines=offered_engines(ctx.parts),
        tags=tags[:200],
        most_files=ctx.serving.files,
        most_bytes=ctx.serving.file_bytes,
        request_bytes=ctx.serving.request_bytes,
    )
