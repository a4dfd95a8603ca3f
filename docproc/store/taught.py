"""Queries on what can be taught: reviews, and the answers that engines gave, document by document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, select

from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer, Signals
from docproc.store import reviews
from docproc.store.documents import DocumentRow, by_ids
from docproc.store.face_tables import reviews as said
from docproc.store.reviews import Review
from docproc.store.sets import question_from_json
from docproc.store.standing import newest_answers
from docproc.store.tables import answers, current_answers, documents, engines, question_sets, questions, set_questions

ABOVE = "g"  # comes after every SHA-256


@dataclass(frozen=True, slots=True)
class Given:
    """An engine's answer, by the engine with that fingerprint. The question is as it was asked."""

    answer: Answer
    engine: str


def documents_after(
    conn: Connection, set_name: str, after: str, limit: int, reviewed: bool | None, below: str = ABOVE
) -> list[DocumentRow]:
    """The next documents that were asked a set, by SHA-256: those above `after` and below `below`.

    `reviewed`: only those of which a person said something; False: only the others; None: both.
    """
    is_reviewed = exists().where(said.c.document_id == documents.c.id, said.c.set_name == set_name)
    is_answered = exists().where(
        current_answers.c.set_name == set_name, current_answers.c.document_id == documents.c.id
    )
    query = select(documents.c.id).where(documents.c.sha256 > after, documents.c.sha256 < below)
    if reviewed is None:
        query = query.where(is_reviewed | is_answered)
    else:
        query = query.where(is_reviewed if reviewed else is_answered & ~is_reviewed)
    ids = list(conn.execute(query.order_by(documents.c.sha256).limit(limit)).scalars())
    rows = by_ids(conn, set(ids))
    return [rows[document_id] for document_id in ids]


def reviews_of(
    conn: Connection, document_id: int, numbers: Sequence[int], set_name: str
) -> dict[tuple[int, str], Review]:
    """What people said of some pages (0: of the document) by page and key; not what follows from other reviews."""
    found = reviews.of_numbers(conn, document_id, numbers, set_name)
    return {(place.number, place.key): review for place, review in found.items() if review.merged is None}


def given(
    conn: Connection, document_id: int, numbers: Sequence[int], asked: QuestionSet, engine_id: int | None
) -> dict[tuple[int, str], Given]:
    """The answers on some pages by page and key: an engine's, or else the newest ones, whoever gave them."""
    if engine_id is None:
        shown = current_answers.c
        query = newest_answers().where(
            shown.document_id == document_id, shown.number.in_(numbers), shown.set_name == asked.name
        )
    else:
        of_set = (
            select(set_questions.c.question_id)
            .join(question_sets, question_sets.c.id == set_questions.c.set_id)
            .where(question_sets.c.name == asked.name)
        )
        query = (
            select(engines.c.fingerprint, questions.c.definition, answers)
            .join(questions, questions.c.id == answers.c.question_id)
            .join(engines, engines.c.id == answers.c.engine_id)
            .where(answers.c.document_id == document_id, answers.c.number.in_(numbers))
            .where(answers.c.engine_id == engine_id, answers.c.question_id.in_(of_set))
            .order_by(answers.c.id)
        )
    found: dict[tuple[int, str], Given] = {}
    known: dict[str, Question] = {question.key: question for question in asked.questions}
    for row in conn.execute(query):
        question = question_from_json(row.definition)
        place = (row.number, question.key)
        newest = known.get(question.key)
        # Of several versions of a question the answer to the newest.
        if place in found and newest is not None and found[place].answer.question.hash == newest.hash:
            continue
        found[place] = Given(_answer(row, question), row.fingerprint)
    return found


def _answer(row: Any, question: Question) -> Answer:
    signals: Mapping[str, Any] = row.signals or {}
    return Answer(
        page=row.number,
        question=question,
        status=row.status,
        value=row.value,
        raw=row.raw,
        quote=row.quote,
        confidence=row.confidence,
        evidence=row.evidence,
        boxes=reviews.boxes_from(row.boxes),
        found_on=row.found_on,
        signals=Signals(**signals),
    )
