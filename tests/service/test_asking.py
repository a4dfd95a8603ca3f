"""Asking an engine: one bad page of a batch fails alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from docproc.core.boxes import Box
from docproc.core.errors import EngineUnavailable, PageFailed
from docproc.core.questions import Question
from docproc.core.types import Completion, Page, Prompt, Reading, Reply, Word
from docproc.service.work.asking import complete, judge

SENDER = Question("sender", "Who wrote it?", "string")


class Fussy:
    """Breaks on page 2, as an engine whose worker a page has killed."""

    name = "fussy"
    fingerprint = "fussy:1"
    batch = 4
    lanes = 1

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        numbers = [prompt.pages[0].number for prompt in prompts]
        self.calls.append(numbers)
        if 2 in numbers:
            raise PageFailed("page 2 killed its worker", "engine_error")
        if 4 in numbers:
            raise EngineUnavailable("the engine is away")
        return [Completion((Reply('{"value": "Anna Example"}'),)) for _ in prompts]

    def close(self) -> None: ...


def _prompt(number: int) -> Prompt:
    return Prompt((Page("d", number, "i", 100, 100, 72.0),), (SENDER,))


def test_one_bad_page_of_a_batch_fails_alone() -> None:
    said = complete(Fussy(), [_prompt(1), _prompt(2), _prompt(3)])
    assert [type(one) for one in said] == [Completion, PageFailed, Completion]


def test_a_good_batch_is_one_call() -> None:
    engine = Fussy()
    complete(engine, [_prompt(1), _prompt(3)])
    assert engine.calls == [[1, 3]]


def test_an_absent_engine_is_not_a_failed_page() -> None:
    with pytest.raises(EngineUnavailable):
        complete(Fussy(), [_prompt(4)])


def test_answers_are_grounded_on_what_the_engine_has_read_on_the_way() -> None:
    words = (Word("Anna", Box(10, 10, 30, 20)), Word("Example", Box(32, 10, 60, 20)))
    reading = Reading("ocr", words, 100.0, 100.0)
    completion = Completion((Reply('{"value": "Anna Example"}', confidence=0.9),), (reading,))
    answers, readings = judge(_prompt(3), completion, 3)
    assert readings == [(3, reading)]
    assert (answers[0].status, answers[0].value, answers[0].evidence) == ("ok", "Anna Example", "exact")
    assert answers[0].boxes[0].page == 3
    assert answers[0].boxes[0].box.x0 == pytest.approx(0.1)
