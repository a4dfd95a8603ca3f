"""Figures of many answers: against their definitions, with intervals, whatever the order."""

from __future__ import annotations

from math import comb, sqrt
from pathlib import Path
from random import Random

import numpy as np
import pytest

from docproc.core.errors import UsageError
from docproc.core.metrics.auroc import auroc
from docproc.core.metrics.calibration import expected_calibration_error
from docproc.core.metrics.coverage import accuracy_at
from docproc.service.eval.intervals import holm, interval, resampled, share, sign_test
from docproc.service.eval.scored import Scored, read
from docproc.service.eval.summary import WORST, figure, flat, summarised
from docproc.service.eval.trust import Trust
from tests.service.eval.rows import row, save


def test_trust_by_counts_is_what_the_metrics_say_of_the_answers_themselves() -> None:
    chance = Random(3)
    for size in (1, 7, 400):
        trust, sure, right = Trust(), [], []
        for _ in range(size):
            sure.append(round(chance.choice([chance.random(), 0.5, 1.0, 0.0, 0.3]), 4))
            right.append(chance.random() < sure[-1])
            trust.add(sure[-1], right[-1])
        assert trust.answers == size
        assert trust.auroc() == pytest.approx(auroc(sure, right))
        assert trust.calibration_error() == pytest.approx(expected_calibration_error(sure, right))
        for coverage in (0.1, 0.8, 1.0):
            assert trust.accuracy_at(coverage) == pytest.approx(accuracy_at(coverage, sure, right))
        assert sorted(zip(*trust.sample(1000), strict=True)) == sorted(zip(sure, right, strict=True))
        assert len(trust.sample(10)[0]) <= 20 + size // 10
    assert Trust().auroc() is Trust().calibration_error() is Trust().accuracy_at(0.8) is None


def test_an_interval_over_documents_is_wider_than_one_over_answers_that_go_together() -> None:
    chance = np.random.default_rng(1)
    alone = np.stack([chance.random(1000) < 0.8, np.ones(1000)], axis=1).astype(float)
    together = np.repeat(alone[:50], 20, axis=0).reshape(50, 20, 2).sum(axis=1)
    low, high = interval(share(0, 1)(resampled(alone))) or (0, 0)
    mean = alone[:, 0].mean()
    assert high - low == pytest.approx(2 * 1.96 * sqrt(mean * (1 - mean) / 1000), rel=0.15)  # the normal approximation
    wide = interval(share(0, 1)(resampled(together))) or (0, 0)
    assert wide[1] - wide[0] > 3 * (high - low)
    assert (interval(share(0, 1)(resampled(alone))) or ()) == (low, high)  # the same draws again


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    chance = np.random.default_rng(2)
    held = 0
    for seed in range(200):
        drawn = np.stack([chance.random(120) < 0.7, np.ones(120)], axis=1).astype(float)
        low, high = interval(share(0, 1)(resampled(drawn, rounds=300, seed=seed))) or (0, 0)
        held += low <= 0.7 <= high
    assert 180 <= held <= 199


def test_the_sign_test_adds_up_the_binomial_distribution() -> None:
    assert sign_test(0, 0) == sign_test(4, 4) == 1
    assert sign_test(5, 0) == pytest.approx(2 / 2**5)
    assert sign_test(2, 9) == pytest.approx(2 * sum(comb(11, k) for k in range(3)) / 2**11)
    assert sign_test(9, 2) == sign_test(2, 9)
    assert sign_test(10_100, 9_899) == pytest.approx(sign_test(10_101, 9_900), rel=0.02)  # exact, and approximated


def test_many_tests_make_each_chance_larger() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_the_figures_are_those_of_the_fields_and_per_question_kind_engine_and_version() -> None:
    rows = [row(n, n % 4 != 0, confidence=0.9 if n % 4 else 0.2) for n in range(40)]
    rows += [row(n, key="due", kind="date", gold=(), said=None, status="absent", right=n < 10) for n in range(20)]
    rows += [row(n, False, key="due", kind="date", said=None, status="missing") for n in range(20, 30)]
    told = summarised(rows).summary()
    assert told["documents"] == 40
    assert told["all"]["fields"] == {"right": 30, "wrong": 10, "missed": 10, "invented": 10, "absent": 10}
    assert figure(told, "accuracy") == pytest.approx(40 / 70, abs=1e-4)
    assert figure(told, "precision") == pytest.approx(30 / 50)
    assert figure(told, "invoice.total.recall") == pytest.approx(0.75)
    assert figure(told, "invoice.accuracy") == figure(told, "accuracy")
    assert told["by"]["question"]["invoice.total"]["auroc"] == 1
    assert set(told["by"]["kind"]) == {"money", "date"}
    assert list(told["by"]["engine"]) == ["e:1"]
    assert list(told["by"]["version"]) == ["invoice@vvvvvvvvvvvv"]
    assert {(one["there"], one["said"]): one["answers"] for one in told["statuses"]} == {
        ("a value", "right"): 30,
        ("a value", "another value"): 10,
        ("a value", "missing"): 10,
        ("nothing", "absent"): 20,
    }
    low, value, high = (told["all"]["accuracy"][name] for name in ("low", "value", "high"))
    assert low < value < high


def test_the_order_of_the_answers_does_not_matter() -> None:
    rows = [row(n, n % 3 > 0, scores={"anls": n % 3 / 2}, confidence=n / 100) for n in range(90)]
    mixed = Random(5).sample(rows, len(rows))
    first, second = summarised(rows).summary(), summarised(mixed).summary()
    assert first == second


def test_where_all_is_right_the_bound_is_that_of_as_many_documents() -> None:
    told = summarised([row(n) for n in range(10)]).summary()["all"]["accuracy"]
    assert (told["value"], told["high"]) == (1, 1)
    assert told["low"] == pytest.approx(0.6915, abs=1e-4)  # Clopper and Pearson's table, 10 of 10


def test_means_of_metrics_groups_and_yes_ratios_are_told() -> None:
    rows = []
    for pair, (said_true, said_false) in enumerate([("true", "false"), ("true", "true"), ("false", "false")]):
        for gold, said in (("true", said_true), ("false", said_false)):
            right = said == gold
            rows.append(
                row(
                    pair,
                    right,
                    key=gold,
                    kind="boolean",
                    said=said,
                    gold=(gold,),
                    group=f"g{pair}",
                    scores={"x": right},
                )
            )
    told = flat(summarised(rows).summary()["all"])
    assert told["all_right"] == pytest.approx(1 / 3, abs=1e-4)
    assert told["x"] == told["accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    assert told["yes_ratio"] == pytest.approx(0.5)
    assert told["yes_precision"] == told["yes_recall"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_surest_wrong_answers_are_kept() -> None:
    rows = [row(n, n % 2 == 0, confidence=n / 1000) for n in range(400)]
    worst = summarised(rows).worst
    assert len(worst) == WORST
    assert [one.confidence for one in worst[:3]] == [0.399, 0.397, 0.395]
    assert not any(one.right for one in worst)


def test_what_nobody_asked_is_counted_and_not_judged() -> None:
    told = summarised([row(1), row(2, False, key="docket", status="unasked")]).summary()
    assert (told["all"]["answers"], told["unasked"]) == (1, {"invoice.docket": 1})


def test_a_figure_that_there_is_not_is_said() -> None:
    told = summarised([row(1)]).summary()
    with pytest.raises(UsageError, match="'bleu' is no figure of this evaluation; there are accuracy, precision"):
        figure(told, "bleu")
    with pytest.raises(UsageError, match=r"'invoice\.x' was not judged; there are invoice, invoice\.total"):
        figure(told, "invoice.x.accuracy")


def test_rows_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    rows: list[Scored] = [
        row(1, scores={"anls": 0.5}, boxes=((1, 0.1, 0.2, 0.3, 0.4),), group="g", part="p"),
        row(2, said=None, gold=(), status="absent", confidence=None, right=True),
    ]
    assert list(read(save(rows, tmp_path))) == rows


def test_a_file_that_holds_no_answers_says_so_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text('\n{"id": 1}\n')
    with pytest.raises(UsageError, match=r"line 2 is no judged answer \('gold'\)"):
        list(read(tmp_path))
    with pytest.raises(UsageError, match="does not exist; `docproc eval … --out FOLDER` writes"):
        list(read(tmp_path / "nothing"))
