"""Load what claimed tasks need: their documents, stored pages, and the questions that are not answered yet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from docproc.core.errors import NotFound, PageFailed
from docproc.imaging.store import ImageStore
from docproc.service.work.items import Assignment, Item
from docproc.store import answers, documents, pages
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.pages import RenderedPage
from docproc.store.tasks import Task

_Page = tuple[int, int]  # document id, number
_Known = tuple[dict[int, DocumentRow], dict[_Page, RenderedPage], dict[_Page, dict[str, int]]]


def prepare(database: Database, assignment: Assignment, claimed: Sequence[Task]) -> list[Item]:
    """One item per task, in the same order."""
    wanted = [(task.document_id, task.number) for task in claimed]
    rows, stored, known = database.look(partial(_known, assignment=assignment, wanted=wanted))
    items = []
    for task in claimed:
        key = (task.document_id, task.number)
        asked = assignment.questions.page_questions(task.number) if task.number else ()
        asks = tuple(question for question in asked if question.hash not in known[key])
        cached = {question.key: known[key][question.hash] for question in asked if question.hash in known[key]}
        items.append(Item(task, rows[task.document_id], stored.get(key), asks, cached))
    return items


def _known(conn: Any, assignment: Assignment, wanted: Sequence[tuple[int, int]]) -> _Known:
    rows = documents.by_ids(conn, {document_id for document_id, _ in wanted})
    stored = pages.load(conn, [key for key in wanted if key[1] > 0], assignment.render)
    return rows, stored, answers.known(conn, wanted, assignment.engine_id)


def source(document: DocumentRow, images: ImageStore) -> Path:
    """A document's file as it was taken in: where it lay then, else out of the common store.

    Raises PageFailed where it is in neither place, Unavailable.
    """
    reason = _changed(document)
    if reason is None:
        return Path(document.path)
    try:
        return images.source(document.sha256)
    except NotFound:
        raise PageFailed(reason, "source_changed") from None


def _changed(document: DocumentRow) -> str | None:
    """Why a document's file cannot be rendered as what it was when it was taken in, None where it can."""
    path = Path(document.path)
    try:
        status = path.stat()
    except OSError as error:
        return f"{path}: cannot be read any more ({error.strerror}); put it back and run `docproc retry`"
    if (status.st_size, status.st_mtime) != (document.bytes, document.modified):
        return f"{path}: has changed since it was taken in; run `docproc run` on it again"
    return None
