"""Queries for evaluation: what people said in reviews, beside what engines had answered there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, tuple_

from docproc.core.boxes import Box, PageBox
from docproc.core.types import Answer
from docproc.store.face_tables import reviews
from docproc.store.reviews import boxes_from
from docproc.store.sets import question_from_json
from docproc.store.tables import answers, documents, engines, question_sets, questions, set_questions

Place = tuple[int, int, int]  # document id, page, review id: the order in which reviews are read
START: Place = (0, -1, 0)


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """An engine's answer, and the status, canonical value, kind and boxes that a person says it should have.

    `version` is the newest version of the set that asks this question. `path` is where the document was last seen.
    """

    document: str
    path: str
    set_name: str
    version: str
    engine: str
    answer: Answer
    status: str
    value: str | None
    kind: str
    boxes: tuple[PageBox, ...]


def after(
    conn: Connection, last: Place, set_name: str | None, engine_id: int | None, most: int
) -> tuple[list[ReviewedAnswer], Place | None]:
    """The answers to the next `most` reviews behind `last`, and where to go on; None: there are no more.

    Each engine's, or one's; of several versions of a question an engine's answer to the newest. What merely follows
    from the reviews of a document's pages is left out, and so is what the reviewer could not tell either.
    """
    order = (reviews.c.document_id, reviews.c.number, reviews.c.id)
    query = (
        select(reviews, documents.c.sha256, documents.c.path)
        .join(documents, documents.c.id == reviews.c.document_id)
        .where(tuple_(*order) > tuple_(*last), reviews.c.merged.is_(None), reviews.c.status.in_(("ok", "absent")))
        .order_by(*order)
        .limit(most)
    )
    if set_name is not None:
        query = query.where(reviews.c.set_name == set_name)
    found = conn.execute(query).all()
    if not found:
        return [], None
    given = _answers(conn, found, engine_id)
    rows = [
        _row(review, answer, version)
        for review in found
        for answer, version in given[review.document_id, review.number, review.set_name, review.key]
    ]
    end = found[-1]
    return rows, (end.document_id, end.number, end.id)


def _answers(
    conn: Connection, found: Sequence[Any], engine_id: int | None
) -> dict[tuple[int, int, str, str], list[tuple[Any, str]]]:
    """By document, page, set and key: each engine's answer with the version of its set, in the order of engines."""
    pages = sorted({(review.document_id, review.number) for review in found})
    query = (
        select(answers, questions.c.key, questions.c.definition, engines.c.fingerprint)
        .add_columns(question_sets.c.name.label("set_name"), question_sets.c.version)
        .join(questions, questions.c.id == answers.c.question_id)
        .join(engines, engines.c.id == answers.c.engine_id)
        .join(set_questions, set_questions.c.question_id == answers.c.question_id)
        .join(question_sets, question_sets.c.id == set_questions.c.set_id)
        .where(
            tuple_(answers.c.document_id, answers.c.number).in_(pages),
            question_sets.c.name.in_({review.set_name for review in found}),
            questions.c.key.in_({review.key for review in found}),
        )
        .order_by(answers.c.engine_id, answers.c.question_id, question_sets.c.created_at, question_sets.c.id)
    )
    if engine_id is not None:
        query = query.where(answers.c.engine_id == engine_id)
    newest: dict[tuple[int, int, str, str], dict[int, tuple[Any, str]]] = defaultdict(dict)
    for row in conn.execute(query):
        newest[row.document_id, row.number, row.set_name, row.key][row.engine_id] = (row, row.version)
    return defaultdict(list, {place: list(by_engine.values()) for place, by_engine in newest.items()})


def _row(review: Any, row: Any, version: str) -> ReviewedAnswer:
    answer = Answer(
        page=row.number,
        question=question_from_json(row.definition),
        status=row.status,
        value=row.value,
        confidence=row.confidence,
        evidence=row.evidence,
        boxes=tuple(PageBox(int(page), Box(*edges)) for page, *edges in row.boxes),
        found_on=row.found_on,
    )
    return ReviewedAnswer(
        review.sha256,
        review.path,
        review.set_name,
        version,
        row.fingerprint,
        answer,
        review.status,
        review.value,
        review.kind,
        () if review.boxes is None else boxes_from(review.boxes),
    )
