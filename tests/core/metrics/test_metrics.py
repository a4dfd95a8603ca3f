"""Each metric against cases reckoned by hand, and against its definition spelt out."""

from __future__ import annotations

from itertools import combinations
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.metrics.auroc import auroc
from docproc.core.metrics.calibration import expected_calibration_error
from docproc.core.metrics.coverage import accuracy_at

# Few distinct scores, so that many are equal.
scored = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.55, 0.9, 1.0]), st.booleans()), max_size=12)


def apart(labelled: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [score for score, _ in labelled], [right for _, right in labelled]


def test_auroc_of_cases_reckoned_by_hand() -> None:
    assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75  # 3 of 4 pairs in order
    assert auroc([0.2, 0.9], [True, False]) == 0.0
    assert auroc([0.5, 0.5, 0.5], [True, False, False]) == 0.5
    assert auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == 0.875  # 3 pairs and half of one, of 4


def test_auroc_is_not_told_by_one_class() -> None:
    assert auroc([0.1, 0.9], [True, True]) is None
    assert auroc([], []) is None


@given(scored)
def test_auroc_is_the_share_of_pairs_in_order(labelled: list[tuple[float, bool]]) -> None:
    good = [score for score, right in labelled if right]
    bad = [score for score, right in labelled if not right]
    if good and bad:
        pairs = [1.0 if g > b else 0.5 if g == b else 0.0 for g in good for b in bad]
        assert auroc(*apart(labelled)) == pytest.approx(mean(pairs))


def test_calibration_error_of_cases_reckoned_by_hand() -> None:
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert expected_calibration_error([1.0, 1.0], [True, False]) == 0.5
    # [0.1, 0.2): 0.15 against 0.5, two answers; [0.8, 0.9): 0.8 against 1, one answer.
    assert expected_calibration_error([0.15, 0.15, 0.8], [True, False, True]) == pytest.approx((2 * 0.35 + 0.2) / 3)
    assert expected_calibration_error([], []) == 0.0


@given(scored)
def test_calibration_error_is_the_gap_of_each_bin_weighted_by_its_answers(labelled: list[tuple[float, bool]]) -> None:
    error = 0.0
    for low in range(10):
        inside = [(p, right) for p, right in labelled if min(9, int(p * 10)) == low]
        if inside:
            gap = abs(mean(p for p, _ in inside) - mean(float(right) for _, right in inside))
            error += gap * len(inside) / len(labelled)
    assert expected_calibration_error(*apart(labelled)) == pytest.approx(error)


def test_accuracy_at_coverage_of_cases_reckoned_by_hand() -> None:
    scores, right = [0.9, 0.8, 0.7, 0.6, 0.5], [True, True, True, True, False]
    assert accuracy_at(0.8, scores, right) == 1.0
    assert accuracy_at(1.0, scores, right) == 0.8
    assert accuracy_at(0.2, scores, right[::-1]) == 0.0
    assert accuracy_at(0.5, [0.5, 0.5], [True, False]) == 0.5  # whichever of the two
    assert accuracy_at(0.8, [], []) is None


@given(scored, st.sampled_from([0.1, 0.5, 0.8, 1.0]))
def test_accuracy_at_coverage_is_the_mean_over_all_ways_to_choose_the_most_confident(
    labelled: list[tuple[float, bool]], coverage: float
) -> None:
    if not labelled:
        return
    wanted = min(count for count in range(len(labelled) + 1) if count >= coverage * len(labelled) - 1e-9)
    most = sum(sorted((score for score, _ in labelled), reverse=True)[:wanted])
    ways = [way for way in combinations(labelled, wanted) if sum(score for score, _ in way) >= most - 1e-9]
    best = mean(mean(float(right) for _, right in way) for way in ways)
    assert accuracy_at(coverage, *apart(labelled)) == pytest.approx(best)
