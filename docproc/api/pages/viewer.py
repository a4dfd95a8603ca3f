"""Pages: the page viewer: the page's image, boxes over it, answers beside it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.api.pages.answers import EVIDENCE, dressed
from docproc.service.page import OnePage, page
from docproc.service.review_lists import history

router = APIRouter(include_in_schema=False)
REMEMBERED = 300  # entries of the document's history of reviews that are looked through


@router.get("/documents/{sha256}/pages/{number}")
def viewer(
    request: Request,
    ctx: Ctx,
    who: Reader,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    number: Annotated[int, Path(ge=1, le=10_000_000)],
    q: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """A page, with the words of `q` marked on it; `X-Part`: its answers alone."""
    found = page(ctx.parts, sha256, number)
    entries, _ = history(ctx.parts, {}, sha256, None, REMEMBERED)
    groups = []
    for name in dict.fromkeys(one.set for one in found.answers):
        for own, note in ((True, "asked of this page"), (False, "asked of the document")):
            answers = [one for one in found.answers if one.set == name and bool(one.number) == own]
            if answers:
                groups.append((name, note, [dressed(one, sha256, entries) for one in answers]))
    values: dict[str, Any] = {
        "found": found,
        "groups": groups,
        "page": number,
        "document": sha256,
        "query": q.strip(),
        "evidence": EVIDENCE,
        "nothing": _nothing(found),
        "may_review": "review" in who.scopes,
        "here": request.url.path,
    }
    template = "answers.html" if frame.is_part(request) else "viewer.html"
    return frame.render(request, who, template, active="documents", **values)


def _nothing(found: OnePage) -> str:
    if found.blank:
        return "The page is blank; nothing was asked of it."
    failed = [step for step in found.steps if step.state == "failed"]
    if failed:
        return f"The page failed: {failed[0].error_code}. {failed[0].error or ''}"
    if any(step.state in ("waiting", "ready", "leased") for step in found.steps):
        return "The page is being worked on."
    return "No question was asked of this page, or its answers stand on another one: look at the document."
