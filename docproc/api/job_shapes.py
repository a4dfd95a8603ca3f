"""What the routes of jobs take and give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docproc.api.fields import Line, Sha256, Word
from docproc.service.job_views import FileRow, JobRow

State = Literal["queued", "running", "paused", "cancelling", "succeeded", "partial", "failed", "cancelled"]
FileStatus = Literal["running", "succeeded", "partial", "failed", "cancelled"]
Tag = Annotated[Line, StringConstraints(min_length=1, max_length=64)]
Questions = Annotated[str, StringConstraints(min_length=1, max_length=200_000)]
_INLINE = "a question set itself, as YAML or JSON; then `set` is not looked at"


class StoredFile(BaseModel):
    """A file that is here already."""

    model_config = ConfigDict(extra="forbid")
    sha256: Sha256
    name: Annotated[Line, StringConstraints(min_length=1, max_length=255)] | None = None


class Asked(BaseModel):
    """What is wanted of files."""

    model_config = ConfigDict(extra="forbid")
    set: Word = Field("document", description="the question set, by name")
    engine: Word | None = Field(None, description="the engine; else the configured one")
    priority: int = Field(0, ge=-100, le=100, description="the higher comes first")
    tags: list[Tag] = Field(default_factory=list, max_length=32)
    reference: Annotated[Line, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="what you call it; lists can be filtered by it"
    )
    webhook: Annotated[Line, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        None, description="an https URL that is told when the job has ended"
    )


class JobFields(Asked):
    """What is wanted of the files of a form."""

    question_set: Questions | None = Field(None, description=_INLINE)


class JobOfStored(Asked):
    """A job of files that are here already, named by their SHA-256, or that are fetched where the server does that."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"anyOf": [{"required": ["files"]}, {"required": ["urls"]}]}
    )
    files: list[StoredFile] = Field(default_factory=list, min_length=1, max_length=10_000)
    urls: list[Annotated[Line, StringConstraints(min_length=1, max_length=2000)]] = Field(
        default_factory=list, min_length=1, max_length=10, description="where files are, while DOCPROC_API_FETCH is on"
    )
    question_set: Questions | dict[str, Any] | None = Field(None, description=_INLINE)


def _schemas() -> dict[str, Any]:
    """Schemas by name of what is read from bodies by hand."""
    found: dict[str, Any] = {}
    for kind in (JobFields, JobOfStored):
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= {**schema.pop("$defs", {}), kind.__name__: schema}
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    form = found.pop("JobFields")
    found["JobForm"] = {**form, "properties": {"files": files, **form["properties"]}, "required": ["files"]}
    return found


BODIES = _schemas()


class Documents(BaseModel):
    """How many documents of a job ended with each status; the numbers sum to `total`."""

    total: int
    running: int
    succeeded: int
    partial: int
    failed: int
    cancelled: int


class Pages(BaseModel):
    """How many pages of a job are in each state; the numbers sum to `total`.

    A file's pages are known once it is opened. Pages of files with the same content count once.
    """

    total: int
    waiting: int
    working: int
    answered: int
    blank: int
    failed: int
    cancelled: int


class Job(BaseModel):
    """A job. Times are RFC 3339, null: not yet."""

    id: int
    state: State
    set: str
    set_version: str
    engine: str
    queue: str
    priority: int
    tags: list[str]
    reference: str | None
    webhook: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    documents: Documents
    pages: Pages


class Jobs(BaseModel):
    """A page of jobs, the newest first; `next` is the cursor of the next page, null: there is none."""

    jobs: list[Job]
    next: str | None


class FailedPage(BaseModel):
    """A page that failed; 0: the document's own questions."""

    page: int
    code: str
    message: str


class File(BaseModel):
    """A file of a job. `document`: the SHA-256 of its bytes, null while it has not been opened."""

    id: int
    name: str
    document: str | None
    page_count: int | None
    status: FileStatus
    outcome: str | None
    message: str
    finished_at: str | None
    duplicate_of: int | None
    failures: list[FailedPage]


class Files(BaseModel):
    """A page of a job's files; `next` is the cursor of the next page, null: there is none."""

    files: list[File]
    next: str | None


class Retried(BaseModel):
    """A job that goes on, and how many pages are tried again."""

    job: Job
    pages: int


def job(row: JobRow) -> Job:
    """A job as it is sent."""
    documents, pages = row.documents, row.pages
    ended = {name: documents.get(name, 0) for name in ("running", "succeeded", "partial", "failed", "cancelled")}
    waiting = pages.get("waiting", 0) + pages.get("ready", 0)
    stored = {name: pages.get(name, 0) for name in ("answered", "blank", "failed", "cancelled")}
    return Job(
        id=row.id,
        state=cast(State, row.state),
        set=row.set_name,
        set_version=row.set_version,
        engine=row.engine,
        queue=row.queue,
        priority=row.priority,
        tags=list(row.tags),
        reference=row.reference,
        webhook=row.webhook,
        created_at=_time(row.created_at) or "",
        started_at=_time(row.started_at),
        finished_at=_time(row.finished_at),
        documents=Documents(total=sum(ended.values()), **ended),
        pages=Pages(total=sum(pages.values()), waiting=waiting, working=pages.get("leased", 0), **stored),
    )


def file(row: FileRow) -> File:
    """A file as it is sent."""
    return File(
        id=row.id,
        name=row.name,
        document=row.document,
        page_count=row.page_count,
        status=cast(FileStatus, row.status or "running"),
        outcome=row.outcome,
        message=row.message,
        finished_at=_time(row.finished_at),
        duplicate_of=row.duplicate_of,
        failures=[FailedPage(page=page, code=code, message=said) for page, code, said in row.failures],
    )


def _time(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
