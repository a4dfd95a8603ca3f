from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.calibration import FEATURES
from docproc.core.calibration.isotonic import Isotonic
from docproc.core.confidence import confidence, features, fused
from docproc.core.questions import Question
from docproc.core.types import Answer, Signals

QUESTION = Question("total", "How much?", "money")
SURE = Signals(logprob=-0.01, least=-0.1, looked=True)
HESITANT = Signals(logprob=-0.22, least=-1.2, looked=True)


def answer(signals: Signals, **more: Any) -> Answer:
    return Answer(1, QUESTION, more.pop("status", "ok"), "1.00", **{"confidence": 0.5, **more}, signals=signals)


def test_an_engine_that_tells_its_own_confidence_is_taken_at_its_word() -> None:
    said = Signals(said=0.83, looked=True)
    assert confidence(answer(said, confidence=0.83), None) == 0.83
    assert confidence(answer(said, confidence=0.83, evidence="exact"), None) == 0.83


def test_a_confidence_that_only_the_reply_names_stands() -> None:
    assert confidence(answer(Signals(looked=True), confidence=0.7, evidence="exact"), None) == 0.7


def test_where_nothing_is_known_it_is_as_likely_as_not() -> None:
    assert confidence(answer(Signals()), None) == 0.5


@pytest.mark.parametrize(
    ("signals", "evidence", "expected"),
    [(SURE, "exact", 0.96), (SURE, "none", 0.38), (HESITANT, "exact", 0.75), (HESITANT, "none", 0.07)],
)
def test_what_a_model_says_of_itself_and_what_the_page_says_count_together(
    signals: Signals, evidence: Any, expected: float
) -> None:
    assert confidence(answer(signals, evidence=evidence), None) == pytest.approx(expected, abs=0.015)


def test_more_of_what_speaks_for_an_answer_makes_it_more_confident() -> None:
    levels = [confidence(answer(SURE, evidence=level), None) for level in ("none", "close", "exact")]
    assert levels == sorted(set(levels))
    unread = confidence(answer(replace(SURE, looked=False)), None)
    assert levels[0] < unread < levels[1]
    agreed = [confidence(answer(replace(SURE, agreement=share)), None) for share in (0.0, 0.5, 1.0)]
    assert agreed == sorted(set(agreed))
    assert confidence(answer(SURE, steps=("closer", "temperature 0.2")), None) < confidence(answer(SURE), None)


def test_boxes_that_the_words_do_not_bear_out_are_no_evidence() -> None:
    assert confidence(answer(SURE, evidence="model"), None) == confidence(answer(SURE, evidence="none"), None)


@pytest.mark.parametrize("status", ["invalid", "missing", "unreadable"])
def test_what_is_no_answer_has_no_confidence(status: str) -> None:
    calibration = Isotonic(((0.0, 0.9),))
    assert confidence(answer(SURE, status=status, confidence=0.9), None) == 0.0
    assert confidence(answer(SURE, status=status), calibration) == 0.0


def test_a_calibration_takes_the_place_of_all_that() -> None:
    calibration = Isotonic(((0.0, 0.25),))
    for signals in (SURE, Signals(said=0.9), Signals()):
        assert confidence(answer(signals, confidence=0.9), calibration) == 0.25


def test_a_calibration_is_told_of_the_signals_and_not_of_the_confidence_that_they_came_to() -> None:
    for signals in (SURE, Signals(said=0.9), Signals()):
        assert features(answer(signals, confidence=0.1)) == features(answer(signals, confidence=0.9))


def test_absent_long_and_concluded_answers_are_told_apart() -> None:
    def named(given: Answer) -> set[str]:
        return {name for name, value in zip(FEATURES, features(given), strict=True) if value == 1}

    assert named(answer(SURE, status="absent")) == {"absent"}
    assert named(replace(answer(SURE), question=Question("t", "?", "table"))) == {"nowhere", "long"}
    assert named(replace(answer(SURE, evidence="close"), question=Question("b", "?", "boolean"))) == {
        "close",
        "concluded",
    }


numbers = st.none() | st.floats()


@given(numbers, numbers, numbers, numbers, st.booleans(), st.sampled_from(["exact", "close", "model", "none"]))
def test_no_signals_lead_out_of_bounds(
    said: float | None,
    logprob: float | None,
    least: float | None,
    agreement: float | None,
    looked: bool,
    evidence: Any,
) -> None:
    given = answer(Signals(said, logprob, least, agreement, looked), evidence=evidence, steps=("a",) * 9)
    assert 0 <= fused(given) <= 1
    assert 0 <= confidence(given, None) <= 1
    assert all(-7 <= value <= 7 for value in features(given))
    assert len(features(given)) == len(FEATURES)
