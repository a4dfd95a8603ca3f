"""What is known to be right of a document, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.store import taught
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.reviews import Review
from docproc.store.taught import Given

Origin = Literal["review", "confident", "replay"]
# Of an "absent" that is replayed. There is nothing to be looked up on the page, so that without a calibration none is
# as sure as a value that stands there; and without them a model forgets that a page may not tell.
ABSENT_SURE = 0.7
_PAGES = 100  # pages whose answers are held at a time
_OF_ONE_PAGE = ("first", "last", "best", "vote")  # merge rules under which a document's value is some page's
_VERIFIED = ("exact", "close")
_WHOLE: tuple[int, ...] = (0,)
Answers = Mapping[tuple[int, str], Given]


@dataclass(frozen=True, slots=True)
class Fact:
    """The right answer to a question of a page: a canonical value, None where the page does not tell.

    `given` is what the engine had answered there, None where none was asked.
    """

    question: Question
    value: str | None
    origin: Origin
    given: Given | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts as known: reviews; and answers as sure as `confident`, None: none that nobody reviewed.

    `replay`: of pages that nobody reviewed; there an "absent" as sure as ABSENT_SURE counts too: it is to be kept.
    """

    asked: QuestionSet
    engine_id: int | None
    confident: float | None
    replay: bool = False
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Whole:
    """What people said of the document as a whole that is true of pages: by page and key, and keys that none tells."""

    on: Mapping[tuple[int, str], Fact]
    nowhere: frozenset[str]


def facts_of(database: Database, document: DocumentRow, wanted: Wanted) -> Iterator[tuple[int, list[Fact]]]:
    """The pages of a document of which anything is known, each with its facts in the order of the set."""
    said, given = database.look(partial(_read, document=document, wanted=wanted, numbers=_WHOLE))
    whole = _of_whole(document, wanted, said, given)
    _count_unasked(wanted, said)
    for first in range(1, document.page_count + 1, _PAGES):
        numbers = range(first, min(first + _PAGES, document.page_count + 1))
        said, given = database.look(partial(_read, document=document, wanted=wanted, numbers=tuple(numbers)))
        _count_unasked(wanted, said)
        for number in numbers:
            facts = [fact for ask in wanted.asked.questions if (fact := _fact(ask, number, wanted, whole, said, given))]
            if any(fact.value is not None or fact.origin == "review" for fact in facts):
                yield number, facts


def _count_unasked(wanted: Wanted, said: Mapping[tuple[int, str], Review]) -> None:
    keys = {question.key for question in wanted.asked.questions}
    wanted.skipped["not asked any more"] += sum(key not in keys for _, key in said)


def _read(
    conn: Any, document: DocumentRow, wanted: Wanted, numbers: tuple[int, ...]
) -> tuple[dict[tuple[int, str], Review], dict[tuple[int, str], Given]]:
    said = taught.reviews_of(conn, document.id, numbers, wanted.asked.name)
    return said, taught.given(conn, document.id, numbers, wanted.asked, wanted.engine_id)


def _of_whole(document: DocumentRow, wanted: Wanted, said: Mapping[tuple[int, str], Review], given: Answers) -> _Whole:
    """The document's own answers: those about all of it where that is one page; others where they were found."""
    on: dict[tuple[int, str], Fact] = {}
    nowhere = set()
    for question in wanted.asked.questions:
        place = (0, question.key)
        own, review = given.get(place), said.get(place)
        if question.scope == "document" and document.page_count > 1:
            wanted.skipped["about several pages"] += review is not None
        elif question.scope == "document":
            fact = _reviewed(question, review, own, wanted) if review else _sure(question, own, wanted)
            on |= {(1, question.key): fact} if fact else {}
        elif review is not None and (fact := _reviewed(question, review, own, wanted)):
            page = _page_of(question, review, own, document)
            if fact.value is None:
                nowhere.add(question.key)
            elif page:
                on[page, question.key] = fact
            else:
                wanted.skipped["of no known page"] += 1
    return _Whole(on, frozenset(nowhere))


def _page_of(question: Question, review: Review, own: Given | None, document: DocumentRow) -> int | None:
    """The page that tells what a person said of the document, None where that is not known."""
    if document.page_count == 1:
        return 1
    if question.merge not in _OF_ONE_PAGE:
        return None
    if review.boxes:
        return review.boxes[0].page
    same = own is not None and own.answer.value == review.value
    return own.answer.found_on if own is not None and same else None


def _fact(
    question: Question,
    number: int,
    wanted: Wanted,
    whole: _Whole,
    said: Mapping[tuple[int, str], Review],
    given: Answers,
) -> Fact | None:
    """What is right of a question on a page. What was said of the page itself goes first."""
    place = (number, question.key)
    if question.scope == "document":
        return whole.on.get(place)
    own, review = given.get(place), said.get(place)
    if review is not None:
        return _reviewed(question, review, own, wanted)
    if place in whole.on:
        return whole.on[place]
    if question.key in whole.nowhere:  # taught where an engine saw something, and once more at least
        told = number == 1 or (own is not None and own.answer.status != "absent")
        return Fact(question, None, "review", own) if told and question.asked_of(number) else None
    return _sure(question, own, wanted)


def _reviewed(question: Question, review: Review, own: Given | None, wanted: Wanted) -> Fact | None:
    if review.kind != question.kind:
        wanted.skipped["of another type by now"] += 1
        return None
    if review.status not in ("ok", "absent"):
        return None  # nobody could tell what would be right
    return Fact(question, review.value if review.status == "ok" else None, "review", own)


def _sure(question: Question, own: Given | None, wanted: Wanted) -> Fact | None:
    """An answer that nobody reviewed, where it is sure, and what it says stands on the page."""
    if wanted.confident is None or own is None or own.answer.question.hash != question.hash:
        return None
    answer: Answer = own.answer
    kept = wanted.replay and answer.status == "absent"
    if answer.confidence < (min(ABSENT_SURE, wanted.confident) if kept else wanted.confident):
        return None
    origin: Origin = "replay" if wanted.replay else "confident"
    if answer.status == "ok" and answer.value is not None and answer.evidence in _VERIFIED:
        return Fact(question, answer.value, origin, own)
    wanted.skipped["sure, but not verified on the page"] += answer.status == "ok"
    return Fact(question, None, origin, own) if kept else None
