"""Pages: review, the least sure answers first. Its script asks the API for the queue and tells it what was said."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from docproc.api.auth import Reviewer
from docproc.api.context import Ctx
from docproc.api.pages import frame
from docproc.service.questions import every_set

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Field(max_length=64)]
BELOW = (("0.5", "less than 50 %"), ("0.8", "less than 80 %"), ("0.95", "less than 95 %"))
STATUSES = (("ok", "has a value"), ("absent", "absent"), ("invalid", "invalid"), ("missing", "missing"))


class Filters(BaseModel):
    """What is reviewed; empty: everything."""

    set: Word = ""
    key: Word = ""
    below: Word = ""
    status: Word = ""
    document: Word = ""
    job: Word = ""


@router.get("/review")
def review(request: Request, ctx: Ctx, who: Reviewer, filters: Annotated[Filters, Query()]) -> Response:
    """The page; what it is filtered by stands in its address."""
    sets = {
        one.name: [question.key for question in one.questions.questions]
        for one in every_set(ctx.parts)
        if one.questions is not None
    }
    wanted = filters.model_dump()
    values: dict[str, Any] = {
        **wanted,
        "sets": list(sets),
        "keys": sets.get(filters.set) or sorted({name for names in sets.values() for name in names}),
        "belows": BELOW,
        "statuses": STATUSES,
        "wanted": {name: value for name, value in wanted.items() if value},
        "may_submit": "submit" in who.scopes,
    }
    return frame.render(request, who, "review.html", active="review", **values)
