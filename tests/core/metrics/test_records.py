"""Nested records: hand-computed counts of fields and distances of trees."""

from __future__ import annotations

from typing import Any

import pytest

from docproc.core.metrics.records import field_counts, tree_accuracy

TRUTH: dict[str, Any] = {"menu": [{"nm": "tea", "cnt": "2"}, {"nm": "cake"}], "total": {"price": "9.00"}}


def test_the_same_record_is_all_right() -> None:
    assert field_counts(TRUTH, TRUTH) == (4, 0)
    assert tree_accuracy(TRUTH, TRUTH) == 1.0


def test_fields_count_by_their_path_and_text_in_any_order() -> None:
    said = {"menu": [{"nm": "cake"}, {"nm": "tea", "cnt": "3"}], "other": "9.00"}
    assert field_counts(said, TRUTH) == (2, 4)  # cnt 3 and 2, other and total.price


def test_nothing_said_is_nothing_right() -> None:
    assert field_counts({}, TRUTH) == (0, 4)
    assert tree_accuracy({}, TRUTH) == 0.0
    assert tree_accuracy({}, {}) == 1.0
    assert tree_accuracy(TRUTH, {}) == 0.0


def test_a_changed_letter_costs_one_of_all_letters_and_nodes() -> None:
    # Letters: tea, 2, cake, 9.00 are 12. Nodes: menu, its two lines with nm, cnt and nm, total, its one, price: 9.
    said = {"menu": [{"nm": "tee", "cnt": "2"}, {"nm": "cake"}], "total": {"price": "9.00"}}
    assert tree_accuracy(said, TRUTH) == pytest.approx(1 - 1 / 21)


def test_a_missing_field_costs_its_letters_and_its_key() -> None:
    said = {"menu": [{"nm": "tea"}, {"nm": "cake"}], "total": {"price": "9.00"}}
    assert tree_accuracy(said, TRUTH) == pytest.approx(1 - 2 / 21)


def test_a_record_below_a_key_is_a_list_of_one() -> None:
    assert tree_accuracy({"menu": {"nm": "tea"}}, {"menu": [{"nm": "tea"}]}) == 1.0
