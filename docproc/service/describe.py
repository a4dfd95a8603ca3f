"""What people and programs are shown of a document and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from docproc.core.kinds import kind_of
from docproc.core.questions import QuestionSet
from docproc.core.types import Answer
from docproc.service.work.items import Assignment
from docproc.store import answers, tasks
from docproc.store.database import Database
from docproc.store.jobs import DocumentResult
from docproc.store.tasks import Key


def result_lines(
    database: Database, assignment: Assignment, results: Sequence[DocumentResult]
) -> Iterator[tuple[DocumentResult, dict[str, Any]]]:
    """Each result with the object that describes it: path, document, outcome, status, pages, answers."""
    for result in results:
        pages: dict[str, int] = {"total": 0, "answered": 0, "blank": 0, "failed": 0, "cancelled": 0}
        given: dict[str, Answer] = {}
        if result.document_id is not None and not result.outcome.startswith("rejected:"):
            key = Key(result.document_id, assignment.set_id, assignment.engine_id)
            asked, engine = assignment.questions.questions, assignment.engine_id
            states = database.look(partial(tasks.counts, key=key))
            given = database.look(
                partial(answers.of_document, document_id=result.document_id, asked=asked, engine_id=engine)
            )
            pages.update({state: states.get(state, 0) for state in pages if state != "total"})
            pages["total"] = sum(states.values())
        line: dict[str, Any] = {
            "path": result.path,
            "document": result.document,
            "outcome": result.outcome,
            "status": result.status,
            "pages": pages,
            "answers": _answers(assignment.questions, given),
        }
        if result.message:
            line["message"] = result.message
        yield result, line


def _answers(questions: QuestionSet, given: dict[str, Answer]) -> dict[str, Any]:
    return {q.key: answer_object(given[q.key]) for q in questions.questions if q.key in given}


def answer_object(answer: Answer) -> dict[str, Any]:
    """An answer as JSON: value, status, confidence, evidence, the page that told, boxes as [page, x0, y0, x1, y1]
    fractions, and what was tried after the first reply.
    """
    shown: dict[str, Any] = {
        "value": answer_value(answer),
        "status": answer.status,
        "confidence": round(answer.confidence, 4),
        "evidence": evidence_of(answer),
        "page": answer.found_on,
        "boxes": [[box.page, *(round(edge, 5) for edge in box.box)] for box in answer.boxes],
    }
    if answer.question.kind == "money" and answer.value is not None and " " in answer.value:
        shown["currency"] = answer.value.rsplit(" ", 1)[1]
    if answer.quote:
        shown["quote"] = answer.quote
    if answer.steps:
        shown["steps"] = list(answer.steps)
    return shown


def evidence_of(answer: Answer) -> str | None:
    """The level of evidence; None where the words of the page are not known, so that nobody could look."""
    return None if answer.evidence == "none" and not answer.signals.looked else answer.evidence


def answer_value(answer: Answer) -> Any:
    """The value as JSON, None where there is none; the cells of a table's rows are of their columns' types."""
    if answer.value is None:
        return None
    value = kind_of(answer.question.kind).value(answer.value)
    if answer.question.kind != "table":
        return value
    kinds = {column.name: kind_of(column.kind) for column in answer.question.columns}
    return [{name: cell if cell is None else kinds[name].value(cell) for name, cell in row.items()} for row in value]
