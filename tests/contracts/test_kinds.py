"""The promises of a kind, held by every one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docproc.core.kinds import SqlType, kind_of, kinds
from docproc.core.questions import Column, MergeRule, Question

NAMES = sorted(kinds())
# Values as a model or a page may write them; each kind needs at least one.
GIVEN: dict[str, list[object]] = {
    "string": ["ACME\u00a0 Ltd", 12, "a\x00b", ["only one"], "cafe\u0301"],
    "text": ["Two\r\nlines  here", ["Two", "lines"], "x"],
    "integer": [12, "12", "1.200,00", "1 200", 12.0, "12 pieces", -3],
    "number": [12.5, "12,50", "1'234.5", 1e-7, -0.0, "19 %", 10**20, "0.125"],
    "money": [
        1021.91,
        "£1,021.91",
        "1.021,91 EUR",
        "RM 5",
        {"amount": 5, "currency": "CHF"},
        "kr 5,00",
        "1021.91 GBP",
        -5,
    ],
    "date": [
        "31.10.2018",
        "2018-10-31",
        "August 2004",
        "2004",
        2004,
        "Wednesday, 31 October 2018",
        "due on 31/10/2018",
    ],
    "boolean": [True, "Yes, it is.", "nein", 0, "☑ paid", "vrai", "FALSE"],
    "choice": ["BAR", "It is a line chart.", "stacked bar"],
    "list": [["a", "b", "a"], "a; b", "- a\n- b", '["a"]', {"items": ["a"]}],
    "dates": [["31.10.2018", "2018-10-31"], "from 1 Jan 2018 to 3 Feb 2019", "2004"],
    "table": [
        [{"Name": "Pen", "amount": "1,20 €", "other": 1}, {"name": None, "amount": None}],
        [["Pen", 1.2], ["Cap", "x"]],
        {"rows": [{"name": "Pen"}]},
        '[{"name": "Pen", "amount": 12}]',
    ],
    "tables": [
        [{"page": 1, "box": [0.9, 0, 0.1, 2], "caption": None, "grid": [["a", 1], ["b"]]}],
        {"grid": [["a"]]},
        [[["a", "b"], ["c", "d"]]],
    ],
}
RUBBISH: list[object] = [None, "", " \n", [], {}, [None], "\x00", [[[]]], object(), {"a": object()}]


def question(kind: str) -> Question:
    columns = (Column("name", "string"), Column("amount", "money")) if kind == "table" else ()
    choices = ("bar", "stacked bar", "line") if kind == "choice" else ()
    return Question("asked", "What?", kind, choices=choices, columns=columns)


CASES = [(name, raw) for name in NAMES for raw in GIVEN.get(name, [])]


def test_every_kind_has_examples_here() -> None:
    assert set(GIVEN) == set(NAMES)


@pytest.mark.parametrize(("name", "raw"), CASES)
def test_canonical_text_reads_as_itself(name: str, raw: object) -> None:
    canonical = kind_of(name).parse(raw, question(name))
    assert kind_of(name).parse(canonical, question(name)) == canonical


@pytest.mark.parametrize(("name", "raw"), CASES)
def test_the_json_value_reads_as_the_same_text(name: str, raw: object) -> None:
    kind = kind_of(name)
    canonical = kind.parse(raw, question(name))
    # The currency of an amount is reported beside its JSON value.
    expected = canonical.partition(" ")[0] if name == "money" else canonical
    assert kind.parse(json.loads(json.dumps(kind.value(canonical))), question(name)) == expected


@pytest.mark.parametrize(("name", "raw"), CASES)
def test_the_schema_holds_for_the_value(name: str, raw: object) -> None:
    assert holds(name, kind_of(name).parse(raw, question(name)), question(name))


@pytest.mark.parametrize(("name", "raw"), CASES)
def test_a_value_is_all_right_against_itself(name: str, raw: object) -> None:
    canonical = kind_of(name).parse(raw, question(name))
    assert kind_of(name).score(canonical, canonical) == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_between_0_and_1(name: str) -> None:
    kind = kind_of(name)
    texts = [kind.parse(raw, question(name)) for raw in GIVEN[name]]
    assert all(0.0 <= kind.score(said, true) <= 1.0 for said in texts for true in texts)
    assert (
        name == "choice"
        or any(kind.score(said, true) < 1.0 for said in texts for true in texts)
        or len(set(texts)) == 1
    )


@pytest.mark.parametrize("raw", RUBBISH, ids=[f"rubbish{number}" for number in range(len(RUBBISH))])
@pytest.mark.parametrize("name", NAMES)
def test_rubbish_is_refused_with_a_reason(name: str, raw: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        kind_of(name).parse(raw, question(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_says_what_the_store_and_a_model_need(name: str) -> None:
    kind = kind_of(name)
    assert kind.name == name
    assert kind.sql in get_args(SqlType)
    assert kind.merge in get_args(MergeRule)
    assert "\n" not in kind.prompt(question(name))
    assert kind.prompt(question(name)).endswith(".")
    json.dumps(kind.schema(question(name)))
    assert not (kind.scalar and kind.sql == "json")


anything = st.text(st.characters(exclude_categories=()), max_size=60)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | anything
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything, inner, max_size=4), max_leaves=10
)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(raw=values)
def test_whatever_is_accepted_is_canonical_and_storable(name: str, raw: object) -> None:
    kind = kind_of(name)
    with suppress(ValueError):
        canonical = kind.parse(raw, question(name))
        assert canonical
        assert "\x00" not in canonical
        canonical.encode()
        assert kind.parse(canonical, question(name)) == canonical
        assert holds(name, canonical, question(name))


def holds(name: str, canonical: str, asked: Question) -> bool:
    """Whether a stored value is valid by the schema that a model was held to: as it is, or as its canonical text."""
    kind = kind_of(name)
    held = Draft202012Validator(kind.schema(asked))
    return bool(held.is_valid(kind.value(canonical)) or held.is_valid(canonical))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(kind_of(name).schema(question(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_part_of_a_schema_has_bounds_so_that_a_reply_ends(name: str) -> None:
    for part in parts(kind_of(name).schema(question(name))):
        bounds = {
            "string": {"maxLength", "pattern", "enum"},
            "number": {"maximum"},
            "integer": {"maximum"},
            "array": {"maxItems"},
            "object": {"properties"},
            "boolean": {"type"},
            "null": {"type"},
        }
        assert bounds[part["type"]] & set(part), part


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_what_servers_understand(name: str) -> None:
    for part in parts(kind_of(name).schema(question(name))):
        if part["type"] == "object":
            assert part["required"] == list(part["properties"])
            assert part["additionalProperties"] is False
        pattern = part.get("pattern", "^$")
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert not re.search(r"\\|\(\?[^:]", pattern)


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema's own parts, down to those that have a type."""
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from parts(one)
        return
    yield schema
    for inner in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])):
        yield from parts(inner)


@pytest.mark.parametrize(
    ("name", "said", "allowed"),
    [
        ("date", "2018-10-31", True),
        ("date", "2018-02", True),
        ("date", "2018-13", False),
        ("date", "2018-10-32", False),
        ("date", "31.10.2018", False),
        ("number", 12.5, True),
        ("number", "12.50", True),
        ("number", "12,50", False),
        ("number", 10**300, False),
        ("integer", "12.5", False),
        ("integer", 12.5, False),
        ("integer", -7, True),
        ("money", "1021.91 GBP", True),
        ("money", 1021.91, True),
        ("money", "£1,021.91", False),
        ("money", "9" * 40, False),
        ("string", "", False),
        ("string", "x" * 2_001, False),
        ("list", [], False),
        ("table", [{"name": "Pen"}], False),
        ("table", [{"name": "Pen", "amount": None}], True),
    ],
)
def test_what_a_model_may_say(name: str, said: object, allowed: bool) -> None:
    assert Draft202012Validator(kind_of(name).schema(question(name))).is_valid(said) is allowed
