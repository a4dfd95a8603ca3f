"""Pages: the documents, and one: its pages small, its answers by set, what was remarked on it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.api.pages.answers import EVIDENCE, dressed
from docproc.service.library import Wanted, document, document_answers, list_documents, list_pages
from docproc.service.questions import every_set

router = APIRouter(include_in_schema=False)
SHOWN, SMALL = 60, 60  # documents, and pages of a document, at once
STATUSES = ("succeeded", "partial", "failed", "running", "rejected")
Document = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Query(ge=0, le=2**31 - 1)]
Word = Annotated[str, Query(max_length=255)]


@router.get("/documents")
def documents(
    request: Request, ctx: Ctx, who: Reader, name: Word = "", status: Word = "", set: Word = "", before: Number = 0
) -> Response:
    """The documents that came in last, filtered."""
    wanted = Wanted(None, set or None, status if status in STATUSES else None, name.strip() or None)
    found, following = list_documents(ctx.parts, wanted, before or None, SHOWN)
    values: dict[str, Any] = {
        "documents": found,
        "following": following,
        "name": name,
        "status": wanted.status or "",
        "statuses": STATUSES,
        "set": set,
        "sets": [one.name for one in every_set(ctx.parts)],
        "filtered": bool(name.strip() or status or set),
        "may_submit": "submit" in who.scopes,
    }
    return frame.render(request, who, "documents.html", active="documents", **values)


@router.get("/documents/{sha256}")
def one(request: Request, ctx: Ctx, who: Reader, sha256: Document, after: Number = 0) -> Response:
    """A document."""
    found = document(ctx.parts, sha256)
    pages, following = list_pages(ctx.parts, sha256, after, SMALL)
    answers = document_answers(ctx.parts, sha256, None)
    values: dict[str, Any] = {
        "found": found,
        "document": sha256,
        "pages": pages,
        "following": following,
        "first": after == 0,
        "groups": [
            (name, "", [dressed(one, sha256) for one in answers if one.set == name])
            for name in dict.fromkeys(one.set for one in answers)
        ],
        "page": 0,
        "evidence": EVIDENCE,
        "nothing": _why(found.rejected, found.message),
        "may_review": False,
        "review_page": "review" in who.scopes,
    }
    return frame.render(request, who, "document.html", active="documents", **values)


def _why(rejected: str | None, message: str) -> str:
    if rejected:
        return f"The file was not accepted: {message or rejected}"
    return "No question was asked of this document yet, or the work is not done: look at its jobs."
