"""Asking an engine: one bad page of a batch fails alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from docproc.core.boxes import Box
from docproc.core.errors import EngineUnavailable, NotFound, PageFailed
from docproc.core.partial import items_in
from docproc.core.questions import Column, Question
from docproc.core.types import Completion, Page, Prompt, Reading, Reply, Word
from docproc.service.work.asking import Asked, Asker, complete

SENDER = Question("sender", "Who wrote it?", "string")


class Fussy:
    """Breaks on page 2, as an engine whose worker a page has killed."""

    name = "fussy"
    fingerprint = "fussy:1"
    batch = 4
    lanes = 1
    pages = 8
    manners: frozenset[str] = frozenset()
    glances = False

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


def test_a_page_whose_image_goes_away_under_the_engine_fails_alone() -> None:
    class Blind(Fussy):
        def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
            if any(prompt.pages[0].number == 3 for prompt in prompts):
                raise NotFound("the page image is gone")
            return super().complete(prompts)

    good, bad = complete(Blind(), [_prompt(1), _prompt(3)])
    assert isinstance(good, Completion)
    assert isinstance(bad, PageFailed)
    assert bad.code == "render_error"


def test_an_absent_engine_is_not_a_failed_page() -> None:
    with pytest.raises(EngineUnavailable):
        complete(Fussy(), [_prompt(4)])


def test_answers_are_grounded_on_what_the_engine_has_read_on_the_way() -> None:
    words = (Word("Anna", Box(10, 10, 30, 20)), Word("Example", Box(32, 10, 60, 20)))
    reading = Reading("ocr", words, 100.0, 100.0)
    said = [Completion((Reply('{"value": "Anna Example"}', confidence=0.9),), (reading,), 700, 9)]
    asked = ask(Teller(said, manners=frozenset()), _prompt(3))
    assert asked.readings == ((3, reading),)
    assert (asked.tokens_in, asked.tokens_out) == (700, 9)
    (answer,) = asked.answers
    assert (answer.status, answer.value, answer.evidence) == ("ok", "Anna Example", "exact")
    assert (answer.boxes[0].page, answer.page) == (3, 3)
    assert answer.boxes[0].box.x0 == pytest.approx(0.1)


class Teller:
    """Says what it is told, one completion after the other, and keeps what it was asked."""

    name = "teller"
    fingerprint = "teller:1"
    batch = 4
    lanes = 1
    pages = 8

    def __init__(
        self,
        said: Sequence[Completion | str | PageFailed],
        manners: frozenset[str] = frozenset({"temperature", "turn", "closer"}),
        glances: bool = False,
    ) -> None:
        self._said = list(said)
        self.manners, self.glances = manners, glances
        self.heard: list[Prompt] = []

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        completions = []
        for prompt in prompts:
            said = self._said.pop(0)
            self.heard.append(prompt)
            if isinstance(said, PageFailed):
                raise said
            completions.append(said if isinstance(said, Completion) else Completion((Reply(said),)))
        return completions

    def close(self) -> None: ...


def ask(engine: Teller, prompt: Prompt) -> Asked:
    (asked,) = Asker(engine).ask([prompt])
    assert isinstance(asked, Asked)
    return asked


def looped(text: str = "") -> Completion:
    return Completion((Reply(text, finish="loop"),))


def test_a_good_reply_is_not_asked_again() -> None:
    engine = Teller(['{"value": "Anna"}'])
    (answer,) = ask(engine, _prompt(1)).answers
    assert (answer.status, answer.steps, len(engine.heard)) == ("ok", (), 1)


def test_a_loop_is_asked_again_at_a_higher_temperature() -> None:
    engine = Teller([looped(), looped(), '{"value": "Anna"}'])
    (answer,) = ask(engine, _prompt(1)).answers
    assert (answer.status, answer.value) == ("ok", "Anna")
    assert answer.steps == ("temperature 0.2 (loop)", "temperature 0.5 (loop)")
    assert [prompt.manner.temperature for prompt in engine.heard] == [0.0, 0.2, 0.5]
    assert len({prompt.manner.seed for prompt in engine.heard}) == 3


def test_a_page_that_loops_whatever_is_tried_is_turned_looked_at_closer_and_unreadable() -> None:
    engine = Teller([looped("nothing") for _ in range(8)])
    (answer,) = ask(engine, _prompt(1)).answers
    assert (answer.status, answer.value) == ("unreadable", None)
    manners = [prompt.manner for prompt in engine.heard]
    assert [manner.turn for manner in manners] == [0, 0, 0, 0, 180, 90, 270, 0]
    assert [manner.closer for manner in manners] == [False] * 7 + [True]


def test_a_page_whose_orientation_is_known_is_not_turned() -> None:
    page = replace(_prompt(1).pages[0], ocr=Reading("ocr", (Word("x", Box(0, 0, 1, 1)),), 100.0, 100.0))
    engine = Teller([looped() for _ in range(5)])
    ask(engine, Prompt((page,), (SENDER,)))
    assert all(prompt.manner.turn == 0 for prompt in engine.heard)


def test_a_page_is_not_turned_for_one_question_when_others_were_answered() -> None:
    town = replace(SENDER, key="town")
    first = Completion((Reply('{"value": "Anna"}'), Reply("", finish="loop")))
    engine = Teller([first, *[looped() for _ in range(4)]])
    anna, lost = ask(engine, replace(_prompt(1), asks=(SENDER, town))).answers
    assert (anna.value, anna.steps) == ("Anna", ())
    assert lost.status == "unreadable"
    assert [prompt.asks for prompt in engine.heard[1:]] == [(town,)] * 4
    assert all(prompt.manner.turn == 0 for prompt in engine.heard)


def test_an_engine_that_cannot_vary_is_asked_once() -> None:
    engine = Teller(["what do I know"], manners=frozenset())
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (Question("n", "How many?", "integer"),))).answers
    assert (answer.status, len(engine.heard)) == ("invalid", 1)


def test_a_try_that_fails_leaves_what_was_said_before() -> None:
    engine = Teller(["what do I know", PageFailed("out of memory", "out_of_memory")])
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (Question("n", "How many?", "integer"),))).answers
    assert (answer.status, answer.raw) == ("invalid", "what do I know")
    assert answer.steps == ("temperature 0.2 (invalid)",)


def test_what_a_glance_did_not_find_is_looked_at_closer() -> None:
    engine = Teller(['{"value": null}', '{"value": "Anna"}'], glances=True)
    (answer,) = ask(engine, _prompt(1)).answers
    assert (answer.value, answer.steps) == ("Anna", ("closer (absent)",))
    assert answer.signals.agreement is None
    assert engine.heard[1].manner.closer


def test_what_is_absent_from_close_up_too_is_absent_with_agreement() -> None:
    engine = Teller(['{"value": null}', '{"value": null}'], glances=True)
    (answer,) = ask(engine, _prompt(1)).answers
    assert (answer.status, answer.signals.agreement, len(engine.heard)) == ("absent", 1.0, 2)


def test_an_unsure_glance_is_held_against_a_closer_look() -> None:
    unsure = Completion((Reply('{"value": "Anne"}', confidence=0.5),))
    sure = Completion((Reply('{"value": "Anna"}', confidence=0.97),))
    (answer,) = ask(Teller([unsure, sure], glances=True), _prompt(1)).answers
    assert (answer.value, answer.signals.said, answer.steps) == ("Anna", 0.97, ("closer (unsure)",))
    assert answer.signals.agreement is not None
    assert answer.signals.agreement < 1
    (answer,) = ask(Teller([unsure, unsure], glances=True), _prompt(1)).answers
    assert (answer.value, answer.signals.agreement) == ("Anne", 1.0)


def test_a_sure_glance_is_enough() -> None:
    engine = Teller([Completion((Reply('{"value": "Anna"}', confidence=0.99),))], glances=True)
    assert ask(engine, _prompt(1)).answers[0].steps == ()


ROWS = Question("rows", "List the rows.", "table", columns=(Column("name", "string"), Column("n", "integer")))


def rows(first: int, last: int) -> list[dict[str, object]]:
    return [{"name": f"item {n}", "n": n} for n in range(first, last + 1)]


def test_a_table_that_is_cut_off_is_continued_row_by_row_to_its_end() -> None:
    whole = json.dumps({"count": 9, "value": rows(1, 9)})
    cut = Completion((Reply(whole[:170], finish="length", logprob=-0.1),))
    held = len(items_in(whole[:170]))
    more = json.dumps({"count": 4, "value": rows(held + 1, 6)})
    engine = Teller([cut, more, json.dumps({"count": 3, "value": rows(7, 9)})])
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (ROWS,))).answers
    assert json.loads(answer.value or "") == [{"name": f"item {n}", "n": str(n)} for n in range(1, 10)]
    assert answer.steps[0] == "continued (cut)"
    assert f"{held} have been listed" in engine.heard[1].asks[0].ask
    assert answer.question == ROWS


def test_a_table_that_the_engine_closed_where_it_was_cut_off_is_continued() -> None:
    closed = Completion((Reply(json.dumps({"count": None, "value": rows(1, 2)}), finish="length"),))
    engine = Teller([closed, json.dumps({"count": 1, "value": rows(3, 3)})])
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (ROWS,))).answers
    assert [row["n"] for row in json.loads(answer.value or "")] == ["1", "2", "3"]
    assert answer.steps == ("continued (cut)",)


def test_a_table_with_fewer_rows_than_it_counts_is_asked_for_the_rest() -> None:
    early = json.dumps({"count": 4, "value": rows(1, 2)})
    engine = Teller([early, json.dumps({"count": 3, "value": rows(2, 4)})])
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (ROWS,))).answers
    assert [row["n"] for row in json.loads(answer.value or "")] == ["1", "2", "3", "4"]
    assert answer.steps == ("continued (short)",)


def test_a_table_whose_rest_the_engine_does_not_find_stays_as_it_is_and_says_so() -> None:
    early = json.dumps({"count": 4, "value": rows(1, 2)})
    engine = Teller([early, json.dumps({"count": None, "value": None})])
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (ROWS,))).answers
    assert [row["n"] for row in json.loads(answer.value or "")] == ["1", "2"]
    assert answer.steps == ("continued (short)", "2 of 4")
    assert len(engine.heard) == 2


def test_a_transcript_that_is_cut_off_is_continued_where_it_broke() -> None:
    text = " ".join(f"word{n}" for n in range(200))
    question = Question("text", "What does the page say?", "text", role="ocr.text")
    cut = Completion((Reply(json.dumps({"value": text})[:700], finish="length"),))
    rest = text[text.index("word80") :]
    engine = Teller([cut, json.dumps({"value": rest})])
    (answer,) = ask(engine, Prompt(_prompt(1).pages, (question,))).answers
    assert answer.value == text
    assert answer.steps == ("continued (cut)",)


def test_a_transcript_that_cannot_be_had_is_taken_from_the_page_itself() -> None:
    question = Question("text", "What does the page say?", "text", role="ocr.text")
    page = replace(_prompt(1).pages[0], layer=Reading("layer", (Word("Hello", Box(0, 0, 9, 9)),), 100.0, 100.0))
    engine = Teller([looped() for _ in range(5)])
    (answer,) = ask(engine, Prompt((replace(page, layer_trusted=True),), (question,))).answers
    assert (answer.status, answer.value, answer.evidence) == ("ok", "Hello", "exact")
    assert answer.steps[-1] == "page text (loop)"


def test_a_reply_in_another_script_than_the_page_is_asked_again() -> None:
    page = replace(_prompt(1).pages[0], ocr=Reading("ocr", (Word("Anna", Box(0, 0, 9, 9)),), 100.0, 100.0))
    engine = Teller(['{"value": "\\u5b89\\u5a1c\\u516c\\u53f8"}', '{"value": "Anna"}'])
    (answer,) = ask(engine, Prompt((page,), (SENDER,))).answers
    assert (answer.value, answer.steps) == ("Anna", ("temperature 0.2 (drift)",))


def test_a_reader_reads_the_pages_that_nobody_has_read() -> None:
    reading = Reading("ocr", (Word("Anna", Box(10, 10, 30, 20)),), 100.0, 100.0)
    reader = Teller([Completion((), (reading,))])
    engine = Teller(['{"value": "Anna"}', '{"value": "Anna"}'])
    read = replace(_prompt(2).pages[0], ocr=reading)
    asked, known = Asker(engine, reader).ask([_prompt(1), Prompt((read,), (SENDER,))])
    assert isinstance(asked, Asked)
    assert isinstance(known, Asked)
    assert asked.readings == ((1, reading),)
    assert known.readings == ()
    assert [answer.evidence for answer in (*asked.answers, *known.answers)] == ["exact", "exact"]
    assert len(reader.heard) == 1
    assert engine.heard[0].pages[0].ocr == reading


def test_a_page_that_cannot_be_read_is_asked_all_the_same() -> None:
    reader = Teller([PageFailed("too dark", "engine_error")])
    (asked,) = Asker(Teller(['{"value": "Anna"}']), reader).ask([_prompt(1)])
    assert isinstance(asked, Asked)
    assert asked.answers[0].value == "Anna"


def test_tokens_of_all_tries_are_counted() -> None:
    engine = Teller([Completion((Reply("", finish="loop"),), (), 700, 30), Completion((Reply('"A"'),), (), 700, 5)])
    asked = ask(engine, _prompt(1))
    assert (asked.tokens_in, asked.tokens_out) == (1400, 35)
