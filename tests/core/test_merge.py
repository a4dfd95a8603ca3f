from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.boxes import Box, PageBox
from docproc.core.kinds import kinds
from docproc.core.merge import MOST_BOXES, merge, rules_for
from docproc.core.questions import MergeRule, Question
from docproc.core.types import Answer, AnswerStatus

BOX = Box(0.1, 0.1, 0.2, 0.2)


def question(kind: str = "string", rule: MergeRule = "best") -> Question:
    return Question("asked", "What?", kind, merge=rule)


def said(page: int, value: str | None, confidence: float = 0.5, status: AnswerStatus = "ok", **more: Any) -> Answer:
    boxes = (PageBox(page, BOX),) if value is not None else ()
    return Answer(page, question(), status, value, confidence=confidence, boxes=boxes, **more)


@pytest.mark.parametrize(("rule", "value", "page"), [("first", "a", 1), ("last", "c", 4), ("best", "b", 2)])
def test_one_page_is_chosen_by_the_rule(rule: MergeRule, value: str, page: int) -> None:
    pages = [said(1, "a", 0.2), said(2, "b", 0.9), said(3, None, 0.99, "absent"), said(4, "c", 0.3)]
    answer = merge(question(rule=rule), pages)
    assert (answer.page, answer.value, answer.found_on) == (0, value, page)
    assert answer.boxes == (PageBox(page, BOX),)


def test_between_equal_confidences_the_better_evidence_then_the_earlier_page_is_best() -> None:
    pages = [said(1, "a", evidence="none"), said(2, "b", evidence="exact"), said(3, "c", evidence="exact")]
    assert merge(question(), pages).value == "b"


def test_the_vote_goes_to_the_most_pages_and_its_confidence_to_their_share() -> None:
    pages = [said(1, "a", 0.9), said(2, "b", 0.6), said(3, "b", 0.8)]
    answer = merge(question(rule="vote"), pages)
    assert (answer.value, answer.found_on) == ("b", 3)
    assert answer.confidence == pytest.approx(0.8 * 2 / 3)


def test_amounts_of_one_currency_are_summed() -> None:
    answer = merge(question("money", "sum"), [said(1, "1.10 EUR", 0.8), said(2, "-2.05 EUR", 0.6)])
    assert answer.value == "-0.95 EUR"
    assert answer.confidence == pytest.approx(0.7)
    assert [box.page for box in answer.boxes] == [1, 2]


@pytest.mark.parametrize("other", ["1.00 USD", "1.00"])
def test_amounts_of_different_currencies_have_no_sum(other: str) -> None:
    answer = merge(question("money", "sum"), [said(1, "1.10 EUR"), said(2, other)])
    assert (answer.status, answer.value) == ("invalid", None)
    assert json.loads(answer.raw) == ["1.10 EUR", other]


def test_rows_and_texts_are_joined_in_the_order_of_the_pages() -> None:
    rows = merge(question("table", "concat"), [said(1, '[{"a":"1"}]'), said(2, '[{"a":"2"},{"a":"1"}]')])
    assert rows.value == '[{"a":"1"},{"a":"2"},{"a":"1"}]'
    assert merge(question("text", "concat"), [said(1, "one"), said(2, "two")]).value == "one\n\ntwo"


def test_a_union_keeps_the_first_of_what_is_the_same() -> None:
    answer = merge(question("list", "union"), [said(1, '["Ä","b"]'), said(2, '["B","ä","c"]')])
    assert answer.value == '["Ä","b","c"]'


def test_a_page_that_failed_weakens_a_joined_answer() -> None:
    pages = [said(1, "5", 0.8), said(2, None, 0.0, "unreadable"), said(3, None, 0.9, "absent")]
    assert merge(question("integer", "sum"), pages).confidence == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["absent", "missing", "unreadable", "invalid"], "invalid"),
        (["absent", "missing", "unreadable"], "unreadable"),
        (["absent", "missing"], "missing"),
        (["absent", "absent"], "absent"),
        ([], "absent"),
    ],
)
def test_absent_is_said_only_where_every_page_was_read(statuses: list[AnswerStatus], status: str) -> None:
    pages = [said(number, None, 0.7, one) for number, one in enumerate(statuses, 1)]
    answer = merge(question(), pages)
    assert (answer.status, answer.value, answer.boxes) == (status, None, ())
    assert answer.confidence == (0.7 if status == "absent" and statuses else 0.0)


def test_answers_are_taken_one_by_one_and_boxes_are_bounded() -> None:
    stream = (said(number, "1") for number in range(1, 2000))
    answer = merge(question("integer", "sum"), stream)
    assert (answer.value, len(answer.boxes), next(stream, None)) == ("1999", MOST_BOXES, None)


def test_every_kind_takes_its_own_default_rule() -> None:
    assert all(kind.merge in rules_for(name) for name, kind in kinds().items())


statuses = st.sampled_from(["ok", "absent", "invalid", "unreadable", "missing"])
pages = st.lists(st.tuples(statuses, st.integers(-50, 50), st.floats(0, 1)), max_size=12)


@settings(deadline=None)
@given(pages, st.sampled_from(rules_for("integer")))
def test_any_value_wins_and_nothing_is_invented(told: list[tuple[AnswerStatus, int, float]], rule: MergeRule) -> None:
    answers = [said(n, str(v) if s == "ok" else None, c, s) for n, (s, v, c) in enumerate(told, 1)]
    values = [int(answer.value) for answer in answers if answer.value is not None]
    merged = merge(question("integer", rule), answers)
    assert (merged.status == "ok") == bool(values)
    assert 0.0 <= merged.confidence <= 1.0
    if values:
        assert int(merged.value or "") in ([sum(values)] if rule == "sum" else values)


lists = st.lists(st.lists(st.sampled_from(["2018", "2018-10", "2019-01-02"]), min_size=1), min_size=1, max_size=5)


@settings(deadline=None)
@given(lists)
def test_a_union_has_everything_once(told: list[list[str]]) -> None:
    answers = [said(number, json.dumps(items)) for number, items in enumerate(told, 1)]
    merged = merge(question("dates", "union"), answers)
    assert json.loads(merged.value or "") == list(dict.fromkeys(item for items in told for item in items))
