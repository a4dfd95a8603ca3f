"""Metrics of texts, by cases computed by hand and against well-kept implementations."""

from __future__ import annotations

import anls_star as reference
import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docproc.core.metrics.anls import anls
from docproc.core.metrics.anls_star import anls_star
from docproc.core.metrics.distance import character_error_rate, edit_distance, word_error_rate
from docproc.core.metrics.exact import exact_match, token_f1
from docproc.core.metrics.relaxed import number_of, official_relaxed, relaxed_accuracy
from docproc.core.metrics.vqa import normalised, vqa_accuracy

WORDS = st.text("abcd 12,.'", max_size=12)


@pytest.mark.parametrize(
    ("said", "accepted", "score"),
    [
        ("Hello World", ["hello  world"], 1.0),
        ("helo", ["hello"], 0.8),  # one edit in five letters
        ("hello world", ["hello", "helloworld"], 1 - 1 / 11),  # the nearest counts
        ("ab", ["abcd"], 0.5),  # NL is 0.5, the threshold
        ("ab", ["abcde"], 0.0),
        ("abc", ["abcd"], 0.75),
        ("", ["x"], 0.0),
        ("", [""], 1.0),
    ],
)
def test_anls_is_one_minus_the_distance_of_the_nearest_answer(said: str, accepted: list[str], score: float) -> None:
    assert anls(said, accepted) == pytest.approx(score)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_anls_of_texts_is_what_the_implementation_of_anls_star_says(said: str, accepted: list[str]) -> None:
    if any(not answer.strip() for answer in (said, *accepted)):
        return  # an empty text is None to it
    assert anls(said, accepted) == pytest.approx(reference.anls_score(tuple(accepted), said))


def test_a_question_without_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="without an accepted answer"):
        anls("x", [])


@pytest.mark.parametrize(
    ("said", "truth", "score"),
    [
        ({"total": "12"}, {"total": "12"}, 1.0),
        ({"total": "12", "date": "x"}, {"total": "12", "date": None}, 0.5),  # an invented value costs
        ({"total": "12"}, {"total": "12", "date": "x"}, 0.5),  # a missing one, too
        (["b", "a"], ["a", "b"], 1.0),  # lists have no order
        ("EUR", ("€", "EUR"), 1.0),
    ],
)
def test_anls_star_of_records(said: object, truth: object, score: float) -> None:
    assert anls_star(said, truth) == pytest.approx(score)


@pytest.mark.parametrize(
    ("said", "yes", "score"),
    [("red", 10, 1.0), ("red", 3, 0.9), ("red", 2, 0.6), ("red", 1, 0.3), ("red", 0, 0.0)],
)
def test_vqa_accuracy_leaves_each_annotator_out_in_turn(said: str, yes: int, score: float) -> None:
    # With 3 of 10: for each of the three, 2 others agree (2/3); for the seven, 3 do (1): (3 * 2/3 + 7) / 10 = 0.9.
    others = [f"colour {number}" for number in range(10 - yes)]
    assert vqa_accuracy(said, ["red"] * yes + others) == pytest.approx(score)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("The Two dogs!", "2 dogs"),
        ("dont know", "don't know"),
        ("1,000", "1000"),
        ("3.5 kg.", "3.5 kg"),
        ("left/right", "left right"),
        ("none", "0"),
        ("a man, an apple", "man apple"),
    ],
)
def test_vqa_answers_are_compared_without_what_does_not_count(text: str, same: str) -> None:
    assert normalised(text) == same


def test_vqa_answers_of_one_mind_are_compared_as_written_and_with_a_full_stop() -> None:
    assert vqa_accuracy("Yes.", ["yes"] * 10) == 1.0
    assert vqa_accuracy("no", ["yes"] * 10) == 0.0
    with pytest.raises(ValueError, match="several annotators"):
        vqa_accuracy("yes", ["yes"])


@pytest.mark.parametrize(
    ("said", "accepted", "exact", "f1"),
    [
        ("The Eiffel Tower", ["eiffel tower"], 1.0, 1.0),
        ("eiffel tower in paris", ["eiffel tower"], 0.0, 2 * (1 / 2) * 1 / (1 / 2 + 1)),
        ("", [""], 1.0, 1.0),
        ("", ["x"], 0.0, 0.0),
        ("b c", ["a b", "b c d"], 0.0, 0.8),
    ],
)
def test_exact_match_and_token_f1(said: str, accepted: list[str], exact: float, f1: float) -> None:
    assert exact_match(said, accepted) == exact
    assert token_f1(said, accepted) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("said", "truth", "mended", "official"),
    [
        ("105", "100", 1.0, 1.0),
        ("105.1", "100", 0.0, 0.0),
        ("95", "100", 1.0, 1.0),
        ("2019", "2020", 0.0, 1.0),  # a year is no quantity
        ("2020", "2020", 1.0, 1.0),
        ("1234", "1,234", 1.0, 0.0),
        ("1,234", "1234", 1.0, 0.0),
        ("1,300", "1,250.5", 1.0, 0.0),
        ("12%", "12%", 1.0, 1.0),
        ("12", "12%", 1.0, 0.0),
        ("$ 40", "41", 1.0, 0.0),
        ("0", "0", 1.0, 1.0),
        ("0.01", "0", 0.0, 0.0),
        ("Blue", "blue", 1.0, 1.0),
        ("blue", "red", 0.0, 0.0),
        ("-5", "5", 0.0, 0.0),
    ],
)
def test_relaxed_accuracy_and_the_published_one_with_its_traps(
    said: str, truth: str, mended: float, official: float
) -> None:
    assert relaxed_accuracy(said, truth) == mended
    assert official_relaxed(said, truth) == official


def test_what_is_no_number_is_a_text() -> None:
    assert [number_of(text) for text in ("1,23", "12 men", "", "1.2.3", "-4.5", "€ 3")] == [None] * 4 + [-4.5, 3.0]


@given(st.text("abc ", max_size=20), st.text("abc ", min_size=1, max_size=20).filter(str.strip))
def test_error_rates_are_those_of_a_well_kept_implementation(said: str, truth: str) -> None:
    truth = " ".join(truth.split())
    said = " ".join(said.split())
    assert character_error_rate(said, truth) == pytest.approx(jiwer.cer(truth, said))
    assert word_error_rate(said, truth) == pytest.approx(jiwer.wer(truth, said))


def test_edit_distance_counts_letters_or_words() -> None:
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance(["a", "b", "c"], ["a", "c"]) == 1
    assert character_error_rate("", "") == 0.0
    assert word_error_rate("x", "") == 1.0
