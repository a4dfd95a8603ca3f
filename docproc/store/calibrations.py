"""Queries on calibrations, on labelled answers, and on the confidence of the answers that stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from docproc.core.calibration import Calibration, from_json
from docproc.core.questions import Question
from docproc.core.types import Answer, Signals
from docproc.store.clock import now
from docproc.store.face_tables import reviews
from docproc.store.sets import question_from_json
from docproc.store.tables import (
    answers,
    calibrations,
    current_answers,
    engines,
    question_sets,
    questions,
    set_questions,
    tasks,
)

_COLUMNS = (
    answers.c.id,
    answers.c.document_id,
    answers.c.number,
    answers.c.question_id,
    answers.c.status,
    answers.c.value,
    answers.c.confidence,
    answers.c.evidence,
    answers.c.signals,
    answers.c.steps,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored answer with its id and its document's; `answer` lacks the raw reply, the quote and the boxes."""

    id: int
    document_id: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An answer and what a person said about it: the status and canonical value that it should have."""

    stored: Stored
    status: str
    value: str | None


def newest(conn: Connection, engine_id: int) -> Calibration | None:
    """The engine's calibration, the newest one; None where it has none."""
    query = (
        select(calibrations.c.method, calibrations.c.parameters)
        .where(calibrations.c.engine_id == engine_id)
        .order_by(calibrations.c.id.desc())
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else from_json(row.method, row.parameters)


def put(conn: Connection, engine_id: int, calibration: Calibration, metrics: Mapping[str, Any], labels: int) -> None:
    """Store a calibration; from now on it counts for new answers of the engine."""
    values = {"method": calibration.method, "parameters": calibration.to_json(), "metrics": dict(metrics)}
    conn.execute(insert(calibrations).values(engine_id=engine_id, labels=labels, created_at=now(), **values))


def engine(conn: Connection, name: str) -> tuple[int, str] | None:
    """Id and fingerprint of the engine that has that fingerprint, or, of those of that name, answered last."""
    query = (
        select(engines.c.id, engines.c.fingerprint)
        .join(answers, answers.c.engine_id == engines.c.id)
        .where((engines.c.name == name) | (engines.c.fingerprint == name))
        .group_by(engines.c.id, engines.c.fingerprint)
        .order_by(func.max(answers.c.id).desc())
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else (int(row.id), str(row.fingerprint))


def reviewed(conn: Connection, engine_id: int, set_name: str | None) -> list[Reviewed]:
    """The engine's answers that a person has reviewed; of several versions of a question, the answer to the newest."""
    query = (
        select(
            *_COLUMNS,
            questions.c.definition,
            reviews.c.id.label("review_id"),
            reviews.c.status.label("said"),
            reviews.c.value.label("said_value"),
        )
        .join(questions, questions.c.id == answers.c.question_id)
        .join(
            reviews,
            (reviews.c.document_id == answers.c.document_id)
            & (reviews.c.number == answers.c.number)
            & (reviews.c.key == questions.c.key),
        )
        .where(answers.c.engine_id == engine_id, answers.c.question_id.in_(_of_set(reviews.c.set_name)))
        .where(reviews.c.merged.is_(None))  # what follows from a page's review was said of that page
        .order_by(answers.c.question_id)
    )
    if set_name is not None:
        query = query.where(reviews.c.set_name == set_name)
    found = {row.review_id: Reviewed(_stored(row), row.said, row.said_value) for row in conn.execute(query)}
    return list(found.values())


def answered(
    conn: Connection, engine_id: int, document_id: int, number: int, set_name: str | None
) -> dict[str, list[Stored]]:
    """The engine's answers on a page (0: of the document) by key; those to the newest version of a question last."""
    query = (
        select(*_COLUMNS, questions.c.definition)
        .join(questions, questions.c.id == answers.c.question_id)
        .where(answers.c.engine_id == engine_id, answers.c.document_id == document_id, answers.c.number == number)
        .order_by(answers.c.question_id)
    )
    if set_name is not None:
        query = query.where(answers.c.question_id.in_(_of_set(set_name)))
    found: dict[str, list[Stored]] = {}
    for row in conn.execute(query):
        found.setdefault(row.definition["key"], []).append(_stored(row))
    return found


def asked(conn: Connection, engine_id: int) -> dict[int, Question]:
    """The questions that the engine has answered, by id."""
    answered_ids = select(answers.c.question_id).where(answers.c.engine_id == engine_id).distinct()
    query = select(questions.c.id, questions.c.definition).where(questions.c.id.in_(answered_ids))
    return {row.id: question_from_json(row.definition) for row in conn.execute(query)}


def after(conn: Connection, engine_id: int, last: int, known: Mapping[int, Question], most: int) -> list[Stored]:
    """The engine's next answers after id `last`, in the order of their ids, at most `most`."""
    query = select(*_COLUMNS).where(answers.c.engine_id == engine_id, answers.c.id > last)
    rows = conn.execute(query.order_by(answers.c.id).limit(most))
    return [_stored(row, known[row.question_id]) for row in rows if row.question_id in known]


def rescore(conn: Connection, scored: Sequence[Stored]) -> None:
    """Store the confidence, and the signals that it was made of, of answers that stand."""
    if scored:
        put_new = (
            update(answers)
            .where(answers.c.id == bindparam("of"))
            .values(confidence=bindparam("now_sure"), signals=bindparam("made_of"))
        )
        conn.execute(put_new, [_scores(one) for one in scored])
        _repeat(conn, scored)


def _repeat(conn: Connection, scored: Sequence[Stored]) -> None:
    """What the views show repeats the confidence. Its rows lie by the name of the set, so all names are named."""
    shown = current_answers.c
    repeat = (
        update(current_answers)
        .where(
            shown.set_name.in_(select(question_sets.c.name)),
            shown.document_id == bindparam("document"),
            shown.number == bindparam("page"),
            shown.answer_id == bindparam("of"),
        )
        .values(confidence=bindparam("now_sure"))
    )
    rows = [
        {
            "document": one.document_id,
            "page": one.answer.page,
            "of": one.id,
            "now_sure": round(one.answer.confidence, 4),
        }
        for one in scored
    ]
    conn.execute(repeat, rows)


def merged_in(conn: Connection, engine_id: int, question_id: int) -> list[tuple[int, int]]:
    """The documents whose own answer was merged from this engine's page answers, each with the set that asked last."""
    query = (
        select(answers.c.document_id, func.max(tasks.c.set_id))
        .join(tasks, (tasks.c.document_id == answers.c.document_id) & (tasks.c.engine_id == answers.c.engine_id))
        .join(
            set_questions,
            (set_questions.c.set_id == tasks.c.set_id) & (set_questions.c.question_id == answers.c.question_id),
        )
        .where(answers.c.engine_id == engine_id, answers.c.question_id == question_id, answers.c.number == 0)
        .where(tasks.c.number == 0)
        .group_by(answers.c.document_id)
    )
    return [(int(document_id), int(set_id)) for document_id, set_id in conn.execute(query)]


def shown_in(conn: Connection, answer_ids: Sequence[int]) -> dict[str, list[int]]:
    """Those of some answers that views show now, by the name of the set."""
    found: dict[str, list[int]] = {}
    query = select(current_answers.c.set_name, current_answers.c.answer_id)
    for name, answer_id in conn.execute(query.where(current_answers.c.answer_id.in_(answer_ids))):
        found.setdefault(name, []).append(answer_id)
    return found


def _of_set(name: Any) -> Select[Any]:
    """The ids of the questions of all versions of a set, `name` being a text or a column."""
    return (
        select(set_questions.c.question_id)
        .join(question_sets, question_sets.c.id == set_questions.c.set_id)
        .where(question_sets.c.name == name)
    )


def _stored(row: Any, question: Question | None = None) -> Stored:
    # An answer of before there were signals has nothing but what its engine said.
    signals = Signals(**row.signals) if row.signals is not None else Signals(said=row.confidence)
    answer = Answer(
        page=row.number,
        question=question or question_from_json(row.definition),
        status=row.status,
        value=row.value,
        confidence=row.confidence,
        evidence=row.evidence,
        signals=signals,
        steps=tuple(row.steps or ()),
    )
    return Stored(row.id, row.document_id, answer)


def with_confidence(stored: Stored, confidence: float) -> Stored:
    """The same answer with another confidence."""
    return replace(stored, answer=replace(stored.answer, confidence=confidence))


def _scores(stored: Stored) -> dict[str, Any]:
    signals = asdict(stored.answer.signals)
    told = {name: value for name, value in signals.items() if value is not None and value is not False}
    return {"of": stored.id, "now_sure": round(stored.answer.confidence, 4), "made_of": told}
