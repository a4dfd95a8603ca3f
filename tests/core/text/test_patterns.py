from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.text.patterns import MOST_VALUE, matches, pattern_fault

RUNAWAY = [
    "(a+)+b",
    "(a*)*b",
    "(a|aa)+b",
    r"(\w+\s?)*x",
    "(?:a?){40}a{40}",
    "((a{1,9}){1,9}){1,9}b",
    r"\d*\d*\d*\d*\d*x",
    "(a|b)*",
]


@pytest.mark.parametrize("pattern", RUNAWAY)
def test_a_pattern_that_can_run_away_is_refused_and_matches_nothing(pattern: str) -> None:
    assert "too long to match" in (pattern_fault(pattern) or "")
    assert not matches(pattern, "a" * 40)


@pytest.mark.parametrize("pattern", ["[", "(", "a{2,1}", "*a", "(?P<a>x)(?P<a>y)", "[[a]", "a" * 400])
def test_what_is_no_expression_is_refused(pattern: str) -> None:
    assert pattern_fault(pattern)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"[A-Z]{2}\d{2}( ?\w{4}){3,7}( ?\w{1,3})?", "DE75 5121 0800 1245 1261 99"),
        (r"(?:INV|RE)-\d{4,}", "RE-20180001"),
        (r"[]\]x]+", "]x"),
        (r"\d{1,3}(?:\.\d{3}){0,3},\d\d", "1.234,50"),
        (r"(?i)abc", "ABC"),
        (r"\(\d+\)", "(12)"),
    ],
)
def test_the_whole_value_must_have_the_form(pattern: str, value: str) -> None:
    assert pattern_fault(pattern) is None
    assert matches(pattern, value)
    assert not matches(pattern, value + "\n!")


def test_a_long_value_has_no_form() -> None:
    assert not matches("a+", "a" * (MOST_VALUE + 1))


@settings(deadline=None)
@given(st.text(r"ab\d[]()|*+?{}1,^-.", max_size=20))
def test_no_text_breaks_it(pattern: str) -> None:
    if pattern_fault(pattern) is None:
        re.compile(pattern)
