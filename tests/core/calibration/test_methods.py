from __future__ import annotations

import json
from math import exp, log
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.calibration import FEATURES, Features, from_json, methods
from docproc.core.calibration.choose import FOLDS, Labelled, choose, cross_validated, log_loss
from docproc.core.calibration.isotonic import Isotonic, Pooling
from docproc.core.calibration.platt import Platt, Scaling
from docproc.core.metrics.auroc import auroc
from docproc.core.metrics.calibration import expected_calibration_error


def row(score: float, **known: float) -> Features:
    return tuple({"score": score, **known}.get(name, 0.0) for name in FEATURES)


def sigmoid(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))


def overconfident(count: int, seed: int = 1) -> list[Labelled]:
    """Answers whose scores are right in order, but twice as sure as they may be."""
    chance = Random(seed)
    scores = [chance.gauss(0.5, 2.5) for _ in range(count)]
    return [Labelled(row(score), chance.random() < sigmoid(score / 2), group) for group, score in enumerate(scores)]


def test_the_methods_are_found() -> None:
    assert set(methods()) == {"isotonic", "platt"}


@pytest.mark.parametrize("method", ["isotonic", "platt"])
def test_overconfidence_is_taken_back(method: str) -> None:
    labelled = overconfident(2000)
    right = [one.right for one in labelled]
    before = [sigmoid(one.features[0]) for one in labelled]
    after = cross_validated(labelled, method)
    assert expected_calibration_error(before, right) > 0.07
    assert expected_calibration_error(after, right) < 0.03
    assert log_loss(after, labelled) < log_loss(before, labelled)


def test_platt_finds_the_line_that_made_the_labels() -> None:
    labelled = overconfident(4000)
    fitted = Scaling().fit([one.features for one in labelled], [one.right for one in labelled])
    weights = fitted.to_json()
    assert weights["score"] == pytest.approx(0.5, abs=0.05)
    assert weights["intercept"] == pytest.approx(0.0, abs=0.1)
    assert weights["sure"] == weights["exact"] == 0.0


def test_platt_learns_what_evidence_is_worth() -> None:
    chance = Random(2)
    labelled = []
    for group in range(600):
        found = chance.random() < 0.5
        right = chance.random() < (0.95 if found else 0.3)
        labelled.append(Labelled(row(1.0, exact=float(found), nowhere=float(not found)), right, group))
    held_out = choose(labelled, "platt").held_out
    assert (auroc(held_out, [one.right for one in labelled]) or 0) > 0.8
    assert auroc(cross_validated(labelled, "isotonic"), [one.right for one in labelled]) == pytest.approx(0.5, abs=0.1)
    assert choose(labelled).calibration.method == "platt"


def test_a_weight_of_few_labels_is_held_back() -> None:
    rows, right = [row(0.0, exact=1.0), row(0.0)] * 2, [True, False] * 2
    few = Scaling().fit(rows, right).to_json()["exact"]
    many = Scaling().fit(rows * 50, right * 50).to_json()["exact"]
    assert 0 < few < 1 < many


def test_platt_is_at_the_bottom_of_its_loss() -> None:
    labelled = overconfident(50)
    rows, right = [one.features for one in labelled], [one.right for one in labelled]
    fitted = Scaling().fit(rows, right)
    high, low = (sum(right) + 1) / (sum(right) + 2), 1 / (len(right) - sum(right) + 2)

    def loss(intercept: float, slope: float) -> float:
        total = 0.0
        for features, is_right in zip(rows, right, strict=True):
            p, target = sigmoid(intercept + slope * features[0]), high if is_right else low
            total -= target * log(p) + (1 - target) * log(1 - p)
        return total + 1e-3 * (intercept**2 + slope**2) / 2

    intercept, slope = fitted.weights[:2]
    best = loss(intercept, slope)
    for move in (0.01, -0.01):
        assert best < loss(intercept + move, slope)
        assert best < loss(intercept, slope + move)


def test_isotonic_pools_what_is_out_of_order() -> None:
    scores, right = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [False, True, False, True, True, True]
    fitted = Pooling().fit([row(score) for score in scores], right)
    assert fitted.points == ((1.0, 1 / 8), (2.5, 0.5), (5.0, 7 / 8))
    assert [fitted.probability(row(score)) for score in (0, 1, 1.75, 2.5, 9)] == [1 / 8, 1 / 8, 5 / 16, 0.5, 7 / 8]


labelled_rows = st.lists(st.tuples(st.floats(-7, 7), st.booleans()), min_size=1, max_size=40)


@settings(deadline=None)
@given(labelled_rows, st.lists(st.floats(-7, 7), min_size=2, max_size=10))
def test_isotonic_never_falls_and_is_the_best_rising_curve_at_its_pools(
    labelled: list[tuple[float, bool]], asked: list[float]
) -> None:
    fitted = Pooling().fit([row(score) for score, _ in labelled], [right for _, right in labelled])
    values = [fitted.probability(row(score)) for score in sorted(asked)]
    assert values == sorted(values)
    # The definition (min-max formula): the highest, over beginnings, of the lowest mean up to any end.
    scores = sorted({score for score, _ in labelled})
    bound = 1 / (len(labelled) + 2)
    best = []
    for at in scores:
        means = []
        for first in [score for score in scores if score <= at]:
            ends = [score for score in scores if score >= at]
            shares = []
            for last in ends:
                inside = [right for score, right in labelled if first <= score <= last]
                shares.append(sum(inside) / len(inside))
            means.append(min(shares))
        best.append(min(1 - bound, max(bound, *means)))
    assert {round(value, 9) for _, value in fitted.points} == {round(value, 9) for value in best}


@settings(deadline=None)
@given(labelled_rows, st.floats(-7, 7))
def test_any_labels_give_probabilities_and_survive_storage(labelled: list[tuple[float, bool]], score: float) -> None:
    for name, method in methods().items():
        fitted = method.fit([row(score) for score, _ in labelled], [right for _, right in labelled])
        assert 0 < fitted.probability(row(score)) < 1
        assert from_json(name, json.loads(json.dumps(fitted.to_json()))) == fitted
        assert fitted.method == name


def test_a_calibration_of_another_version_keeps_the_weights_that_it_knows() -> None:
    fitted = from_json("platt", {"intercept": 1.0, "score": 0.5, "forgotten": 9.0})
    assert isinstance(fitted, Platt)
    assert fitted.probability(row(2.0)) == pytest.approx(sigmoid(2.0))
    with pytest.raises(KeyError):
        from_json("guessing", {})


def test_answers_of_one_document_are_never_on_both_sides() -> None:
    # Each document has a score of its own, and its answers are all right or all wrong: to know one is to know all.
    chance = Random(3)
    truth = [chance.random() < 0.5 for _ in range(40)]
    labelled = [Labelled(row(document / 10), truth[document], document) for document in range(40) for _ in range(6)]
    right = [one.right for one in labelled]
    assert auroc(cross_validated(labelled, "isotonic"), right) == pytest.approx(0.5, abs=0.2)


def test_with_fewer_documents_than_folds_answers_are_held_out_one_by_one() -> None:
    labelled = [Labelled(row(float(index % 2)), index % 2 == 1, 0) for index in range(10 * FOLDS)]
    assert auroc(cross_validated(labelled, "platt"), [one.right for one in labelled]) == 1.0


def test_isotonic_takes_no_notice_of_anything_but_the_score() -> None:
    fitted = Isotonic(((0.0, 0.2), (1.0, 0.8)))
    assert fitted.probability(row(0.5)) == fitted.probability(row(0.5, exact=1.0)) == pytest.approx(0.5)
