"""People's own labelled documents: JSON beside each, or a manifest for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from docproc.core.boxes import Box, PageBox
from docproc.core.errors import NotFound, UsageError
from docproc.sources.gold import GoldAnswer, Statement
from docproc.sources.gold.folder import labelled


def write(folder: Path, name: str, told: Any) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(told if isinstance(told, str) else json.dumps(told), "utf-8")


def test_documents_with_labels_are_found_with_their_answers(tmp_path: Path) -> None:
    for name in ("a.pdf", "in/b.png", "in/c.pdf", "d.jpg"):
        write(tmp_path, name, "x")
    write(tmp_path, "a.json", {"set": "letters", "answers": {"total": 12.5, "sender": None}})
    boxes = [[2, 0.1, 0.2, 0.3, 0.4]]
    page = {"total": {"accepted": ["1", 2], "boxes": boxes}}
    write(
        tmp_path, "in/b.png.json", [{"set": "letters", "pages": {"2": page}}, {"set": "ocr", "answers": {"text": "t"}}]
    )
    write(tmp_path, "in/c.json.txt", "{}")
    found = {item.name: item for item in labelled(tmp_path)}
    assert list(found) == ["a.pdf", "in/b.png"]
    assert found["a.pdf"].answers == (GoldAnswer("letters", "total", (12.5,)), GoldAnswer("letters", "sender", ()))
    assert found["in/b.png"].answers == (
        GoldAnswer("letters", "total", ("1", 2), page=2, boxes=(PageBox(2, Box(0.1, 0.2, 0.3, 0.4)),)),
        GoldAnswer("ocr", "text", ("t",)),
    )
    assert found["a.pdf"].path == tmp_path / "a.pdf"


@pytest.mark.parametrize(
    "told",
    [
        "{",
        "[1]",
        {"answers": {}},
        {"set": "letters", "answers": []},
        {"set": "letters", "pages": {"0": {}}},
        {"set": "letters", "pages": {"one": {}}},
        {"set": "letters", "answers": {"total": {"accepted": "1"}}},
        {"set": "letters", "answers": {"total": {"accepted": ["1"], "boxes": [[1, 2, 3]]}}},
        {"set": "letters", "answers": {"total": {"accepted": ["1"], "boxes": [[1, 0, 0, 1, 1e999]]}}},
    ],
)
def test_labels_of_another_form_are_refused_with_their_file(tmp_path: Path, told: Any) -> None:
    write(tmp_path, "a.pdf", "x")
    write(tmp_path, "a.json", told)
    with pytest.raises(UsageError, match=r"a\.json"):
        list(labelled(tmp_path))


def test_a_folder_without_labels_says_what_labels_look_like(tmp_path: Path) -> None:
    write(tmp_path, "a.pdf", "x")
    with pytest.raises(UsageError, match=r'labelled by letter\.json: \{"set"'):
        list(labelled(tmp_path))
    with pytest.raises(NotFound, match="there is no such folder"):
        list(labelled(tmp_path / "nothing"))


def test_a_manifest_tells_of_all_files_with_how_each_field_is_compared(tmp_path: Path) -> None:
    expected = {
        "total": {"value": 1.5, "type": "amount"},
        "number": {"value": "A-1", "type": "id"},
        "name": {"value": "Acme", "type": "string", "match": "fuzzy>=0.85 of letters"},
        "place": {"value": "Rome", "type": "string"},
        "title": {"value": "T", "type": "string", "match": "contains"},
        "lines": {"value": [{"net": 1}], "type": "table", "key": "net"},
        "unseen": {"value": "x", "type": "string", "scored": False},
    }
    item = {
        "file": "a.pdf",
        "category": "invoice",
        "expected": expected,
        "tables": [{"page": 1, "rows": 1, "grid": [["a"]]}],
        "ocr_text": "words",
        "statements": [{"statement": "It is.", "label": False, "task": "one"}],
        "expected_outcome": {"accept": ["ok"], "never": []},
        "forbidden_values": ["PWNED", 0.0],
    }
    write(tmp_path, "a.pdf", "x")
    write(tmp_path, "manifest.json", {"items": [item]})
    (found,) = labelled(tmp_path)
    assert {answer.key: answer.match for answer in found.answers} == {
        "total": "", "number": "code", "name": "fuzzy:0.85", "place": "fuzzy:0.9", "title": "contains",
        "lines": "amounts:net", "tables": "", "text": "words:0.9",
    }  # fmt: skip
    assert {answer.key: answer.set for answer in found.answers}["text"] == "ocr"
    assert found.statements == (Statement("It is.", False, "one"),)
    assert (found.kind, found.outcomes, found.forbidden) == ("invoice", ("ok",), ("PWNED", "0.0"))
    assert list(labelled(tmp_path / "manifest.json")) == [found]


def test_a_manifest_of_another_form_or_with_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    forms: list[Any] = [
        "{",
        [],
        {"items": [{"category": "x"}]},
        {"items": ["x"]},
        {"items": [{"file": "a", "expected": 3}]},
    ]
    for told in forms:
        write(tmp_path, "manifest.json", told)
        with pytest.raises(UsageError, match=r"manifest\.json"):
            list(labelled(tmp_path))
    write(tmp_path, "manifest.json", {"items": [{"file": "gone.pdf"}]})
    with pytest.raises(NotFound, match=r"lists gone\.pdf, which is not there"):
        list(labelled(tmp_path))
