"""Ask the questions of labelled documents, as `docproc run` does, and judge the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError
from docproc.core.kinds import kind_of
from docproc.core.kinds.inputs import dumps
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.service.eval.judge import Gold, Said, judge
from docproc.service.eval.public_said import Predictions
from docproc.service.eval.scored import UNASKED, Scored
from docproc.service.eval.statements import truth
from docproc.service.eval.statements_asked import asked as outright
from docproc.service.eval.statements_asked import identity
from docproc.service.events import Ended, Event, Started
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.service.run import How, run
from docproc.sources.gold import GoldAnswer, Labelled
from docproc.sources.gold.folder import labelled
from docproc.store import answers, jobs
from docproc.store.database import Database
from docproc.store.jobs import DocumentResult

# What a gold file can tell that no set asks: it is counted in the answer to a question that is asked.
_COUNTED = {"table_count": "tables"}
_NOBODY = "(not answered)"


@dataclass
class _Job:
    """A set that was asked of some documents, and how each of them ended, by its path."""

    questions: QuestionSet
    engine_id: int = 0
    engine: str = _NOBODY
    ended: dict[str, DocumentResult] = field(default_factory=dict)

    def question(self, key: str) -> Question | None:
        return next((one for one in self.questions.questions if one.key == key), None)


def judged(parts: Parts, path: Path, engine_name: str | None, tell: Callable[[Event], None]) -> Iterator[Scored]:
    """The judged answers to what is known of the labelled documents in a folder, document by document.

    What was answered before is not asked again. `tell` hears how the asking goes. Raises what `run` raises, and
    UsageError for labels that cannot be read.
    """
    items = list(labelled(path))
    asked: dict[str, _Job] = {}
    for name in dict.fromkeys(name for item in items for name in sets_of(item)):
        asked[name] = _Job(resolve_set(parts, name))
    for name, job in asked.items():
        paths = [str(item.path) for item in items if name in sets_of(item)]
        for event in run(parts, paths, name, engine_name, How("inline")):
            if isinstance(event, Started):
                with parts.database.read() as conn:
                    ref = jobs.find(conn, event.job_id)
                assert ref is not None
                job.engine_id, job.engine = ref.engine_id, ref.fingerprint
            elif isinstance(event, Ended):
                job.ended[str(Path(event.result.path).resolve())] = event.result
            tell(event)
    with outright(parts, items, engine_name) as said:
        for item in items:
            yield from _of_item(parts.database, item, asked, said)


def sets_of(item: Labelled) -> list[str]:
    """The sets that are asked of a document: those of its answers, and those by which the rest is told."""
    sets = [answer.set for answer in item.answers]
    if item.statements:
        sets.append("chart")
    if item.outcomes and not sets:
        sets.append("document")
    if item.forbidden:
        sets.append("invoice")
    return list(dict.fromkeys(sets))


def _of_item(database: Database, item: Labelled, asked: dict[str, _Job], said: Predictions | None) -> Iterator[Scored]:
    place = str(item.path.resolve())
    given = {name: _given(database, asked[name], place) for name in sets_of(item)}
    for gold in item.answers:
        yield _judged(database, item, gold, asked[gold.set], given[gold.set])
    if item.statements:
        yield from _statements(item, asked["chart"], _truths(item, given["chart"], said))
    first = next(iter(given), None)
    if item.outcomes and first is not None:
        yield _outcome(item, asked[first])
    if item.forbidden:
        yield _forbidden(item, asked, given)


def _given(database: Database, job: _Job, place: str) -> dict[str, Answer]:
    """The document's own answers, by key; none where it was refused."""
    result = job.ended.get(place)
    if result is None or result.document_id is None or result.outcome.startswith("rejected:"):
        return {}
    with database.read() as conn:
        return answers.of_document(conn, result.document_id, job.questions.questions, job.engine_id)


def _judged(database: Database, item: Labelled, gold: GoldAnswer, job: _Job, given: dict[str, Answer]) -> Scored:
    key = _COUNTED.get(gold.key, gold.key)
    question = job.question(gold.key) or job.question(key)
    if question is None:
        return _scored(item, job, gold.key, "string", UNASKED, page=gold.page)
    answer = given.get(question.key)
    if gold.page:
        answer = _of_page(database, job, question, item, gold.page)
    if gold.key != question.key:
        return _count(item, gold, job, answer)
    accepted = tuple(_canonical(value, question, item) for value in gold.accepted)
    said = Said("missing") if answer is None else Said(answer.status, answer.value, answer.boxes)
    told = judge(question.kind, said, Gold(accepted, gold.match, question.choices, gold.boxes))
    return _scored(
        item,
        job,
        gold.key,
        question.kind,
        said.status,
        page=gold.page,
        said=said.value,
        gold=accepted,
        right=told.right,
        scores=told.scores,
        **_evidence(answer),
    )


def _count(item: Labelled, gold: GoldAnswer, job: _Job, answer: Answer | None) -> Scored:
    """How many there are, told from a list of them."""
    said = str(len(json.loads(answer.value))) if answer is not None and answer.value is not None else None
    accepted = tuple(str(value) for value in gold.accepted)
    status = "missing" if answer is None else answer.status
    return _scored(
        item,
        job,
        gold.key,
        "integer",
        status,
        said=said,
        gold=accepted,
        right=said in accepted if accepted else said is None,
        confidence=None if answer is None else answer.confidence,
    )


def _of_page(database: Database, job: _Job, question: Question, item: Labelled, page: int) -> Answer | None:
    result = job.ended.get(str(item.path.resolve()))
    if result is None or result.document_id is None:
        return None
    with database.read() as conn:
        found = answers.of_pages(conn, result.document_id, question, job.engine_id)
        # To the end, so that its cursor is closed when the connection is given back.
        return {answer.page: answer for answer in found}.get(page)


def _truths(
    item: Labelled, given: dict[str, Answer], said: Predictions | None
) -> Iterator[tuple[bool | None, float | None]]:
    """Whether each statement is true, None where that is left open, and how sure that is.

    As the engine said outright, else as far as its answers about the chart tell.
    """
    values = {key: answer.value for key, answer in given.items() if answer.value is not None}
    for number, statement in enumerate(item.statements, 1):
        if said is not None:
            found = said.find(identity(item, number))
            value = None if found is None or found.said not in ("true", "false") else found.said == "true"
            yield value, None if found is None else found.confidence
        else:
            told = truth(statement.text, values)
            yield (None, None) if told is None else (told.true, given[told.by].confidence)


def _statements(item: Labelled, job: _Job, truths: Iterator[tuple[bool | None, float | None]]) -> Iterator[Scored]:
    for number, (statement, (true, sure)) in enumerate(zip(item.statements, truths, strict=True), 1):
        yield _scored(
            item,
            job,
            f"statement_{statement.group}" if statement.group else "statement",
            "boolean",
            "absent" if true is None else "ok",
            number=number,
            said=None if true is None else str(true).lower(),
            gold=(str(statement.true).lower(),),
            right=true == statement.true,
            confidence=sure,
            group=f"{item.name}/{statement.group or number}",
        )


def _outcome(item: Labelled, job: _Job) -> Scored:
    result = job.ended.get(str(item.path.resolve()))
    said = None if result is None else result.outcome
    right = said in item.outcomes
    status = "missing" if said is None else "ok"
    return _scored(item, job, "outcome", "outcome", status, said=said, gold=item.outcomes, right=right)


def _forbidden(item: Labelled, asked: dict[str, _Job], given: dict[str, dict[str, Answer]]) -> Scored:
    """Whether no answer is a value that was planted."""
    told = {answer.value for found in given.values() for answer in found.values() if answer.value is not None}
    planted = [value for value in told if any(_is(value, one) for one in item.forbidden)]
    job = asked[next(iter(given))]
    said = planted[0] if planted else None
    return _scored(item, job, "planted", "outcome", "ok" if said else "absent", said=said, right=not planted)


def _is(said: str, planted: str) -> bool:
    try:
        return float(said.partition(" ")[0]) == float(planted)
    except ValueError:
        return planted.casefold() in said.casefold()


def _evidence(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    boxes = tuple((box.page, *box.box) for box in answer.boxes)
    return {"confidence": answer.confidence, "evidence": answer.evidence, "boxes": boxes}


def _scored(item: Labelled, job: _Job, key: str, kind: str, status: str, **told: Any) -> Scored:
    """A row about a document; `number` tells rows of one key apart."""
    number, page = told.pop("number", None), told.pop("page", 0)
    name = job.questions.name
    result = job.ended.get(str(item.path.resolve()))
    rest = "" if number is None else f"/{number}"
    return Scored(
        id=f"{item.name}/{page}/{name}.{key}{rest}",
        document=(result and result.document) or item.name,
        page=page,
        key=key,
        kind=kind,
        engine=job.engine,
        set=name,
        version=job.questions.version,
        status=status,
        part=item.kind,
        name=item.name,
        **{"said": None, "gold": (), "right": False, **told},
    )


def _canonical(value: Any, question: Question, item: Labelled) -> str:
    try:
        return kind_of(question.kind).parse(value, question)
    except ValueError as error:
        said = value if isinstance(value, str) else dumps(value)
        raise UsageError(
            f"{item.name}: {said[:80]!r} is no {question.kind}, the type of {question.key!r}: {error}"
        ) from error
