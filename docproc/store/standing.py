"""What stands of a document or a page: the newest answer to each question, and what a person said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Select, String, column, select, values

from docproc.core.questions import Question
from docproc.core.types import Answer, Signals
from docproc.store import reviews
from docproc.store.reviews import Place, Review
from docproc.store.sets import question_from_json
from docproc.store.tables import answers, current_answers, documents, engines, questions


@dataclass(frozen=True, slots=True)
class Standing:
    """A question of a page (number 0: of the document), the newest answer to it (None where no engine was asked), and
    what a person said (None: nothing). `log_id` is the newest row of the log of reviews that bears on it, 0: none.
    """

    place: Place
    question: Question
    answer: Answer | None
    answer_id: int | None
    engine: str | None  # its fingerprint
    review: Review | None
    log_id: int


def of_numbers(
    conn: Connection, document_id: int, numbers: Sequence[int], set_name: str | None = None
) -> list[Standing]:
    """What stands of some pages (0: the document), by page, set and question; questions are as they were asked."""
    shown = current_answers.c
    query = newest_answers().where(shown.document_id == document_id, shown.number.in_(numbers))
    query = query.order_by(shown.number, shown.set_name, questions.c.id)
    said = reviews.of_numbers(conn, document_id, numbers, set_name)
    logged = reviews.latest_by_place(conn, document_id)
    if set_name is not None:
        query = query.where(shown.set_name == set_name)
    found = [made(row, said, logged) for row in conn.execute(query)]
    alone = said.keys() - {standing.place for standing in found}
    return found + _without_answers(conn, {place: said[place] for place in alone}, logged)


def at_places(conn: Connection, places: Sequence[Place]) -> dict[Place, tuple[str, str, Standing]]:
    """What stands of those of some places that have an answer, each with its document's SHA-256 and path."""
    shown = current_answers.c
    if not places:
        return {}
    columns = (column("s", String), column("d", Integer), column("n", Integer), column("k", String))
    rows_of = [(place.set_name, place.document_id, place.number, place.key) for place in places]
    # A table of their own, from which the database goes to one answer after the other.
    few = values(*columns, name="few").data(rows_of).cte("few")
    here = (shown.set_name == few.c.s) & (shown.document_id == few.c.d) & (shown.number == few.c.n)
    query = (
        newest_answers()
        .join(documents, documents.c.id == shown.document_id)
        .join(few, here & (shown.key == few.c.k))
        .add_columns(documents.c.sha256, documents.c.path)
    )
    rows = conn.execute(query).all()
    said: dict[Place, Review] = {}
    logged: dict[int, dict[tuple[int, str, str], int]] = {}
    for document_id in {row.document_id for row in rows}:
        numbers = {row.number for row in rows if row.document_id == document_id}
        said |= reviews.of_numbers(conn, document_id, numbers)
        logged[document_id] = reviews.latest_by_place(conn, document_id)
    found = [(row.sha256, row.path, made(row, said, logged[row.document_id])) for row in rows]
    return {one[2].place: one for one in found}


def newest_answers() -> Select[Any]:
    """The newest answers with their questions and engines, to be narrowed down; `made` takes its rows."""
    shown = current_answers.c
    return (
        select(
            shown.set_name,
            shown.document_id,
            shown.number,
            shown.key,
            shown.answer_id,
            engines.c.fingerprint,
            questions.c.definition,
            *(column for column in answers.c if column.name not in ("document_id", "number")),
        )
        .join(answers, answers.c.id == shown.answer_id)
        .join(questions, questions.c.id == answers.c.question_id)
        .join(engines, engines.c.id == answers.c.engine_id)
    )


def made(row: Any, said: dict[Place, Review], logged: dict[tuple[int, str, str], int]) -> Standing:
    """What stands, of a row of `newest_answers` with the reviews and the newest rows of their log that bear on it."""
    place = Place(row.document_id, row.number, row.set_name, row.key)
    question = question_from_json(row.definition)
    answer = Answer(
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
        signals=Signals(**row.signals or {}),
        steps=tuple(row.steps or ()),
    )
    log_id = logged.get((row.number, row.set_name, row.key), 0)
    return Standing(place, question, answer, row.answer_id, row.fingerprint, said.get(place), log_id)


def _without_answers(
    conn: Connection, said: dict[Place, Review], logged: dict[tuple[int, str, str], int]
) -> list[Standing]:
    """Reviews of what no engine was asked: of a page that failed, for example."""
    found = []
    for name in sorted({place.set_name for place in said}):
        asked = reviews.newest_set(conn, name)
        keys = {question.key: question for question in asked.questions} if asked else {}
        for place in sorted((p for p in said if p.set_name == name), key=lambda p: (p.number, p.key)):
            if place.key in keys:
                log_id = logged.get((place.number, place.set_name, place.key), 0)
                found.append(Standing(place, keys[place.key], None, None, None, said[place], log_id))
    return found
