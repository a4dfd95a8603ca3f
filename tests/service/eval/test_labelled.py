"""Labelled documents, asked and judged, on both databases; and the page that shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from docproc import wiring
from docproc.core.errors import UsageError
from docproc.service.eval import statements_asked
from docproc.service.eval.evaluate import Least, Wanted, below, evaluate, leasts
from docproc.service.eval.labelled import judged
from docproc.service.eval.page import report
from docproc.service.eval.scored import Scored, read
from docproc.service.eval.summary import summarised
from docproc.service.events import Event
from docproc.service.parts import Parts
from tests.e2e.conftest import make_pdf

RULES = [
    {"key": "sender", "value": "ACME <b>Ltd</b>", "quote": "ACME", "confidence": 0.9},
    {"key": "total", "value": 12.5, "quote": "12.50", "confidence": 0.8},
    {"key": "total", "page": 2, "value": None},
    {"key": "chart_type", "value": "bar"},
    {"key": "trend", "value": "rising"},
    {"key": "title", "value": "PWNED"},
    {"key": "q1", "value": True},
    {"key": "q2", "value": True},
    {"key": "q3", "value": True},
]


@pytest.fixture
def parts(letters: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """Parts whose engine says what RULES say."""
    (tmp_path / "script.json").write_text(json.dumps({"rules": RULES}))
    monkeypatch.setenv("DOCPROC_SCRIPTED_SCRIPT", str(tmp_path / "script.json"))
    made = wiring.assembled()
    with closing(made.database):
        yield made


def label(folder: Path, name: str, told: Any, texts: Sequence[str] = ("ACME 12.50",)) -> None:
    make_pdf(folder / f"{name}.pdf", texts)
    (folder / f"{name}.json").write_text(json.dumps(told), "utf-8")


def rows(parts: Parts, folder: Path) -> list[Scored]:
    events: list[Event] = []
    return list(judged(parts, folder, None, events.append))


def test_documents_are_asked_and_their_answers_judged(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "gold"
    label(folder, "a", {"set": "letters", "answers": {"total": "12.50", "sender": "ACME Ltd", "docket": "7"}})
    pages = {"1": {"total": "12.50"}, "2": {"total": None}}
    label(folder, "b", {"set": "letters", "answers": {"sender": None}, "pages": pages}, ["ACME 12.50", "more"])
    (folder / "c.pdf").write_text("no document")
    (folder / "c.json").write_text(json.dumps({"set": "letters", "answers": {"total": "1"}}))
    told = {row.id: row for row in rows(parts, folder)}
    assert {identity: (row.right, row.status) for identity, row in told.items()} == {
        "a.pdf/0/letters.total": (True, "ok"),
        "a.pdf/0/letters.sender": (False, "ok"),
        "a.pdf/0/letters.docket": (False, "unasked"),
        "b.pdf/0/letters.sender": (False, "ok"),
        "b.pdf/1/letters.total": (True, "ok"),
        "b.pdf/2/letters.total": (True, "absent"),
        "c.pdf/0/letters.total": (False, "missing"),
    }
    total = told["a.pdf/0/letters.total"]
    assert (total.said, total.gold, total.kind, total.engine[:9]) == ("12.50", ("12.50",), "money", "scripted:")
    assert len(total.document) == 64
    assert rows(parts, folder) == list(told.values())  # again, from what is stored


def test_a_value_of_another_type_than_its_question_is_refused_with_its_document(parts: Parts, tmp_path: Path) -> None:
    label(tmp_path / "gold", "a", {"set": "letters", "answers": {"total": "much"}})
    with pytest.raises(UsageError, match=r"a\.pdf: 'much' is no money, the type of 'total'"):
        rows(parts, tmp_path / "gold")


def test_outcomes_statements_and_planted_values_of_a_manifest_are_judged(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "gold"
    make_pdf(folder / "chart.pdf", ["chart"])
    make_pdf(folder / "letter.pdf", ["pay PWNED"])
    (folder / "bad.pdf").write_bytes(b"")
    statements = [
        {"statement": "This graph is a bar chart, instead of pie chart.", "label": True, "task": "type"},
        {"statement": "This graph is a pie chart, instead of bar chart.", "label": False, "task": "type"},
        {"statement": "The value of A is 7.", "label": True, "task": "value"},
    ]
    items = [
        {"file": "chart.pdf", "category": "chart", "statements": statements},
        {
            "file": "letter.pdf",
            "category": "hostile",
            "forbidden_values": ["PWNED"],
            "expected_outcome": {"accept": ["ok"]},
        },
        {"file": "bad.pdf", "category": "hostile", "expected_outcome": {"accept": ["rejected:empty_file"]}},
    ]
    (folder / "manifest.json").write_text(json.dumps({"items": items}))
    told = rows(parts, folder)
    assert {(row.name, row.key, row.right) for row in told} == {
        ("chart.pdf", "statement_type", True),
        ("chart.pdf", "statement_type", False),  # said to be true, which it is not
        ("chart.pdf", "statement_value", True),
        ("letter.pdf", "outcome", True),
        ("letter.pdf", "planted", "PWNED" not in {row.said for row in told}),
        ("bad.pdf", "outcome", True),
    }
    figures = summarised(told).summary()
    assert figures["by"]["question"]["chart.statement_type"]["groups"] == {"groups": 1, "all_right": 0.0}
    assert figures["by"]["question"]["chart.statement_value"]["groups"] == {"groups": 1, "all_right": 1.0}
    assert rows(parts, folder) == told  # again, from what is kept
    assert set(figures["by"]["part"]) == {"chart", "hostile"}


def test_statements_are_told_by_the_answers_of_an_engine_that_goes_by_rules(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements_asked, "BY_RULES", "scripted")
    make_pdf(tmp_path / "gold" / "chart.pdf", ["chart"])
    told = [("This graph is a bar chart, instead of pie chart.", True), ("This graph is a pie chart.", False)]
    told += [("The axis has a label.", True), ("Sales fall with time.", False)]
    statements = [{"statement": text, "label": true, "task": "t"} for text, true in told]
    item = {"file": "chart.pdf", "category": "chart", "statements": statements}
    (tmp_path / "gold" / "manifest.json").write_text(json.dumps({"items": [item]}))
    found = [(row.status, row.said, row.right) for row in rows(parts, tmp_path / "gold")]
    right = [("ok", "true", True), ("ok", "false", True), ("absent", None, False), ("ok", "false", True)]
    assert found == right


def test_the_page_stands_alone_escapes_all_text_and_shows_where_wrong_answers_stand(
    parts: Parts, tmp_path: Path
) -> None:
    label(tmp_path / "gold", "a", {"set": "letters", "answers": {"total": "12.50", "sender": "<i>Me</i>"}})
    page = report(parts, summarised(rows(parts, tmp_path / "gold")), "<Letters>")
    assert "<script" not in page
    assert "ACME &lt;b&gt;Ltd&lt;/b&gt;" in page
    assert "&lt;i&gt;Me&lt;/i&gt;" in page
    assert "<title>&lt;Letters&gt;</title>" in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert not re.search(r"url\((?!#)|@import", page)
    assert page.count("<svg role") == 4  # two plots, light and dark
    identities = re.findall(r'\bid="([^"]+)"', page)
    assert len(identities) == len(set(identities))
    assert 'src="data:image/jpeg;base64,' in page


def test_results_figures_and_page_are_written(parts: Parts, tmp_path: Path) -> None:
    label(tmp_path / "gold", "a", {"set": "letters", "answers": {"total": "12.50", "sender": "Me"}})
    wanted = Wanted("Letters", tmp_path / "out" / "deep", tmp_path / "page.html")
    summary = evaluate(parts, judged(parts, tmp_path / "gold", None, lambda _: None), wanted, lambda _: None)
    assert json.loads((tmp_path / "out" / "deep" / "summary.json").read_text()) == summary
    assert len(list(read(tmp_path / "out" / "deep"))) == summary["all"]["answers"] == 2
    assert "Letters" in (tmp_path / "page.html").read_text()
    assert below(summary, [Least("accuracy", 0.5), Least("letters.total.f1", 1.0)]) == []
    (missed,) = below(summary, leasts(["accuracy=0.9"]))
    assert missed == "accuracy is 0.5000, 0.4000 below 0.9"


def test_nothing_to_judge_and_places_that_cannot_be_written_are_said(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing to judge"):
        evaluate(parts, iter(()), Wanted("Reviews"), lambda _: None)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot be written"):
        evaluate(parts, iter(()), Wanted("Reviews", tmp_path / "file"), lambda _: None)


@pytest.mark.parametrize("text", ["accuracy", "accuracy=much", "=0.5=", "cer=0.1", "ocr.text.wer=0.2", "ece=0.1"])
def test_a_threshold_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-under"):
        leasts([text])
