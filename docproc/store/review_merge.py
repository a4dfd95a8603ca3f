"""What follows for a document from the reviews of its pages.

A document's value is merged from its pages'. Where a person has reviewed a page's answer, it is merged anew with what
the person said in that answer's place, and stands as a review of the document, marked `merged`: the views show it, and
no answer is changed. What a person said of the document itself stands above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import merge as in_order
from typing import Any, cast

from sqlalchemy import Connection, func, select

from docproc.core.merge import merge
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer, AnswerStatus
from docproc.store import reviews
from docproc.store.reviews import Place, Review
from docproc.store.tables import answers, current_answers, questions

_ROWS = 500  # answers that are held at a time


def follow(conn: Connection, document_id: int, asked: QuestionSet, key: str) -> None:
    """Bring the document's own value of a question in line with the reviews of its pages."""
    place = Place(document_id, 0, asked.name, key)
    own = reviews.standing(conn, place)
    if own is not None and own.merged is None:
        return
    question = next((q for q in asked.questions if q.key == key and q.scope == "page"), None)
    said = reviews.of_pages(conn, document_id, asked.name, key)
    said = {number: review for number, review in said.items() if question and review.kind == question.kind}
    if question is None or not said:
        if own is not None:
            reviews.remove(conn, place)
        return
    found = merge(question, _pages(conn, question, asked.name, document_id, said))
    last = max(said.values(), key=lambda review: review.at)
    reviews.put(
        conn,
        place,
        Review(
            question.kind,
            found.status,
            found.value,
            last.reviewer,
            found.boxes or None,
            answer_id=_answer_id(conn, place),
            merged=round(found.confidence, 4),
        ),
    )


def follow_answers(conn: Connection, set_name: str, document_ids: Iterable[int]) -> None:
    """`follow` for those of some documents, which were answered just now, that have reviewed pages: mostly none."""
    stale = reviews.reviewed_pages(conn, set(document_ids), set_name)
    asked = reviews.newest_set(conn, set_name) if stale else None
    if asked is not None:
        for document_id, key in stale:
            follow(conn, document_id, asked, key)


def _pages(
    conn: Connection, question: Question, set_name: str, document_id: int, said: Mapping[int, Review]
) -> Iterator[Answer]:
    """The answers of a document's pages in page order, with what people said in place of what engines did."""
    reviewed = [_said(question, number, review) for number, review in sorted(said.items())]
    given = (answer for answer in _given(conn, question, set_name, document_id) if answer.page not in said)
    yield from in_order(given, reviewed, key=lambda answer: answer.page)


def _given(conn: Connection, question: Question, set_name: str, document_id: int) -> Iterator[Answer]:
    shown = current_answers.c
    value = func.coalesce(shown.value, answers.c.value).label("whole")
    columns = (shown.number, shown.status, value, answers.c.confidence, answers.c.evidence, answers.c.boxes)
    query = (
        select(*columns, answers.c.found_on)
        .join(answers, answers.c.id == shown.answer_id)
        .join(questions, questions.c.id == answers.c.question_id)
        .where(shown.set_name == set_name, shown.document_id == document_id, shown.number > 0)
        .where(shown.key == question.key, shown.kind == question.kind)
        .order_by(shown.number)
    )
    for row in conn.execute(query, execution_options={"yield_per": _ROWS}):
        yield _answer(row, question)


def _answer(row: Any, question: Question) -> Answer:
    return Answer(
        row.number,
        question,
        row.status,
        row.whole,
        confidence=row.confidence,
        evidence=row.evidence,
        boxes=reviews.boxes_from(row.boxes),
        found_on=row.found_on,
    )


def _said(question: Question, number: int, review: Review) -> Answer:
    status = cast(AnswerStatus, review.status)
    boxes = review.boxes or ()
    return Answer(
        number, question, status, review.value, confidence=1.0, evidence="exact", boxes=boxes, found_on=number
    )


def _answer_id(conn: Connection, place: Place) -> int | None:
    shown = current_answers.c
    query = select(shown.answer_id).where(
        shown.set_name == place.set_name,
        shown.document_id == place.document_id,
        shown.number == place.number,
        shown.key == place.key,
    )
    return conn.execute(query).scalar()
