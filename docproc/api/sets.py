"""Routes: question sets: list, write, check, try."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.exceptions import HTTPException
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docproc.api.auth import Reader, Submitter
from docproc.api.context import Ctx
from docproc.api.fields import Line, Word
from docproc.api.problems import documented
from docproc.api.slots import TrySlot
from docproc.core.errors import UsageError
from docproc.service.authoring import check_source, from_json, put_set, read_set, retire_set, versions_of
from docproc.service.questions import Listed, every_set, find_set, pages_text
from docproc.service.trying import Try, tried

router = APIRouter(prefix="/v1/sets", tags=["sets"])
SetName = Annotated[Line, Path(min_length=1, max_length=64, description="the name of a question set")]
_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")
Match = Annotated[
    str | None, Header(alias="If-Match", max_length=200, description="the ETag of what is changed; else 409")
]
NoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=200, description="*: it must be new")]


class Question(BaseModel):
    """One question of a set."""

    key: str
    ask: str
    type: str
    scope: str
    pages: list[str]
    merge: str
    required: bool
    choices: list[str]
    columns: dict[str, str]


class Set(BaseModel):
    """A question set. `revision` is also its ETag; `faults` keep it from being used."""

    name: str
    origin: str
    description: str
    version: str | None
    revision: str
    questions: int
    author: str | None
    created: datetime | None
    faults: list[str]


class FullSet(Set):
    """A question set with its text."""

    source: str
    asks: list[Question]


class Sets(BaseModel):
    """All sets."""

    sets: list[Set]


class Version(BaseModel):
    """A version of a set that was written here. `retired`: with it the set was taken out of use."""

    revision: str
    version: str | None
    author: str | None
    created: datetime | None
    retired: bool
    source: str


class Versions(BaseModel):
    """The versions, the newest first; none for a set that is a file."""

    versions: list[Version]


class Fault(BaseModel):
    """What is wrong, and where."""

    line: int
    path: str
    detail: str


class Check(BaseModel):
    """What a text is as a set."""

    ok: bool
    faults: list[Fault]
    name: str | None
    version: str | None
    asks: list[Question]


class TryIt(BaseModel):
    """A set (its YAML, or its name) and a page to ask it of."""

    model_config = ConfigDict(extra="forbid")
    source: Annotated[str, StringConstraints(max_length=80_000)] | None = None
    set: Word | None = None
    document: Annotated[Line, StringConstraints(min_length=4, max_length=4096)]
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    engine: Word | None = None


async def written(request: Request) -> str:
    """A dependency: the YAML of a set that came as YAML, as a JSON set, or as {"source": "…"}."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("the body is not UTF-8 text") from error
    if media in _YAML:
        return text
    if media == "application/json":
        return from_json(text)
    raise HTTPException(415, "send the set as application/yaml or application/json")


Written = Annotated[str, Depends(written)]
_SET_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "questions": {"type": "array", "items": {"type": "object"}},
    },
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"type": "string"}}, "application/json": {"schema": _SET_SCHEMA}},
    }
}
# What is checked may be anything: its faults are the answer.
_ANYTHING: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {}}, "application/json": {"schema": {}}},
    }
}


@router.get("")
def list_sets(ctx: Ctx, _who: Reader) -> Sets:
    """All sets by name, wherever they are kept."""
    return Sets(sets=[Set(**_shown(one)) for one in every_set(ctx.parts)])


@router.post("", status_code=201, openapi_extra=BODY, responses=documented(415))
def create(ctx: Ctx, who: Submitter, source: Written, response: Response) -> FullSet:
    """Write a new set; 409 where one of its name was written already."""
    asked = read_set(source, "the set")
    kept = put_set(ctx.parts, asked.name, source, who.name, "")
    response.headers["Location"] = f"{ctx.serving.url}/v1/sets/{kept.name}"
    return _full(kept, response)


@router.post("/check", openapi_extra=_ANYTHING, responses=documented(415))
def check(_who: Reader, source: Written) -> Check:
    """Every fault of a set, each with its place; nothing is kept."""
    checked = check_source(source)
    found = checked.questions
    return Check(
        ok=found is not None,
        faults=[Fault(line=one.line, path=one.path, detail=one.what) for one in checked.faults[:500]],
        name=found.name if found else None,
        version=found.version if found else None,
        asks=_asks(found) if found else [],
    )


@router.post("/try")
def try_it(ctx: Ctx, _who: Submitter, wanted: TryIt, _slot: TrySlot) -> dict[str, Any]:
    """Ask a set of one stored page now; nothing is kept. `answers` as in results, by key, with boxes."""
    if (wanted.source is None) == (wanted.set is None):
        raise UsageError("say which set is to be tried: its source, or its name")
    source = wanted.source if wanted.source is not None else find_set(ctx.parts, wanted.set or "").source
    return tried(ctx.parts, Try(source, wanted.document, wanted.page, wanted.engine))


@router.get("/{name}")
def show(ctx: Ctx, _who: Reader, name: SetName, response: Response) -> FullSet:
    """A set with its text; its ETag is its revision."""
    return _full(find_set(ctx.parts, name), response)


@router.put("/{name}", openapi_extra=BODY, responses=documented(415))
def put(
    ctx: Ctx,
    who: Submitter,
    name: SetName,
    source: Written,
    response: Response,
    match: Match = None,
    none_match: NoneMatch = None,
) -> FullSet:
    """Write a set, new or changed. With If-Match, only on top of that revision; without, on top of any."""
    seen = "" if none_match is not None else _revision(match)
    return _full(put_set(ctx.parts, name, source, who.name, seen), response)


@router.delete("/{name}", status_code=204)
def retire(ctx: Ctx, who: Submitter, name: SetName, match: Match = None) -> None:
    """Take a set that was written here out of use; jobs, answers and views stay, and so do its versions."""
    retire_set(ctx.parts, name, who.name, _revision(match))


@router.get("/{name}/versions")
def versions(ctx: Ctx, _who: Reader, name: SetName) -> Versions:
    """All versions of a set that was written here."""
    return Versions(
        versions=[
            Version(
                revision=one.revision,
                version=one.questions.version if one.questions else None,
                author=one.author or None,
                created=_time(one.created_at),
                retired=retired,
                source=one.source,
            )
            for one, retired in versions_of(ctx.parts, name)
        ]
    )


def _revision(match: str | None) -> str | None:
    """The revision that an If-Match names; None: any."""
    if match is None or match.strip() == "*":
        return None
    revision = match.strip().removeprefix("W/").strip('"')
    if not revision.isalnum():
        raise UsageError('If-Match is no ETag of ours; send the one that came with the set, as "…"')
    return revision


def _full(one: Listed, response: Response) -> FullSet:
    response.headers["ETag"] = f'"{one.revision}"'
    return FullSet(**_shown(one), source=one.source, asks=_asks(one.questions) if one.questions else [])


def _shown(one: Listed) -> dict[str, Any]:
    found = one.questions
    return {
        "name": one.name,
        "origin": one.origin,
        "description": found.description if found else "",
        "version": found.version if found else None,
        "revision": one.revision,
        "questions": len(found.questions) if found else 0,
        "author": one.author or None,
        "created": _time(one.created_at),
        "faults": list(one.faults),
    }


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _asks(found: Any) -> list[Question]:
    return [
        Question(
            key=q.key,
            ask=q.ask,
            type=q.kind,
            scope=q.scope,
            pages=[pages_text(pages) for pages in q.pages],
            merge=q.merge,
            required=q.required,
            choices=list(q.choices),
            columns={column.name: column.kind for column in q.columns},
        )
        for q in found.questions
    ]
