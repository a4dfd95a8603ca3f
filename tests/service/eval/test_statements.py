"""Statements about charts, told by the answers."""

from __future__ import annotations

import pytest

from docproc.service.eval.statements import truth

ANSWERS = {"chart_type": "node_link", "trend": "falling", "maximum": "120", "minimum": "10"}


@pytest.mark.parametrize(
    ("statement", "true"),
    [
        ("This graph is a node_link chart, instead of bar chart.", True),
        ("This graph is a bar chart, instead of node_link chart.", False),
        ("The chart shows a node link diagram.", True),
        ("According to this chart, the Sales of Year 2019 is higher than Year 2022.", True),
        ("According to this chart, the Sales of Year 2022 is higher than Year 2019.", False),
        ("According to this chart, the Sales of Year 2022 is lower than Year 2019.", True),
        ("According to this chart, the Income is higher at Level 11 compared to Level 9.", False),
        ("According to this chart, the Year 2020 has the highest Sales 150.00.", False),
        ("According to this chart, the Year 2020 has the lowest Sales 40.", False),
        ("According to this chart, the Sales of Year 2018 is 130.00.", False),
        ("According to this chart, the Sales of Rock is 2.00%.", False),
        ("Sales are falling.", True),
        ("Sales increase with time.", False),
    ],
)
def test_a_statement_is_borne_out_or_contradicted(statement: str, true: bool) -> None:
    told = truth(statement, ANSWERS)
    assert told is not None
    assert told.true is true
    assert told.by in ANSWERS


@pytest.mark.parametrize(
    "statement",
    [
        "According to this chart, the Year 2020 has the highest Sales 120.00.",  # the value is right; the place?
        "According to this chart, the Year 2020 has the highest Sales 119.00.",  # as near as an axis is read
        "According to this chart, the Sales of Year 2018 is 60.00.",
        "According to this chart, the Sales of China is higher than USA at Years 2017.",
        "The axis has a label.",
        "",
    ],
)
def test_what_the_answers_leave_open_is_not_guessed(statement: str) -> None:
    assert truth(statement, ANSWERS) is None


def test_without_answers_nothing_is_told() -> None:
    assert truth("This graph is a bar chart.", {}) is None
    assert truth("Sales of Year 2 is higher than Year 1.", {"trend": "mixed"}) is None
