"""Routes: results by job, document and page, as JSON, JSON Lines or CSV; they can be fetched any number of times."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from docproc.api import cursors
from docproc.api.auth import Reader
from docproc.api.context import Ctx
from docproc.api.documents import Document, Number, SetName
from docproc.api.fields import Cursor, JobId
from docproc.api.rows import FORMS, Wanted, csv_lines, sent
from docproc.core.cells import dump
from docproc.service import results

router = APIRouter(tags=["results"])
Limit = Annotated[int, Query(ge=1, le=500, description="files of a page at most; JSON Lines and CSV have all")]


class JobResults(BaseModel):
    """Files of a job as `docproc run --json` prints them, with set and engine. `next`: the cursor of what follows."""

    results: list[dict[str, Any]]
    next: str | None


class Results(BaseModel):
    """What stands for a document (page 0) or a page: set → key → answer."""

    document: str
    page: int
    sets: dict[str, dict[str, Any]]


@router.get("/v1/jobs/{job_id}/results", response_model=JobResults, responses=FORMS)
def of_job(  # FastAPI's way of naming what is asked
    ctx: Ctx, _who: Reader, job_id: JobId, form: Wanted, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """A job's results, finished or not. JSON: a page of files. JSON Lines: a file a line. CSV: an answer a line."""
    if form == "csv":
        return sent(csv_lines(results.COLUMNS, results.job_rows(ctx.parts, job_id)), form, f"job-{job_id}")
    if form == "jsonl":
        lines = results.job_lines(ctx.parts, job_id)
        return sent((dump(line) + "\n" for line in lines), form, f"job-{job_id}")
    after = max(0, cursors.number(cursor, "after") or 0)
    found, following = results.job_page(ctx.parts, job_id, after, limit)
    return JSONResponse({"results": found, "next": following and cursors.encode({"after": following})})


@router.get("/v1/documents/{sha256}/results", response_model=Results, responses=FORMS)
def of_document(ctx: Ctx, _who: Reader, sha256: Document, form: Wanted, set_name: SetName = None) -> Response:
    """What stands for a document as a whole, for all sets or one."""
    return _told(results.document_results(ctx.parts, sha256, set_name), form)


@router.get("/v1/documents/{sha256}/pages/{number}/results", response_model=Results, responses=FORMS)
def of_page(
    ctx: Ctx, _who: Reader, sha256: Document, number: Number, form: Wanted, set_name: SetName = None
) -> Response:
    """What stands for a page, for all sets or one."""
    return _told(results.page_results(ctx.parts, sha256, number, set_name), form)


def _told(found: dict[str, Any], form: str) -> Response:
    name = f"{found['document'][:12]}-{found['page']}" if found["page"] else found["document"][:12]
    if form == "csv":
        return sent(csv_lines(results.COLUMNS, results.rows_of(found)), "csv", name)
    if form == "jsonl":
        head = {"document": found["document"], "page": found["page"]}
        rows = (
            {**head, "set": set_name, "key": key, **answer}
            for set_name, keys in found["sets"].items()
            for key, answer in keys.items()
        )
        return sent((dump(row) + "\n" for row in rows), "jsonl", name)
    return JSONResponse(found)
