"""Judge what engines answered by what people said in reviews."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from docproc.core.errors import NotFound
from docproc.core.kinds import kind_of
from docproc.service.eval.judge import Gold, Said, judge
from docproc.service.eval.scored import Scored
from docproc.service.parts import Parts
from docproc.store import calibrations, judged
from docproc.store.judged import ReviewedAnswer

_CHUNK = 200  # reviews that are read at a time


def reviewed(parts: Parts, set_name: str | None, engine_name: str | None) -> Iterator[Scored]:
    """The reviewed answers of all engines, or of one, judged; a bounded number in memory.

    A person who accepted an answer said that it is right. Raises NotFound, before the first, for an engine that has
    not answered anything here.
    """
    engine_id = None
    if engine_name is not None:
        with parts.database.read() as conn:
            found = calibrations.engine(conn, engine_name)
        if found is None:
            raise NotFound(f"the engine {engine_name!r} has not answered anything here; docproc run asks")
        engine_id = found[0]

    def rows() -> Iterator[Scored]:
        last: judged.Place | None = judged.START
        while last is not None:
            with parts.database.read() as conn:
                answers, last = judged.after(conn, last, set_name, engine_id, _CHUNK)
            for answer in answers:
                row = _scored(answer)
                if row is not None:
                    yield row

    return rows()


def _scored(one: ReviewedAnswer) -> Scored | None:
    """The judged answer; None where the review is of a time when the question was of another kind."""
    question = one.answer.question
    gold: tuple[str, ...] = ()
    if one.status == "ok" and one.value is not None:
        try:
            gold = (one.value if one.kind == question.kind else kind_of(question.kind).parse(one.value, question),)
        except ValueError:
            return None
    said = Said(one.answer.status, one.answer.value, one.answer.boxes)
    told = judge(question.kind, said, Gold(gold, boxes=one.boxes))
    number = one.answer.page
    return Scored(
        id=f"{one.document}/{number}/{one.set_name}.{question.key}",
        document=one.document,
        page=number,
        key=question.key,
        kind=question.kind,
        engine=one.engine,
        set=one.set_name,
        version=one.version,
        status=one.answer.status,
        said=one.answer.value,
        gold=gold,
        right=told.right,
        scores=told.scores,
        confidence=one.answer.confidence,
        evidence=one.answer.evidence,
        boxes=tuple((box.page, *box.box) for box in one.answer.boxes),
        name=PurePath(one.path).name,
    )
