"""Results, to be read as often as one likes: by job, by document, by page; a review wins and is marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from docproc.core.errors import NotFound
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.service.describe import answer_object
from docproc.service.library import document_answers
from docproc.service.page import page
from docproc.service.parts import Parts
from docproc.service.shown import ShownAnswer
from docproc.store import job_results, jobs, sets
from docproc.store.job_results import FileResult
from docproc.store.reviews import Review

_CHUNK = 100  # files that are read at a time
PAGES = ("answered", "blank", "failed", "cancelled")
COLUMNS = (
    "path",
    "document",
    "page",
    "set",
    "key",
    "type",
    "status",
    "value",
    "confidence",
    "evidence",
    "found_on",
    "reviewed",
    "reviewer",
    "engine",
)


def job_page(parts: Parts, job_id: int, after: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Objects of at most `limit` files of a job behind `after`, and where to go on (None: the end). Raises NotFound."""
    ref, asked, fingerprint = _job(parts, job_id)
    with parts.database.read() as conn:
        files = job_results.page_of(conn, ref, asked, after, limit + 1)
    return [_line(file, asked, fingerprint) for file in files[:limit]], files[limit - 1].id if len(
        files
    ) > limit else None


def job_lines(parts: Parts, job_id: int) -> Iterator[dict[str, Any]]:
    """The objects of all files of a job, a bounded number in memory. Raises NotFound before the first."""
    ref, asked, fingerprint = _job(parts, job_id)

    def lines() -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            with parts.database.read() as conn:
                files = job_results.page_of(conn, ref, asked, after, _CHUNK)
            yield from (_line(file, asked, fingerprint) for file in files)
            if len(files) < _CHUNK:
                return
            after = files[-1].id

    return lines()


def job_rows(parts: Parts, job_id: int) -> Iterator[tuple[Any, ...]]:
    """One row of COLUMNS per answer of a job; a file without any is a row with its status. Raises NotFound."""
    lines = job_lines(parts, job_id)

    def rows() -> Iterator[tuple[Any, ...]]:
        for line in lines:
            head = (line["path"], line["document"], 0, line["set"])
            for key, answer in line["answers"].items():
                yield (*head, key, answer["type"], *_cells(answer), line["engine"])
            if not line["answers"]:
                yield (*head, None, None, line["status"] or "running", *[None] * 6, line["engine"])

    return rows()


def document_results(parts: Parts, sha256: str, set_name: str | None) -> dict[str, Any]:
    """What stands for a document: {"document", "sets": {set: {key: answer}}}. Raises NotFound."""
    return {"document": sha256, "page": 0, "sets": _by_set(document_answers(parts, sha256, set_name))}


def page_results(parts: Parts, sha256: str, number: int, set_name: str | None) -> dict[str, Any]:
    """What stands for a page, in the same form; not what stands for its document. Raises NotFound."""
    own = [one for one in page(parts, sha256, number, set_name).answers if one.number == number]
    return {"document": sha256, "page": number, "sets": _by_set(own)}


def rows_of(result: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """One row of COLUMNS per answer of a document or page."""
    for set_name, answers in result["sets"].items():
        for key, answer in answers.items():
            head = (None, result["document"], result["page"], set_name, key, answer["type"])
            yield (*head, *_cells(answer), answer["engine"])


def _cells(answer: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(
        answer.get(name) for name in ("status", "value", "confidence", "evidence", "page", "reviewed", "reviewer")
    )


def _job(parts: Parts, job_id: int) -> tuple[tuple[int, int, int], QuestionSet, str]:
    with parts.database.read() as conn:
        found = jobs.find(conn, job_id)
        if found is None:
            raise NotFound(f"there is no job {job_id}; `docproc jobs` lists them")
        return (job_id, found.set_id, found.engine_id), sets.load_set(conn, found.set_id), found.fingerprint


def _line(file: FileResult, asked: QuestionSet, fingerprint: str) -> dict[str, Any]:
    """As `docproc run --json` prints a document, with the set, its version and the engine."""
    line: dict[str, Any] = {
        "path": file.path,
        "document": file.sha256,
        "state": file.state,
        "outcome": file.outcome,
        "status": file.status,
        "set": asked.name,
        "version": asked.version,
        "engine": fingerprint,
        "pages": {"total": sum(file.states.values()), **{name: file.states.get(name, 0) for name in PAGES}},
        "answers": _answers(asked.questions, file),
    }
    if file.message:
        line["message"] = file.message
    return line


def _answers(asked: Sequence[Question], file: FileResult) -> dict[str, Any]:
    found = {}
    for question in asked:
        answer, review = file.answers.get(question.key), file.reviews.get(question.key)
        if answer is not None or review is not None:
            found[question.key] = _object(answer or Answer(0, question, "missing"), review)
    return found


def _object(answer: Answer, review: Review | None) -> dict[str, Any]:
    said = answer
    if review is not None:
        boxes = review.boxes if review.boxes is not None else answer.boxes if review.value == answer.value else ()
        question = replace(answer.question, kind=review.kind)
        answer = replace(answer, status=review.status, value=review.value, boxes=boxes, question=question)  # type: ignore[arg-type] # a status
    shown = {**answer_object(answer), "type": answer.question.kind, "reviewed": review is not None}
    if review is not None:
        shown["confidence"] = 1.0 if review.merged is None else review.merged
        shown["reviewer"] = review.reviewer
        shown["said"] = {name: answer_object(said)[name] for name in ("value", "status", "confidence")}
    return shown


def _by_set(shown: Sequence[ShownAnswer]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in shown:
        answer: dict[str, Any] = {
            "value": one.value,
            "status": one.status,
            "confidence": one.confidence,
            "evidence": one.evidence,
            "page": one.page,
            "boxes": one.boxes,
            "type": one.kind,
            "reviewed": one.reviewed,
            "engine": one.said.engine if one.said else None,
        }
        if one.kind == "money" and one.text and " " in one.text:
            answer["currency"] = one.text.rsplit(" ", 1)[1]
        if one.quote:
            answer["quote"] = one.quote
        if one.steps:
            answer["steps"] = one.steps
        if one.review is not None:
            answer["reviewer"] = one.review.reviewer
            if one.said is not None:
                answer["said"] = {
                    "value": one.said.value,
                    "status": one.said.status,
                    "confidence": one.said.confidence,
                }
        found.setdefault(one.set, {})[one.key] = answer
    return found
