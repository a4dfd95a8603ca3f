"""Users' patterns in the words of every engine."""

from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator

from docproc.core.kinds import forms, kind_of
from docproc.core.questions import Question
from docproc.core.text.patterns import pattern_fault


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"INV-\d{4}", "INV-[0-9]{4}"),
        (r"^INV-\d{4}$", "INV-[0-9]{4}"),
        (r"[A-Z\d\-]{2,}", r"[A-Z0-9\-]{2,}"),
        (r"a{,3}\-b\ c", "a{0,3}-b c"),
        (r"(?P<year>\d{4})/(?:0\d|1[0-2])", "(?:[0-9]{4})/(?:0[0-9]|1[0-2])"),
        (r"[^,;]+?", "[^,;]+"),
        (r"10\$", r"10\$"),
        (r"[$^]", "[$^]"),
        (r"é+\.", r"é+\."),
        (r"a|b", "a|b"),
    ],
)
def test_a_plain_pattern_is_said_in_words_that_all_engines_share(pattern: str, said: str) -> None:
    assert forms.portable(pattern) == said


@pytest.mark.parametrize(
    "pattern",
    [
        r"\w+",  # "é" is one of these in Python only
        r"[\w-]+",
        r"(?=a)b",
        r"(?<!a)b",
        r"(?i)ab",
        r"(a)\1",
        r"a++",
        r"\bword\b",
        r"a\Z",
        r"x^y",
        r"^a$|^b$",
        "[]a]",
        r"[a&&b]",
        "a{x}",
        r"\u0041",
        "(",
        r"(a+)+",
    ],
)
def test_what_engines_read_differently_is_left_to_the_reader(pattern: str) -> None:
    assert forms.portable(pattern) is None
    schema = kind_of("string").schema(Question("k", "?", "string", pattern=pattern))
    assert Draft202012Validator(schema).is_valid("anything else")


PATTERNS = [
    r"INV-\d{4}",
    r"^INV-\d{4}$",
    r"[A-Z\d\-]{2,4}",
    r"a{,3}\-b\ c",
    r"\d+(?:[.,]\d{2})?",
    r"^A|B$",
    r"[^,;]+?",
    r"10\$",
    r"DE\d{9}|ATU\d{8}",
]
TEXTS = [
    "INV-1234",
    "INV-12345",
    "xINV-1234",
    "A9-Z",
    "a-b c",
    "-b c",
    "12,50",
    "12",
    "A",
    "B",
    "AB",
    "10$",
    "ATU12345678",
    "",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_schema_has_what_the_pattern_has_and_no_more(pattern: str) -> None:
    assert pattern_fault(pattern) is None
    schema = kind_of("string").schema(Question("k", "?", "string", pattern=pattern))
    held = Draft202012Validator(schema)
    assert "pattern" in schema
    assert [text for text in TEXTS if held.is_valid(text)] == [text for text in TEXTS if re.fullmatch(pattern, text)]


def test_a_pattern_of_a_list_is_that_of_its_items() -> None:
    schema = kind_of("list").schema(Question("k", "?", "list", pattern=r"\d{3}"))
    held = Draft202012Validator(schema)
    assert held.is_valid(["123", "456"])
    assert not held.is_valid(["123", "x"])


def test_what_matches_a_pattern_is_no_longer_than_what_is_matched() -> None:
    held = Draft202012Validator(kind_of("string").schema(Question("k", "?", "string", pattern=r"\d+")))
    assert held.is_valid("1" * 200)
    assert not held.is_valid("1" * 201)
