"""The document's own step: merge the pages' answers, and ask what is asked of the document as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from docproc.core.errors import PageFailed
from docproc.core.merge import merge
from docproc.core.questions import Question
from docproc.core.types import Answer, Page, Prompt
from docproc.imaging import Renderer
from docproc.service.work.asking import Asked, Asker
from docproc.service.work.items import Assignment, Item, answered
from docproc.service.work.restore import restored
from docproc.store import answers, pages
from docproc.store.database import Database
from docproc.store.results import Outcome


def finish_document(
    database: Database, renderer: Renderer, asker: Asker, assignment: Assignment, item: Item
) -> Outcome:
    """The document's answers, one per question. Raises EngineUnavailable, Unavailable."""
    restore = partial(restored, database, renderer, item)
    try:
        whole = _ask_whole(asker, assignment, map(restore, _chunks(database, assignment, item)))
    except PageFailed as error:
        return Outcome(item.task, "failed", code=error.code, error=str(error))
    merged = []
    with database.read() as conn:
        for question in assignment.questions.questions:
            if question.scope == "page":
                told = answers.of_pages(conn, item.document.id, question, assignment.engine_id)
                merged.append(merge(question, told))
    return answered(item, replace(whole, answers=(*whole.answers, *merged)))


def _ask_whole(asker: Asker, assignment: Assignment, chunks: Iterator[tuple[Page, ...]]) -> Asked:
    """Questions of document scope, asked of at most `document_pages` pages at a time, so that memory stays flat."""
    asked = assignment.questions.document_questions
    told: dict[str, list[Answer]] = {question.key: [] for question in asked}
    total = Asked(())
    for chunk in chunks if asked else ():
        for prompt in _prompts(asked, chunk):
            (said,) = asker.ask([prompt], 0)
            if isinstance(said, PageFailed):
                raise said
            total = total.plus(said)
            for answer in said.answers:
                told[answer.question.key].append(answer)
    merged = [told[q.key][0] if len(told[q.key]) == 1 else merge(q, told[q.key]) for q in asked]
    return replace(total, answers=tuple(replace(answer, page=0) for answer in merged))


def _prompts(asked: Sequence[Question], chunk: Sequence[Page]) -> Iterator[Prompt]:
    """Questions that look at the same pages share a prompt."""
    groups: dict[tuple[int, ...], list[Question]] = {}
    for question in asked:
        numbers = tuple(page.number for page in chunk if question.asked_of(page.number))
        if numbers:
            groups.setdefault(numbers, []).append(question)
    for numbers, group in groups.items():
        yield Prompt(tuple(page for page in chunk if page.number in numbers), tuple(group))


def _chunks(database: Database, assignment: Assignment, item: Item) -> Iterator[tuple[Page, ...]]:
    document_id = item.document.id
    with database.read() as conn:
        numbers = [
            number
            for number in pages.inked(conn, document_id)
            if any(question.asked_of(number) for question in assignment.questions.document_questions)
        ]
    for first in range(0, len(numbers), assignment.document_pages):
        wanted = [(document_id, number) for number in numbers[first : first + assignment.document_pages]]
        with database.read() as conn:
            stored = pages.load(conn, wanted, assignment.render)
        yield tuple(stored[key].page for key in wanted if key in stored)
