"""One answer against what is right: by kind, by metric, by the match that the gold names."""

from __future__ import annotations

import json

import pytest

from docproc.core.boxes import Box, PageBox
from docproc.core.errors import UsageError
from docproc.service.eval.judge import METRICS, Gold, Said, judge

TABLES = json.dumps([{"page": 1, "box": [0, 0, 1, 1], "caption": "", "grid": [["a", "b"], ["c", "d"]]}])


def said(value: str) -> Said:
    return Said("ok", value)


def test_nothing_is_right_where_there_is_nothing_and_only_when_it_is_said_to_be_absent() -> None:
    assert judge("money", Said("absent"), Gold(())).right
    for status in ("invalid", "unreadable", "missing"):
        assert not judge("money", Said(status), Gold(())).right
    assert not judge("money", said("1.00"), Gold(())).right


def test_silence_where_there_is_a_value_is_wrong_and_scores_the_worst() -> None:
    told = judge("text", Said("absent"), Gold(("some words",)))
    assert (told.right, dict(told.scores)) == (False, {"cer": 1.0, "word_recall": 0.0})
    assert judge("string", Said("missing"), Gold(("a",)), ("anls",)).scores["anls"] == 0


def test_any_of_the_accepted_values_is_enough() -> None:
    assert judge("string", said("ACME"), Gold(("Acme Limited", "ACME"))).right
    assert not judge("string", said("ACNE"), Gold(("Acme Limited",))).right


def test_the_first_metric_says_what_is_right_and_all_are_told() -> None:
    told = judge("string", said("the blue car"), Gold(("blue cars",)), ("exact", "anls", "token_f1"))
    assert not told.right
    assert set(told.scores) == {"exact", "anls", "token_f1", "similarity"}
    assert judge("string", said("blue car"), Gold(("blue cars",)), ("anls", "exact")).right


def test_an_error_rate_is_right_where_it_is_small() -> None:
    assert judge("text", said("abcdefghij"), Gold(("abcdefghij",)), ("cer",)).right
    assert judge("text", said("abcdefghix"), Gold(("abcdefghij",)), ("cer",)).right  # one letter of ten
    assert not judge("text", said("abcdefgxyz"), Gold(("abcdefghij",)), ("cer",)).right


def test_public_sets_metrics_are_theirs() -> None:
    ten = ("red",) * 3 + ("crimson",) * 7
    assert judge("string", said("red"), Gold(ten), ("vqa",)).scores["vqa"] == pytest.approx(0.9)
    assert judge("string", said("1,234"), Gold(("1250",)), ("relaxed",)).right
    assert not judge("string", said("2019"), Gold(("2020",)), ("relaxed",)).right
    assert judge("string", said("2019"), Gold(("2020",)), ("relaxed_official",)).right
    animals = Gold(("B",), choices=("cat", "dog"))
    assert judge("string", said("(B) dog"), animals, ("choice",)).right
    assert judge("string", said("a dog"), animals, ("choice",)).right
    assert not judge("string", said("A"), animals, ("choice",)).right
    assert judge("string", said("No, there is none."), Gold(("no",)), ("yes_no",)).right
    assert judge("boolean", said("true"), Gold(("yes",)), ("yes_no",)).right
    assert judge("tables", said(TABLES), Gold((TABLES,)), ("teds",)).scores == {"teds": 1.0, "adjacency_f1": 1.0}


def test_every_metric_gives_a_right_answer_its_best_score() -> None:
    for name, metric in METRICS.items():
        kind, value = ("tables", TABLES) if name in ("teds", "adjacency_f1") else ("string", "B")
        if name in ("f1", "line_f1"):
            kind, value = "list", '["B"]'
        gold = Gold((value,) * 10, choices=("A", "B")) if name != "yes_no" else Gold(("yes",))
        told = judge(kind, said("yes" if name == "yes_no" else value), gold, (name,))
        assert metric.right(told.scores[name]), name
        assert told.right, name


@pytest.mark.parametrize(
    ("match", "right", "wrong", "gold"),
    [
        ("fuzzy:0.85", "Indah Gift and Home Deco", "Indah", "INDAH GIFT & HOME DECO"),
        ("contains", "Report no. 12 of the Agency", "Report no. 13", "no. 12"),
        ("code", "DE 44-1234", "DE 44 1235", "de441234"),
        ("words:0.5", "one two", "one five", "one two three four"),
        ("is", "ok:partial", "ok", "ok:partial"),
    ],
)
def test_a_match_decides_before_the_kind_does(match: str, right: str, wrong: str, gold: str) -> None:
    assert judge("string", said(right), Gold((gold,), match)).right
    assert not judge("string", said(wrong), Gold((gold,), match)).right


def test_amounts_of_lines_match_in_any_order() -> None:
    first = json.dumps([{"name": "a", "amount": "1.00 EUR"}, {"name": "b", "amount": "2.50"}])
    second = json.dumps([{"name": "x", "amount": "2.50"}, {"name": "y", "amount": "1.00"}])
    assert judge("table", said(first), Gold((second,), "amounts:amount")).right
    assert not judge("table", said(first), Gold((first.replace("2.50", "2.51"),), "amounts:amount")).right


def test_evidence_is_measured_where_boxes_are_known() -> None:
    true = (PageBox(2, Box(0.0, 0.0, 0.5, 0.5)),)
    half = Said("ok", "x", (PageBox(2, Box(0.0, 0.0, 0.5, 0.25)),))
    elsewhere = Said("ok", "x", (PageBox(1, Box(0.0, 0.0, 0.5, 0.5)),))
    assert judge("string", half, Gold(("x",), boxes=true)).scores["evidence_iou"] == pytest.approx(0.5)
    assert judge("string", elsewhere, Gold(("x",), boxes=true)).scores["evidence_iou"] == 0
    assert "evidence_iou" not in judge("string", half, Gold(("x",))).scores


def test_what_is_no_metric_or_match_is_said() -> None:
    with pytest.raises(UsageError, match="'bleu' is no metric; there are adjacency_f1, anls"):
        judge("string", said("x"), Gold(("x",)), ("bleu",))
    with pytest.raises(UsageError, match="'near' is no way to compare"):
        judge("string", said("x"), Gold(("x",), "near"))
