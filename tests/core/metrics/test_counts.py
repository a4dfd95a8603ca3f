"""Metrics of choices, of yes and no, of tables, boxes and fields, by cases computed by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.metrics.adjacency import adjacency_f1, relations
from docproc.core.metrics.choices import chosen, circular_accuracy, rotations
from docproc.core.metrics.fields import Fields, judged
from docproc.core.metrics.mme import mme
from docproc.core.metrics.overlap import box_iou, covered, evidence_iou
from docproc.core.metrics.pope import says_yes, yes_no
from docproc.core.metrics.teds import teds

GRID = [["Item", "Price"], ["Tea", "2.50"], ["Cake", "4.00"]]
OPTIONS = {"A": "a cat", "B": "a dog", "C": "a cat and a dog"}


def test_pope_counts_yes_as_positive_and_takes_the_ratio_of_predictions() -> None:
    # 6 questions: 3 true yes; said yes to 2 of them and to 2 of the others.
    scored = yes_no([True, True, False, True, True, False], [True, True, True, False, False, False])
    assert scored.accuracy == pytest.approx(3 / 6)
    assert (scored.precision, scored.recall) == pytest.approx((2 / 4, 2 / 3))
    assert scored.f1 == pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3))
    assert scored.yes_ratio == pytest.approx(4 / 6)
    assert yes_no([False], [False]).f1 == 0.0
    with pytest.raises(ValueError, match="nothing to score"):
        yes_no([], [])


@pytest.mark.parametrize(
    ("reply", "yes"),
    [
        ("Yes", True),
        ("no", False),
        ("No, there is none.", False),
        ("There is not a cat.", False),
        ("Yes. There is no doubt.", True),  # the first sentence counts
        ("Nothing", True),  # neither "no" nor "not"
    ],
)
def test_pope_reads_yes_and_no_by_the_rule_of_the_paper(reply: str, yes: bool) -> None:
    assert says_yes(reply) is yes


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("B", "B"),
        ("(B)", "B"),
        ("b", "B"),
        ("B. a dog", "B"),
        ("The answer is (C).", "C"),
        ("a dog", "B"),
        ("It is a cat and a dog.", None),  # names three options
        ("a cat and a dog", "C"),
        ("D", None),
        ("", None),
        ("What I see there is a dog!", "B"),
    ],
)
def test_a_choice_is_read_by_its_letter_or_by_its_text(reply: str, letter: str | None) -> None:
    assert chosen(reply, OPTIONS) == letter


def test_circular_eval_wants_every_rotation_right() -> None:
    turned = rotations(OPTIONS)
    assert [next(iter(options.values())) for options in turned] == list(OPTIONS.values())
    assert all(set(options) == set(OPTIONS) for options in turned)
    passes = [("q1", True), ("q2", True), ("q1", True), ("q2", False), ("q1", True), ("q2", True)]
    assert circular_accuracy(passes) == 0.5
    assert circular_accuracy([]) == 0.0


def test_mme_adds_accuracy_and_that_of_pictures() -> None:
    told = {"a": (True, True), "b": (True, False), "c": (False, False), "d": (True, True)}
    scored = mme([(picture, right) for picture, both in told.items() for right in both])
    assert (scored.accuracy, scored.accuracy_plus, scored.score) == (62.5, 50.0, 112.5)
    with pytest.raises(ValueError, match="two questions"):
        mme([("a", True)])


def test_adjacency_counts_neighbours_to_the_right_and_below() -> None:
    assert relations(GRID).total() == 3 + 4
    assert adjacency_f1([GRID], [GRID]) == 1.0
    spaced = [["Item", "", "Price"], ["", "", ""], ["tea", "", "2,50"], ["Cake", "", "4.00"]]
    assert adjacency_f1([spaced], [GRID]) == 1.0
    # Without the last row: 2 to the right and 2 below are left of 7: 2 * 4 / (4 + 7).
    assert adjacency_f1([GRID[:2]], [GRID]) == pytest.approx(8 / 11)
    assert (adjacency_f1([], []), adjacency_f1([GRID], [])) == (1.0, 0.0)


def test_teds_is_the_share_of_the_tree_that_need_not_be_changed() -> None:
    assert teds(GRID, GRID) == 1.0
    # 10 nodes; a row of three nodes is missing.
    assert teds(GRID[:2], GRID) == pytest.approx(1 - 3 / 10)
    # One cell's text is wrong by one letter of three.
    amiss = [GRID[0], ["Tee", "2.50"], GRID[2]]
    assert teds(amiss, GRID) == pytest.approx(1 - (1 / 3) / 10)
    assert teds(amiss, GRID, structure=True) == 1.0
    assert (teds([], []), teds([], GRID)) == pytest.approx((1.0, 1 / 10))


def test_boxes_overlap_by_area_however_the_lines_are_cut() -> None:
    assert box_iou((0, 0, 2, 2), (1, 1, 3, 3)) == pytest.approx(1 / 7)
    assert box_iou((0, 0, 1, 1), (2, 2, 3, 3)) == 0.0
    assert box_iou((0, 0, 0, 1), (0, 0, 0, 1)) == 0.0
    assert evidence_iou([(0, 0, 1, 2), (1, 0, 2, 2)], [(0, 0, 2, 1), (0, 1, 2, 2)]) == pytest.approx(1.0)
    assert covered([(0, 0, 2, 2), (1, 1, 3, 3), (1, 1, 2, 2)]) == pytest.approx(7.0)


@given(st.lists(st.tuples(*[st.integers(0, 8)] * 4), max_size=5))
def test_the_area_that_boxes_cover_is_that_of_their_cells(corners: list[tuple[int, int, int, int]]) -> None:
    cells = {(x, y) for x0, y0, x1, y1 in corners for x in range(x0, x1) for y in range(y0, y1)}
    assert covered(corners) == pytest.approx(len(cells))


def test_fields_tell_wrong_missed_and_invented_values_apart() -> None:
    told = [judged(True, True, True), judged(True, True, False), judged(False, True, False)]
    told += [judged(True, False, False), judged(False, False, False)]
    counted = sum(told, Fields())
    assert counted == Fields(1, 1, 1, 1, 1)
    assert (counted.accuracy, counted.precision, counted.recall) == pytest.approx((0.4, 1 / 3, 1 / 3))
    assert counted.f1 == pytest.approx(1 / 3)
    assert (Fields().accuracy, Fields().precision, Fields().recall) == (0.0, 1.0, 1.0)
