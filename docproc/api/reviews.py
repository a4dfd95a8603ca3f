"""Routes: reviews."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from docproc.api import cursors
from docproc.api.auth import Reader, Reviewer
from docproc.api.context import Ctx
from docproc.api.fields import Line
from docproc.core.errors import UsageError
from docproc.service import review, review_lists
from docproc.service.review import Reviewed, Say
from docproc.service.review_lists import Filters, Logged, Mark, ToReview

router = APIRouter(tags=["reviews"])

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="a document, by the SHA-256 of its bytes")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
_MOST = 2**31 - 1  # a number of a row
Id = Annotated[int, Field(ge=0, le=_MOST)]
Fraction = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]
Cursor = Annotated[str | None, Query(max_length=1024, description="where the list goes on: `next` of the last reply")]


class Said(BaseModel):
    """What a reviewer says of one answer.

    `accept` the value that stands, `correct` it (with `value`, as JSON or as typed text), say that it is `absent`, or
    `clear` the review. `answer_id` and `log_id` are those of the answer that was seen: where another one stands by now,
    nothing is stored (409). One that is left out is not compared.
    """

    model_config = ConfigDict(extra="forbid")
    document: Sha256
    number: Annotated[int, Field(ge=0, le=10_000_000, description="a page; 0: the document's own answer")] = 0
    set: Name
    key: Name
    action: Literal["accept", "correct", "absent", "clear"]
    value: Any = None
    boxes: Annotated[
        list[Annotated[list[Fraction], Field(min_length=5, max_length=5)]] | None,
        Field(max_length=256, description="[page, left, top, right, bottom], fractions of the page"),
    ] = None
    note: Annotated[str, Field(max_length=2000)] = ""
    answer_id: Id | None = None
    log_id: Id | None = None


class Undo(BaseModel):
    """What is taken back: a row of the log, or (null) the last thing that the reviewer said."""

    model_config = ConfigDict(extra="forbid")
    log_id: Id | None = None


class Queue(BaseModel):
    """Answers that wait for a person. `next` is the cursor of what follows, null at the end."""

    items: list[ToReview]
    next: str | None


class History(BaseModel):
    """What was said, the newest first. `next` is the cursor of what follows, null at the end."""

    items: list[Logged]
    next: str | None


class QueueQuery(BaseModel):
    """Which answers are wanted, the least sure first; those that nobody has reviewed where `state` is not said."""

    model_config = ConfigDict(extra="forbid")
    set: Name | None = None
    key: Name | None = None
    engine: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] = None
    document: Sha256 | None = None
    job: Id | None = None
    below: Annotated[float | None, Field(ge=0, le=1.1, allow_inf_nan=False, description="a confidence")] = None
    status: Literal["ok", "absent", "invalid", "unreadable", "missing"] | None = None
    state: Literal["open", "reviewed", "all"] = "open"
    pages: Annotated[bool, Field(description="the answers of pages, too; of a document that is named")] = False
    limit: Limit = 50
    cursor: Cursor = None


class HistoryQuery(BaseModel):
    """Which reviews are wanted, the newest first."""

    model_config = ConfigDict(extra="forbid")
    document: Sha256 | None = None
    number: Annotated[int | None, Field(ge=0, le=10_000_000)] = None
    set: Name | None = None
    key: Name | None = None
    reviewer: Annotated[Line | None, Field(max_length=128)] = None
    limit: Limit = 50
    cursor: Cursor = None


@router.get("/v1/reviews/queue")
def queue(ctx: Ctx, _who: Reader, wanted: Annotated[QueueQuery, Query()]) -> Queue:
    """The documents' answers that wait for a person, the least sure first."""
    filters = Filters(
        wanted.set,
        wanted.key,
        wanted.engine,
        wanted.document,
        wanted.job,
        wanted.below,
        wanted.status,
        wanted.state,
        wanted.pages,
    )
    items, after = review_lists.queue(ctx.parts, filters, _mark(wanted.cursor), wanted.limit)
    names = ("by", "document", "set", "key", "number")
    return Queue(items=items, next=after and cursors.encode(dict(zip(names, after, strict=True))))


@router.post("/v1/reviews")
def say(ctx: Ctx, who: Reviewer, body: Said) -> Reviewed:
    """Say what an answer is. The answer itself is kept; views show the review, whatever is answered later."""
    said = Say(
        body.document,
        body.number,
        body.set,
        body.key,
        body.action,
        who.name[:128],
        body.value,
        body.boxes,
        body.note,
        body.answer_id,
        body.log_id,
    )
    return review.say(ctx.parts, said)


@router.post("/v1/reviews/undo")
def undo(ctx: Ctx, who: Reviewer, body: Undo) -> Reviewed:
    """Take a review back: what held before it holds again. The log keeps both."""
    return review.undo(ctx.parts, who.name[:128], body.log_id)


@router.get("/v1/reviews")
def history(ctx: Ctx, _who: Reader, wanted: Annotated[HistoryQuery, Query()]) -> History:
    """All that was ever said, the newest first."""
    where = {"reviewer": wanted.reviewer, "set_name": wanted.set, "key": wanted.key, "number": wanted.number}
    before = cursors.number(wanted.cursor, "before")
    items, after = review_lists.history(ctx.parts, where, wanted.document, before, wanted.limit)
    return History(items=items, next=after and cursors.encode({"before": after}))


def _mark(cursor: str | None) -> Mark | None:
    if cursor is None:
        return None
    values = cursors.decode(cursor)
    by, document, name, key, number = (values.get(part) for part in ("by", "document", "set", "key", "number"))
    if (
        isinstance(by, float | int)
        and isinstance(name, str)
        and isinstance(key, str)
        and type(document) is int
        and type(number) is int
        and 0 <= document <= _MOST
        and 0 <= number <= _MOST
    ):
        return float(by), document, name, key, number
    raise UsageError("this cursor is of another list; leave it out to begin at the start", "bad_cursor")
