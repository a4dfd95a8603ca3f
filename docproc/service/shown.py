"""Answers as faces show them: what stands, what the engine said, and what a person said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from docproc.core.kinds import kind_of
from docproc.core.questions import Question
from docproc.service.describe import evidence_of
from docproc.store.reviews import Review, boxes_json
from docproc.store.standing import Standing

MOST_RAW = 4_000  # characters of a reply that are shown


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of a table question."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class ShownReview:
    """What a person said. `text` is the canonical text of the value. `merged`: it follows from the reviews of the
    document's pages, so that those are to be changed.
    """

    status: str
    value: Any
    text: str | None
    reviewer: str
    note: str
    merged: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ShownSaid:
    """What the engine said. `evidence` is null where nobody could look; `steps` were tried after the first reply."""

    status: str
    value: Any
    text: str | None
    confidence: float
    evidence: str | None
    quote: str
    raw: str
    boxes: list[list[float]]
    steps: list[str]
    engine: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What stands for a question of a page, or of the document (`number` 0).

    `value` is JSON, `text` its canonical text, as `correct` takes it back. `page` is the page that told; `boxes` are
    [page, left, top, right, bottom] in fractions of the page. `answer_id` and `log_id` are to be sent with a review.
    """

    number: int
    set: str
    key: str
    kind: str
    ask: str
    required: bool
    choices: list[str]
    columns: list[ShownColumn]
    status: str
    value: Any
    text: str | None
    confidence: float
    evidence: str | None
    quote: str
    page: int | None
    boxes: list[list[float]]
    steps: list[str]
    reviewed: bool
    answer_id: int | None
    log_id: int
    review: ShownReview | None
    said: ShownSaid | None


def shown(standing: Standing) -> ShownAnswer:
    """What stands, for a face. A reviewed value is sure; its boxes are the reviewer's, else the answer's."""
    question, answer, review = standing.question, standing.answer, standing.review
    said = _said(standing)
    told = _review(review, question) if review is not None else None
    boxes = said.boxes if said else []
    if review is not None and review.boxes is not None:
        boxes = boxes_json(review.boxes)
    elif review is not None and answer is not None and review.value != answer.value:
        boxes = []  # where another value stands is not known
    number = standing.place.number
    found_on = answer.found_on if answer is not None else None
    return ShownAnswer(
        number=number,
        set=standing.place.set_name,
        key=question.key,
        kind=review.kind if review is not None else question.kind,
        ask=question.ask,
        required=question.required,
        choices=list(question.choices),
        columns=[ShownColumn(column.name, column.kind) for column in question.columns],
        status=told.status if told else said.status if said else "missing",
        value=told.value if told else said.value if said else None,
        text=told.text if told else said.text if said else None,
        confidence=_confidence(standing),
        evidence=said.evidence if said else None,
        quote=said.quote if said else "",
        page=int(boxes[0][0]) if boxes else number or found_on,
        boxes=boxes,
        steps=said.steps if said else [],
        reviewed=review is not None,
        answer_id=standing.answer_id,
        log_id=standing.log_id,
        review=told,
        said=said,
    )


def value_of(kind: str, text: str | None, question: Question) -> Any:
    """A canonical text as JSON; the cells of a table's rows are of their columns' types."""
    if text is None:
        return None
    value = kind_of(kind).value(text)
    if kind != "table":
        return value
    kinds = {column.name: kind_of(column.kind) for column in question.columns}
    return [
        {name: cell if cell is None or name not in kinds else kinds[name].value(cell) for name, cell in row.items()}
        for row in value
    ]


def _confidence(standing: Standing) -> float:
    if standing.review is not None:
        return 1.0 if standing.review.merged is None else standing.review.merged
    return round(standing.answer.confidence, 4) if standing.answer is not None else 0.0


def _said(standing: Standing) -> ShownSaid | None:
    answer = standing.answer
    if answer is None:
        return None
    return ShownSaid(
        answer.status,
        value_of(standing.question.kind, answer.value, standing.question),
        answer.value,
        round(answer.confidence, 4),
        evidence_of(answer),
        answer.quote,
        answer.raw[:MOST_RAW],
        boxes_json(answer.boxes),
        list(answer.steps),
        standing.engine or "",
    )


def _review(review: Review, question: Question) -> ShownReview:
    return ShownReview(
        review.status,
        value_of(review.kind, review.value, question),
        review.value,
        review.reviewer,
        review.note,
        review.merged is not None,
        datetime.fromtimestamp(review.at, UTC),
    )
