"""Queries on answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, case, func, select, tuple_

from docproc.core.boxes import Box, PageBox
from docproc.core.questions import Question
from docproc.core.types import Answer, Signals
from docproc.store.clock import now
from docproc.store.face_tables import reviews
from docproc.store.sets import question_from_json
from docproc.store.tables import REPEATED, answers, current_answers, engines, questions, set_questions
from docproc.store.upsert import insert_or

_CHUNK = 5000  # ids in one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766
_ROWS = 500  # answers of a long document's pages that are held at a time
_KEYS = ("document_id", "number", "question_id", "engine_id")


def question_ids(conn: Connection, set_id: int) -> dict[str, int]:
    """The ids of a set's questions by their hash."""
    query = (
        select(questions.c.hash, questions.c.id)
        .join(set_questions, set_questions.c.question_id == questions.c.id)
        .where(set_questions.c.set_id == set_id)
    )
    return {row.hash: row.id for row in conn.execute(query)}


def known(conn: Connection, wanted: Iterable[tuple[int, int]], engine_id: int) -> dict[tuple[int, int], dict[str, int]]:
    """For each wanted (document id, number): the questions this engine has answered there, as hash → answer id."""
    keys = list(wanted)
    found: dict[tuple[int, int], dict[str, int]] = {key: {} for key in keys}
    query = (
        select(answers.c.document_id, answers.c.number, questions.c.hash, answers.c.id)
        .join(questions, questions.c.id == answers.c.question_id)
        .where(tuple_(answers.c.document_id, answers.c.number).in_(keys), answers.c.engine_id == engine_id)
    )
    for document_id, number, digest, answer_id in conn.execute(query) if keys else ():
        found[document_id, number][digest] = answer_id
    return found


def save(
    conn: Connection, engine_id: int, question_ids: dict[str, int], given: Sequence[tuple[int, Answer]]
) -> dict[tuple[int, int, str], int]:
    """Store answers, each with its document's id; return (document id, number, question hash) → answer id."""
    if not given:
        return {}
    rows = [_values(document_id, engine_id, question_ids, answer) for document_id, answer in given]
    hashes = {question_id: digest for digest, question_id in question_ids.items()}
    result = conn.execute(_put(conn.dialect.name, tuple(rows[0])), rows)
    return {(row.document_id, row.number, hashes[row.question_id]): row.id for row in result}


@cache
def _put(dialect: str, names: tuple[str, ...]) -> Any:
    statement = insert_or(dialect, answers)
    changed = {name: statement.excluded[name] for name in names if name not in _KEYS}
    return (
        statement.values(created_at=now())
        .on_conflict_do_update(index_elements=_KEYS, set_={**changed, "created_at": now()})
        .returning(answers.c.id, answers.c.document_id, answers.c.number, answers.c.question_id)
    )


def show(conn: Connection, set_name: str, answer_ids: Sequence[int]) -> None:
    """Make these answers the ones that the set's views show for their documents, pages and keys."""
    for first in range(0, len(answer_ids), _CHUNK):
        shown = {"set": set_name, "ids": list(answer_ids[first : first + _CHUNK])}
        conn.execute(_show(conn.dialect.name), shown)


@cache
def _show(dialect: str) -> Any:
    names = ("set_name", "document_id", "number", "key", "answer_id", "kind", "status", "value", "confidence")
    short = case((func.length(answers.c.value) <= REPEATED, answers.c.value))
    columns = (answers.c.document_id, answers.c.number, questions.c.key, answers.c.id)
    repeated = (questions.c.kind, answers.c.status, short, answers.c.confidence)
    source = (
        select(bindparam("set", type_=String), *columns, *repeated)
        .join(questions, questions.c.id == answers.c.question_id)
        .where(answers.c.id.in_(bindparam("ids", expanding=True)))
    )
    statement = insert_or(dialect, current_answers).from_select(names, source)
    changed = {name: statement.excluded[name] for name in names[4:]}
    return statement.on_conflict_do_update(index_elements=names[:4], set_=changed)


@dataclass(frozen=True, slots=True)
class Current:
    """The newest answer to a set's key, with the engine (its fingerprint) that gave it.

    Where `reviewed`, status and value are what a person said, the `reviewer`.
    """

    set_name: str
    engine: str
    answer: Answer
    reviewed: bool
    reviewer: str | None = None


def current(conn: Connection, document_id: int, number: int, set_name: str | None) -> list[Current]:
    """What the views show of a page (0: of the document), for all sets or one, in the order of the questions."""
    shown = current_answers.c
    said = (reviews.c.document_id, reviews.c.number, reviews.c.set_name, reviews.c.key)
    query = (
        select(
            shown.set_name,
            engines.c.fingerprint,
            questions.c.definition,
            reviews.c.status.label("said"),
            reviews.c.value.label("said_value"),
            reviews.c.reviewer,
            answers,
        )
        .join(answers, answers.c.id == shown.answer_id)
        .join(questions, questions.c.id == answers.c.question_id)
        .join(engines, engines.c.id == answers.c.engine_id)
        .outerjoin(reviews, tuple_(*said) == tuple_(shown.document_id, shown.number, shown.set_name, shown.key))
        .where(shown.document_id == document_id, shown.number == number)
        .order_by(shown.set_name, questions.c.id)
    )
    if set_name is not None:
        query = query.where(shown.set_name == set_name)
    found = []
    for row in conn.execute(query):
        answer = _answer(row, question_from_json(row.definition))
        if row.said is not None:
            answer = replace(answer, status=row.said, value=row.said_value)
        found.append(Current(row.set_name, row.fingerprint, answer, row.said is not None, row.reviewer))
    return found


def of_pages(conn: Connection, document_id: int, question: Question, engine_id: int) -> Iterator[Answer]:
    """An engine's answers to one question on a document's pages, in page order."""
    query = (
        _select()
        .where(
            answers.c.document_id == document_id,
            answers.c.number > 0,
            questions.c.hash == question.hash,
            answers.c.engine_id == engine_id,
        )
        .order_by(answers.c.number)
    )
    for row in conn.execute(query, execution_options={"yield_per": _ROWS}):
        yield _answer(row, question)


def of_document(conn: Connection, document_id: int, asked: Sequence[Question], engine_id: int) -> dict[str, Answer]:
    """The document's own answers (number 0) of an engine, by key."""
    by_hash = {question.hash: question for question in asked}
    query = _select().where(
        answers.c.document_id == document_id,
        answers.c.number == 0,
        questions.c.hash.in_(by_hash),
        answers.c.engine_id == engine_id,
    )
    return {by_hash[row.hash].key: _answer(row, by_hash[row.hash]) for row in conn.execute(query)}


def _select() -> Select[Any]:
    return select(questions.c.hash, answers).join(questions, questions.c.id == answers.c.question_id)


def _values(document_id: int, engine_id: int, question_ids: dict[str, int], answer: Answer) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "number": answer.page,
        "question_id": question_ids[answer.question.hash],
        "engine_id": engine_id,
        "status": answer.status,
        "value": answer.value,
        "raw": answer.raw,
        "quote": answer.quote,
        "confidence": round(answer.confidence, 4),
        "evidence": answer.evidence,
        "boxes": [[box.page, *(round(edge, 5) for edge in box.box)] for box in answer.boxes],
        "found_on": answer.found_on,
        "signals": _told(answer.signals) or None,
        "steps": list(answer.steps) or None,
    }


def _told(signals: Signals) -> dict[str, float | bool]:
    """The signals that say anything."""
    told = {name: value for name, value in asdict(signals).items() if value is not None and value is not False}
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in told.items()}


def _answer(row: Any, question: Question) -> Answer:
    return Answer(
        page=row.number,
        question=question,
        status=row.status,
        value=row.value,
        raw=row.raw,
        quote=row.quote,
        confidence=row.confidence,
        evidence=row.evidence,
        boxes=tuple(PageBox(int(page), Box(*edges)) for page, *edges in row.boxes),
        found_on=row.found_on,
        signals=Signals(**row.signals or {}),
        steps=tuple(row.steps or ()),
    )
