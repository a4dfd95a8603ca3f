"""The promises of a kind, held by every one."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    kind = kind_of(name)
    assert valid(kind.value(kind.parse(raw, question(name))), kind.schema(question(name)))


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
        assert valid(kind.value(canonical), kind.schema(question(name)))


def valid(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value holds by the few words of JSON Schema that the kinds use."""
    if "anyOf" in schema:
        return any(valid(value, one) for one in schema["anyOf"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, _TYPES[one]) and not (one != "boolean" and isinstance(value, bool)) for one in types):
        return False
    if isinstance(value, str):
        size = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return size and value in schema.get("enum", [value]) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, list):
        size = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return size and all(valid(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        fields = schema["properties"]
        return set(schema["required"]) <= set(value) <= set(fields) and all(
            valid(value[key], fields[key]) for key in value
        )
    return not isinstance(value, int | float) or value >= schema.get("minimum", value)


_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}
