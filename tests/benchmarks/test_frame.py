from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pymupdf
import pytest

from benchmarks.__main__ import names, overridden
from benchmarks.support import labelled
from benchmarks.support.pairs import Pair
from benchmarks.support.pdfs import born_digital
from benchmarks.support.scans import scanned_pdf, scans

ROOT = Path(__file__).resolve().parents[2]


def test_every_benchmark_says_what_it_is_and_takes_numbers() -> None:
    for name in names():
        module = import_module(f"benchmarks.{name}")
        assert module.__doc__
        assert all(isinstance(number, int) for number in module.OPTIONS.values())
        assert callable(module.run)


@pytest.mark.parametrize("name", names())
def test_the_figures_of_every_benchmark_are_written_down(name: str) -> None:
    assert f"python -m benchmarks {name}" in (ROOT / "benchmarks" / "README.md").read_text("utf-8")


def test_the_last_line_of_a_benchmark_is_one_json_object() -> None:
    command = [sys.executable, "-m", "benchmarks", "startup", "rounds=1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["benchmark"] == "startup"
    assert figures["options"] == {"rounds": 1}
    assert figures["help_seconds"] > 0


def test_an_option_that_a_benchmark_does_not_have_is_refused() -> None:
    assert overridden({"pages": 3, "rounds": 2}, ["pages=9"]) == {"pages": 9, "rounds": 2}
    with pytest.raises(ValueError, match="this benchmark takes pages=3"):
        overridden({"pages": 3}, ["sheets=9"])
    with pytest.raises(ValueError, match="this benchmark takes pages=3"):
        overridden({"pages": 3}, ["pages=many"])


def test_a_ratio_above_one_means_that_ours_is_faster() -> None:
    assert Pair(ours=(1.0, 2.0, 1.0), theirs=(2.0, 4.0, 3.0)).ratio == 2.0


def test_born_digital_pages_are_sound_and_each_has_its_own_text(tmp_path: Path) -> None:
    with pymupdf.open(born_digital(tmp_path / "text.pdf", 5)) as document:
        assert not document.is_repaired
        texts = [page.get_text() for page in document]
    assert len(set(texts)) == 5
    assert all(len(text.split()) > 500 for text in texts)


def test_scans_have_pixels_and_no_text(tmp_path: Path) -> None:
    with pymupdf.open(scanned_pdf(tmp_path / "scans.pdf", scans(tmp_path, 2))) as document:
        assert document.page_count == 2
        assert not any(page.get_text().strip() for page in document)
        assert all(len(page.get_images()) == 1 for page in document)


def test_a_prediction_gathers_the_answers_of_all_sets_of_a_document() -> None:
    tables = [{"page": 1, "grid": [["a", "b"]]}]
    lines = [
        {"outcome": "ok", "answers": {"title": {"value": "T"}, "tables": {"value": tables}}},
        {"outcome": "ok", "answers": {"text": {"value": "all of it"}}},
    ]
    said = labelled.prediction({"id": "x", "category": "table"}, lines)
    assert said == {
        "id": "x",
        "fields": {"title": "T", "table_count": 1},
        "tables": tables,
        "text": "all of it",
        "outcome": "ok",
    }
    assert labelled.prediction({"id": "x", "category": "invoice"}, [])["outcome"] is None


@pytest.mark.data
def test_the_scorer_of_the_data_is_understood(tmp_path: Path) -> None:
    try:
        data = labelled.folder()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    (tmp_path / "none.jsonl").write_text("")
    figures = labelled.score(data, tmp_path / "none.jsonl", labelled.items(data, ["invoice", "table", "ocr"], 500))
    assert figures["invoice.grand_total"] == 0.0
    assert "table.adjacency.f1" in figures
    assert "ocr.ocr.word_recall" in figures
