from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc import questionsets
from docproc.core.errors import NotFound, QuestionSetError
from docproc.core.kinds import kinds
from docproc.core.merge import rules_for
from docproc.core.questions import PageRange
from docproc.questionsets.faults import set_faults

GOOD = """
name: letters
description: Letters
questions:
  - {key: sender, ask: Who sent it?, type: string, labels: [from, von]}
  - {key: paid, ask: Is it paid?, type: boolean, pages: [1, 3-4, 7-*], merge: vote, required: yes}
  - {key: tone, ask: What tone has it?, type: choice, choices: [yes, no, 007], scope: document}
  - key: enclosed
    ask: |
      What is enclosed?
      List it.
    type: table
    columns:
      item: string
      price: {type: money, labels: [price, preis]}
"""


def faults(text: str) -> list[str]:
    return set_faults(text, "letters.yaml")[1]


def one(**options: Any) -> list[str]:
    """The faults of a set with one question that has these options."""
    given = {"key": "asked", "ask": "What?", "type": "string"} | options
    lines = "\n".join(f"    {name}: {value}" for name, value in given.items() if value is not None)
    return faults(f"name: letters\nquestions:\n  -\n{lines}\n")


def test_a_good_file_says_what_it_means() -> None:
    found = questionsets.parse(GOOD, "letters.yaml")
    sender, paid, tone, enclosed = found.questions
    assert (found.name, found.description) == ("letters", "Letters")
    assert (sender.kind, sender.labels, sender.merge, sender.pages) == (
        "string",
        ("from", "von"),
        "best",
        (PageRange(),),
    )
    assert paid.pages == (PageRange(1, 1), PageRange(3, 4), PageRange(7, None))
    assert (paid.merge, paid.required) == ("vote", True)
    assert (tone.choices, tone.scope) == (("yes", "no", "007"), "document")
    assert enclosed.ask == "What is enclosed? List it."
    assert [(column.name, column.kind, column.labels) for column in enclosed.columns] == [
        ("item", "string", ()),
        ("price", "money", ("price", "preis")),
    ]


def test_every_fault_is_told_at_once_with_its_line_and_key() -> None:
    told = faults(
        """name: select
descripton: x
questions:
  - key: total
    ask: How much?
    type: mony
    pages: [1-3, 9-4]
  - {key: total, type: string, merge: sum}
  - 5
"""
    )
    assert told == [
        "letters.yaml:1 name: 'select' is a reserved word of SQL",
        "letters.yaml:2 descripton: there is no such option; did you mean 'description'?",
        'letters.yaml:6 questions[0].type: no kind is called "mony"; did you mean "money"?',
        """letters.yaml:7 questions[0].pages[1]: '9-4' is no page range: write "3", "1-3", "4-*" or "*\"""",
        "letters.yaml:8 questions[1].ask: is lacking",
        "letters.yaml:8 questions[1].key: 'total' is the key of a question on line 4 already",
        "letters.yaml:8 questions[1].merge: 'sum' makes no sense for string; there are: first, last, best, vote"
        ", concat",
        "letters.yaml:9 questions[2]: must be a mapping, not '5'",
    ]
    with pytest.raises(QuestionSetError) as caught:
        questionsets.parse("name: [", "x.yaml")
    assert caught.value.faults[0].startswith("x.yaml:")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"key": "Total"}, "is no name"),
        ({"key": "1st"}, "is no name"),
        ({"key": "a__b"}, "is no name"),
        ({"key": "x" * 51}, "longer than 50"),
        ({"key": "order"}, "reserved word"),
        ({"key": "status"}, "every view has already"),
        ({"key": "pages", "type": "table", "columns": "{a: string}"}, "view of pages"),
        ({"ask": "''"}, "questions[0].ask: is empty"),
        ({"type": None}, "questions[0].type: is lacking"),
        ({"colour": "red"}, "no such option"),
        ({"scope": "book"}, "'page' or 'document'"),
        ({"required": "maybe"}, "must be true or false"),
        ({"labels": "one"}, "must be a list"),
        ({"pages": "0"}, "no page range"),
        ({"pages": "[]"}, "pages: is empty"),
        ({"pages": "4-2"}, "no page range"),
        ({"pages": "'*-4'"}, "no page range"),
        ({"pages": "*"}, 'write "*" in quotes'),
        ({"merge": "union"}, "makes no sense"),
        ({"merge": "most"}, "is not one of"),
        ({"pattern": "'['"}, "no regular expression"),
        ({"pattern": "(a+)+b"}, "too long to match"),
        ({"pattern": r"(\d|\d\d)*x"}, "too long to match"),
        ({"type": "boolean", "pattern": "x"}, "has no pattern"),
        ({"type": "choice"}, "two choices at least"),
        ({"type": "choice", "choices": "[a, A]"}, "stands there twice"),
        ({"choices": "[a, b]"}, "has no choices"),
        ({"type": "table"}, "needs columns"),
        ({"columns": "{a: string}"}, "has no columns"),
        ({"type": "table", "columns": "{a: list}"}, "cannot be a list"),
        ({"type": "table", "columns": "{a: strin}"}, 'did you mean "string"'),
        ({"type": "table", "columns": "{page: string}"}, "has already"),
        ({"type": "table", "columns": "{a: {type: string, label: x}}"}, "did you mean 'labels'"),
        ({"type": "table", "columns": "{a: string, a: money}"}, "stands twice"),
        ({"role": "Grand Total"}, "role"),
    ],
)
def test_each_fault_is_told_once(options: dict[str, Any], fault: str) -> None:
    told = one(**options)
    assert len(told) == 1, told
    assert fault in told[0]


@pytest.mark.parametrize(
    "pattern", [r"[A-Z]{3}", r"\d+(\.\d+)?", r"[A-Z]{2}\d{2}( ?\w{4}){3,7}( ?\w{1,3})?", r"INV-\d{4,}", r"(a|b|c)x"]
)
def test_ordinary_patterns_are_good(pattern: str) -> None:
    assert one(pattern=f"'{pattern}'") == []


def test_the_currency_column_of_an_amount_is_taken() -> None:
    text = "name: a\nquestions: [{key: due, ask: x, type: money}, {key: due_currency, ask: x, type: string}]"
    assert ["is the column of the currency" in fault for fault in faults(text)] == [True]


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "x", "a: b: c", "name: x", "---\na: 1\n---\nb: 1", "&a [*a]", "a: \x00", "? [a]\n: b"]
)
def test_what_is_no_question_set_has_a_fault(text: str) -> None:
    assert faults(text)


def test_a_file_that_grows_without_bound_is_refused() -> None:
    bomb = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 1}]" for n in range(9))
    assert "too many values" in faults(bomb)[0]


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert faults(text)


def test_user_folders_add_and_override_and_the_last_wins(tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "letters.yaml").write_text(GOOD.replace("description: Letters", f"description: Number {number}"))
    (tmp_path / "1" / "invoice.yml").write_text(GOOD.replace("letters", "invoice"))
    folders = [tmp_path / "1", tmp_path / "2", tmp_path / "absent"]
    assert {"letters", "invoice", "ocr"} <= set(questionsets.names(folders))
    assert questionsets.load("letters", folders).description == "Number 2"
    assert questionsets.load("invoice", folders).questions[0].key == "sender"


def test_a_file_must_be_called_like_its_set(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text(GOOD)
    assert ["must be the same" in fault for fault in questionsets.check(tmp_path / "notes.yaml")] == [True]
    with pytest.raises(QuestionSetError, match="must be the same"):
        questionsets.load("notes", [tmp_path])


def test_a_table_whose_view_would_have_the_name_of_a_set_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "letters.yaml").write_text(GOOD)
    (tmp_path / "letters_enclosed.yaml").write_text(GOOD.replace("letters", "letters_enclosed"))
    with pytest.raises(QuestionSetError, match=r"questions\[3\].key"):
        questionsets.load("letters", [tmp_path])


def test_files_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    (tmp_path / "huge.yaml").write_text("#" * 2_000_000)
    assert "not UTF-8" in questionsets.check(tmp_path / "latin.yaml")[0]
    assert "larger than" in questionsets.check(tmp_path / "huge.yaml")[0]
    assert "cannot be read" in questionsets.check(tmp_path / "none.yaml")[0]


def test_an_unknown_set_is_named_with_the_nearest_one() -> None:
    with pytest.raises(NotFound, match="did you mean invoice"):
        questionsets.load("invoces", [])


@pytest.mark.parametrize("name", questionsets.names([]))
def test_the_built_in_sets_are_good(name: str) -> None:
    found = questionsets.load(name, [])
    assert found.description
    for question in found.questions:
        # In invoices the partner is the seller.
        assert question.role == f"{name}.{question.key}".replace("partner_name", "seller_name")
        assert question.kind in kinds()
        assert question.merge in rules_for(question.kind)
        assert question.ask.endswith((".", "?", "…)?"))


def test_the_built_in_sets_have_the_promised_keys() -> None:
    keys = {
        name: [question.key for question in questionsets.load(name, []).questions] for name in questionsets.names([])
    }
    assert keys["document"] == ["title", "summary", "dates", "tables"]
    assert keys["receipt"] == ["company", "date", "address", "total", "currency", "tax"]
    assert keys["report"] == ["title", "date", "author", "publisher", "document_type", "report_id"]
    assert keys["chart"] == ["chart_type", "trend", "maximum", "minimum", "relation"]
    assert keys["ocr"] == ["text"]
    assert {"invoice_number", "issue_date", "seller_name", "grand_total", "iban", "lines"} <= set(keys["invoice"])
