"""The demonstration's documents, read by the command line as the README says, against what is known to be in them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.support import labelled
from benchmarks.support.product import Docproc
from examples.make_examples import DOCUMENTS, expected

ITEMS = expected()
Lines = Callable[[str], dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The answers to a set, {file: line of output}; each set is run once."""
    docproc = Docproc(tmp_path_factory.mktemp("home"), {"DOCPROC_WORKERS": "2"})
    known: dict[str, dict[str, dict[str, Any]]] = {}

    def lines(name: str) -> dict[str, dict[str, Any]]:
        if name not in known:
            files = [str(DOCUMENTS / item["file"]) for item in ITEMS if name in labelled.sets_of(item)]
            printed = docproc("run", *files, "-q", name, "--engine", "ocr", "--json")
            known[name] = {Path(line["path"]).name: line for line in printed}
        return known[name]

    return lines


def letters(value: object) -> str:
    return "".join(char for char in str(value).casefold() if char.isalnum())


def right(field: dict[str, Any], value: Any) -> bool:
    """Whether the value says what is expected: the measures of the labelled data's scorer."""
    wanted, kind = field["value"], field["type"]
    if value is None:
        return False
    if kind == "amount":
        return abs(float(value) - float(wanted)) < 0.005
    if kind == "table":
        return [float(row[field["key"]] or 0) for row in value] == [row[field["key"]] for row in wanted]
    if kind in ("int", "date", "id", "code"):
        return letters(value) == letters(wanted)
    least = float(field.get("match", "fuzzy>=0.9").partition(">=")[2])
    return difflib.SequenceMatcher(None, letters(value), letters(wanted), autojunk=False).ratio() >= least


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_an_example_is_read_as_it_was_written(item: dict[str, Any], answered: Lines) -> None:
    (name,) = labelled.sets_of(item)
    line = answered(name)[item["file"]]
    assert (line["outcome"], line["status"]) == ("ok", "succeeded")
    assert line["pages"]["total"] == line["pages"]["answered"] == item["pages"]
    said = labelled.prediction(item, [line])
    wrong = {
        key: said["fields"].get(key)
        for key, field in item["expected"].items()
        if not right(field, said["fields"].get(key))
    }
    assert not wrong


def test_the_tables_of_the_report_are_found_cell_by_cell(answered: Lines) -> None:
    (item,) = [item for item in ITEMS if "tables" in item]
    found = answered("document")["report.pdf"]["answers"]["tables"]["value"]
    assert [(table["page"], [list(row) for row in table["grid"]]) for table in found] == [
        (table["page"], [list(row) for row in table["grid"]]) for table in item["tables"]
    ]


def test_an_answer_of_the_turned_receipt_stands_where_it_is_printed(answered: Lines) -> None:
    """The receipt lies on its right side: its total, low on the paper, is left of its date on the picture."""
    answers = answered("receipt")["receipt-scan.jpg"]["answers"]
    left = {key: answers[key]["boxes"][0][1] for key in ("total", "date")}
    assert left["total"] < left["date"]


def test_everything_that_was_found_is_cited(answered: Lines) -> None:
    for name in ("invoice", "receipt", "report"):
        for file, line in answered(name).items():
            for key, answer in line["answers"].items():
                assert 0 <= answer["confidence"] <= 1, (file, key)
                if answer["status"] == "ok" and key != "line_count":
                    assert answer["page"], (file, key)
