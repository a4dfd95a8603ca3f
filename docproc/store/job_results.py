"""What became of a job's files, with the documents' answers: some files at a time, since a job may have any number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from docproc.core.questions import QuestionSet
from docproc.core.types import Answer
from docproc.store import answers, reviews
from docproc.store.reviews import Review
from docproc.store.tables import documents, job_documents, tasks


@dataclass(frozen=True, slots=True)
class FileResult:
    """A file of a job. `document_id` and `sha256` are None where its bytes are no document (yet).

    `answers` are the engine's own by key, `reviews` what people said, which wins; `states` counts its pages.
    """

    id: int
    path: str
    state: str
    outcome: str | None
    status: str | None
    message: str
    document_id: int | None
    sha256: str | None
    answers: dict[str, Answer] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)


def page_of(
    conn: Connection, key: tuple[int, int, int], asked: QuestionSet, after: int, limit: int
) -> list[FileResult]:
    """At most `limit` files of a job behind the row `after`, in the order in which they came.

    `key` is the job, the set that it asks and the engine that it asks.
    """
    job_id, set_id, engine_id = key
    query = (
        select(
            job_documents.c.id,
            job_documents.c.path,
            job_documents.c.state,
            job_documents.c.outcome,
            job_documents.c.status,
            job_documents.c.message,
            job_documents.c.document_id,
            documents.c.sha256,
        )
        .outerjoin(documents, documents.c.id == job_documents.c.document_id)
        .where(job_documents.c.job_id == job_id, job_documents.c.id > after)
        .order_by(job_documents.c.id)
        .limit(limit)
    )
    files = [FileResult(*row) for row in conn.execute(query)]
    ids = {file.document_id for file in files if file.document_id is not None}
    states = _states(conn, ids, set_id, engine_id)
    for file in files:
        if file.document_id is None:
            continue
        file.states.update(states[file.document_id])
        file.answers.update(answers.of_document(conn, file.document_id, asked.questions, engine_id))
        said = reviews.of_numbers(conn, file.document_id, (0,), asked.name)
        file.reviews.update({place.key: review for place, review in said.items()})
    return files


def _states(conn: Connection, ids: set[int], set_id: int, engine_id: int) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    if ids:
        counted = (
            select(tasks.c.document_id, tasks.c.state, func.count())
            .where(
                tasks.c.document_id.in_(ids),
                tasks.c.set_id == set_id,
                tasks.c.engine_id == engine_id,
                tasks.c.number > 0,
            )
            .group_by(tasks.c.document_id, tasks.c.state)
        )
        for document_id, state, count in conn.execute(counted):
            found[document_id][state] = count
    return found
