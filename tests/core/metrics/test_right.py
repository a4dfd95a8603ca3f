from __future__ import annotations

import json

import pytest

from docproc.core.kinds import kinds
from docproc.core.metrics.right import ENOUGH, is_right


@pytest.mark.parametrize(
    ("kind", "predicted", "gold", "right"),
    [
        ("string", "Müller & Söhne GmbH", "Muller & Söhne GmbH", True),
        ("string", "ACME LTD", "Acme Ltd", True),
        ("string", "ACME Ltd", "ACME Holdings Ltd", False),
        ("string", "INV-2024-0017", "INV-2024-0011", False),  # like enough as a text, but another number
        ("text", "The quick brown fox jumps over the lazy dog", "The quick brown fox jumped over the lazy dog", True),
        ("money", "12.50 EUR", "12.50", True),
        ("money", "12.50 EUR", "12.51 EUR", False),
        ("date", "2024-08", "2024-08-01", False),
        ("date", "2024-08-01", "2024-08", True),
        ("integer", "11", "12", False),
        ("boolean", "true", "true", True),
        ("list", '["a","b"]', '["a","b"]', True),
        ("list", '["a"]', '["a","b"]', False),
        ("dates", '["2024-08-01"]', '["2024-08-01","2024-09-01"]', False),
    ],
)
def test_near_enough_is_right_for_texts_and_nothing_but_the_whole_for_the_rest(
    kind: str, predicted: str, gold: str, right: bool
) -> None:
    assert is_right(kind, predicted, gold) is right


def test_a_table_may_have_one_cell_in_ten_amiss() -> None:
    rows = [{"item": f"Thing {number}", "amount": f"{number}.50"} for number in range(5)]
    one = [*rows[:4], {"item": "Thing 4", "amount": "9.99"}]
    two = [*one[1:], {"item": "Thing 0", "amount": "8.88"}]
    gold = json.dumps(rows)
    assert is_right("table", json.dumps(one), gold)
    assert not is_right("table", json.dumps(two), gold)


def test_only_kinds_that_there_are_have_a_measure_of_their_own() -> None:
    assert set(ENOUGH) <= set(kinds())
