"""What people say of answers: accept, correct, mark absent, clear; and take it back.

An answer is never changed; the views show the review instead, whatever is answered later. The review of a page's answer
makes the document's value be merged anew (`store.review_merge`), unless a person has reviewed that one itself. In a
document of one page the two are the same thing: whoever reviews the document's answer reviews the page's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection

from docproc.core.errors import Conflict, NotFound, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.core.said import boxes_of, canonical
from docproc.core.text.fold import clean
from docproc.store import documents, review_merge, reviews, standing
from docproc.store.documents import DocumentRow
from docproc.store.reviews import Entry, Place, Review
from docproc.store.standing import Standing

Action = Literal["accept", "correct", "absent", "clear"]
MOST_NOTE = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Say:
    """What a reviewer says of one answer. `document` is a SHA-256; `number` a page, 0 the document's own answer.

    `value` (of a correction) is JSON or typed text; `boxes` are [page, x0, y0, x1, y1], fractions of the page.
    `answer_id` and `log_id` are what the reviewer saw (`Standing`); one that is None is not compared.
    """

    document: str
    number: int
    set_name: str
    key: str
    action: Action
    reviewer: str
    value: Any = None
    boxes: list[list[float]] | None = None
    note: str = ""
    answer_id: int | None = None
    log_id: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A row of the log, and what stands now of the place that the reviewer named."""

    log_id: int
    document: DocumentRow
    standing: Standing


def say(conn: Connection, said: Say) -> Done:
    """Store what a reviewer says.

    Raises NotFound, Conflict where the answer or the review that was seen is not the one that stands now, and
    UsageError where the value is none of the question's kind, saying what is wrong.
    """
    document = documents.find(conn, said.document)
    if document is None:
        raise NotFound(f"there is no document {said.document[:64]}; the view document_list has all of them")
    reviews.lock(conn, document.id)
    asked, question = _asked(conn, said)
    seen = Place(document.id, said.number, said.set_name, said.key)
    _check_place(document, question, said.number)
    stands = _standing(conn, seen, question)
    if said.answer_id not in (None, stands.answer_id) or said.log_id not in (None, stands.log_id):
        raise Conflict(
            f"{said.key!r} of {document.sha256[:12]} has another answer or review by now; look at it again, then say it"
        )
    place = _meant(conn, document, question, seen)
    if place != seen:
        stands = _standing(conn, place, question)
    review = _review(said, question, stands, document)
    if review is not None:
        reviews.put(conn, place, review)
    else:
        reviews.remove(conn, place)
    note = clean(said.note, MOST_NOTE)
    row = {"action": said.action, "reviewer": said.reviewer, "note": note, "answer_id": stands.answer_id}
    row_id = reviews.log(conn, place, question.kind, row, review)
    review_merge.follow(conn, document.id, asked, said.key)
    return Done(row_id, document, _standing(conn, seen, question))


def undo(conn: Connection, reviewer: str, log_id: int | None) -> Done:
    """Take back a row of the log, or the last thing that the reviewer said: what held before it holds again.

    Raises NotFound, and Conflict where something was said of the same place since.
    """
    entry = _last(conn, reviewer) if log_id is None else reviews.entry(conn, log_id)
    if entry is None or entry.action == "undo":
        raise NotFound("there is nothing to take back" if log_id is None else f"there is no review {log_id}")
    place = entry.place
    reviews.lock(conn, place.document_id)
    said = _held(reviews.entries_of(conn, place))
    if not said or said[-1].id != entry.id:
        raise Conflict(f"review {entry.id} was taken back already, or somebody has said something else since")
    before = said[-2].review if len(said) > 1 else None
    if before is not None:
        reviews.put(conn, place, before)
    else:
        reviews.remove(conn, place)
    kind = before.kind if before else entry.review.kind if entry.review else ""
    row = {"action": "undo", "reviewer": reviewer, "note": "", "answer_id": None, "undoes": entry.id}
    row_id = reviews.log(conn, place, kind, row, before)
    asked = reviews.newest_set(conn, place.set_name)
    question = next((q for q in asked.questions if q.key == place.key), None) if asked else None
    if asked is None or question is None:
        raise NotFound(f"the set {place.set_name!r} has no question {place.key!r} any more")
    review_merge.follow(conn, place.document_id, asked, place.key)
    document = documents.by_ids(conn, {place.document_id})[place.document_id]
    return Done(row_id, document, _standing(conn, place, question))


def _last(conn: Connection, reviewer: str) -> Entry | None:
    """What a reviewer said last and nobody has taken back."""
    for entry in reviews.last_of(conn, reviewer):
        if any(one.id == entry.id for one in _held(reviews.entries_of(conn, entry.place))):
            return entry
    return None


def _held(entries: list[Entry]) -> list[Entry]:
    """What was said of a place, in order, without what was taken back."""
    undone = {entry.undoes for entry in entries}
    return [entry for entry in entries if entry.action != "undo" and entry.id not in undone]


def _asked(conn: Connection, said: Say) -> tuple[QuestionSet, Question]:
    asked = reviews.newest_set(conn, said.set_name)
    if asked is None:
        raise NotFound(f"no document was asked a question set {said.set_name!r}")
    for question in asked.questions:
        if question.key == said.key:
            return asked, question
    keys = ", ".join(question.key for question in asked.questions)
    raise NotFound(f"the set {said.set_name!r} has no question {said.key!r}; it has {keys}")


def _check_place(document: DocumentRow, question: Question, number: int) -> None:
    if number > document.page_count:
        raise NotFound(f"{document.sha256[:12]} has {document.page_count} pages, no page {number}")
    if number and question.scope != "page":
        raise UsageError(f"{question.key!r} is asked of the whole document; review it there (page 0)")


def _meant(conn: Connection, document: DocumentRow, question: Question, seen: Place) -> Place:
    """The place that is reviewed: of a document of one page its page, where that was asked."""
    if seen.number or document.page_count != 1 or question.scope != "page" or not question.asked_of(1):
        return seen
    own = reviews.standing(conn, seen)
    return seen if own is not None and own.merged is None else replace(seen, number=1)


def _standing(conn: Connection, place: Place, question: Question) -> Standing:
    for found in standing.of_numbers(conn, place.document_id, [place.number], place.set_name):
        if found.place == place:
            return found
    return Standing(place, question, None, None, None, None, reviews.latest(conn, place))


def _review(said: Say, question: Question, stands: Standing, document: DocumentRow) -> Review | None:
    """What holds when the reviewer has spoken; None: nothing."""
    note = clean(said.note, MOST_NOTE)
    boxes = boxes_of(said.boxes, document.page_count, stands.place.number)
    base = Review(question.kind, "absent", None, said.reviewer, boxes, note, stands.answer_id)
    if said.action != "correct" and said.value is not None:
        raise UsageError(f"{said.action!r} takes no value; to say another one, correct it")
    if said.action == "clear":
        _check_clearing(stands)
        return None
    if said.action == "absent":
        return base
    if said.action == "correct":
        return replace(base, status="ok", value=canonical(said.value, question))
    return _accepted(base, stands)


def _check_clearing(stands: Standing) -> None:
    if stands.review is None:
        raise UsageError(f"nobody has reviewed {stands.place.key!r} there; there is nothing to clear")
    if stands.review.merged is not None:
        raise UsageError(f"the review of {stands.place.key!r} follows from those of the document's pages; clear these")


def _accepted(base: Review, stands: Standing) -> Review:
    """What stands, as the reviewer's own word."""
    told = stands.review or stands.answer
    if told is None or told.status not in ("ok", "absent"):
        status = "missing" if told is None else told.status
        raise UsageError(f"{stands.place.key!r} is {status}: there is no value to accept; correct it, or say absent")
    kind = stands.review.kind if stands.review else stands.question.kind
    if kind != base.kind:
        raise UsageError(f"{stands.place.key!r} was answered as a {kind} and is a {base.kind} by now; correct it")
    boxes = base.boxes or (stands.review.boxes if stands.review else None)
    return replace(base, status=told.status, value=told.value, boxes=boxes)
