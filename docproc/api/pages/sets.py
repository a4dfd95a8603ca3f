"""Pages: the question sets, and one in its editor: checked while it is written, tried on a page, saved as a version."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from docproc.api.auth import Principal, Reader
from docproc.api.context import Ctx
from docproc.api.fields import Line
from docproc.api.pages import frame
from docproc.service.authoring import versions_of
from docproc.service.library import Wanted, list_documents
from docproc.service.questions import every_set, find_set
from docproc.service.trying import engines_to_try

router = APIRouter(include_in_schema=False)
NEW = """\
name: my_set
description: What these documents are
questions:
  - {key: sender, ask: Who wrote it?, type: string, labels: [from, sender]}
  - {key: total, ask: What is the total?, type: money, labels: [total, amount due], merge: last}
"""
_DOCUMENTS, _VERSIONS = 100, 50


@router.get("/sets")
def sets(request: Request, ctx: Ctx, who: Reader, new: Annotated[str, Query(max_length=8)] = "") -> Response:
    """All sets; with `new`, the editor of one that is not there yet."""
    if new:
        one = {"name": "", "origin": "new", "source": NEW, "revision": "", "faults": (), "author": ""}
        return _editor(request, ctx, who, one, [])
    return frame.render(request, who, "sets.html", active="sets", sets=every_set(ctx.parts), may_write=_may(who))


@router.get("/sets/{name}")
def one(request: Request, ctx: Ctx, who: Reader, name: Annotated[Line, Path(min_length=1, max_length=64)]) -> Response:
    """A set in its editor."""
    found = find_set(ctx.parts, name)
    shown = {key: getattr(found, key) for key in ("name", "origin", "source", "revision", "faults", "author")}
    versions = [
        {
            "revision": one.revision,
            "author": one.author,
            "created": one.created_at,
            "retired": gone,
            "source": one.source,
        }
        for one, gone in versions_of(ctx.parts, name)[:_VERSIONS]
    ]
    return _editor(request, ctx, who, shown, versions)


def _editor(
    request: Request, ctx: Ctx, who: Principal, one: dict[str, Any], versions: list[dict[str, Any]]
) -> Response:
    wanted = Wanted(None, None, None, None)
    documents, _ = list_documents(ctx.parts, wanted, None, _DOCUMENTS)
    engines = engines_to_try(ctx.parts)
    values: dict[str, Any] = {
        "set": one,
        "versions": versions,
        "documents": [document for document in documents if document.pages],
        "engines": engines,
        "may_write": _may(who),
    }
    return frame.render(request, who, "set.html", active="sets", **values)


def _may(who: Principal) -> bool:
    return "submit" in who.scopes
