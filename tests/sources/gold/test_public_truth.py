"""A model that really reads is asked a folder in DocVQA's form: what is printed decides the figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from docproc import wiring
from docproc.service.eval.public import Order, evaluate_public
from tests.sources.gold.folders import put
from tests.truth.asking import in_process, scans, sheets
from tests.truth.lessons import SETTINGS

ASKS = {
    "number": "What is the invoice number?",
    "customer": "Who is the customer?",
    "reference": "What is the reference?",
}


def test_unseen_pages_in_the_form_of_docvqa_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data: list[dict[str, object]] = []
    pages = sheets(8, "native")
    scans(pages, tmp_path / "data" / "documents")
    for number, sheet in enumerate(pages):
        name = f"documents/{number}.jpg"
        for key, ask in ASKS.items():
            if sheet.truth[key] is not None:
                identity = f"{number}{len(data):03}"
                data.append({"questionId": identity, "question": ask, "image": name, "answers": [sheet.truth[key]]})
    put(tmp_path / "data" / "val_v1.0.json", {"dataset_name": "SP-DocVQA", "data": data})
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCPROC_WORKERS", "1")
    for name, value in in_process(SETTINGS["native"]).items():
        monkeypatch.setenv(f"DOCPROC_QWEN_{name.upper()}", value)
    order = Order("docvqa", tmp_path / "data", tmp_path / "out", "qwen")
    with wiring.opened(order.out / "images") as parts:
        summary = evaluate_public(parts, order, lambda _: None, lambda _: None)
    assert len(data) > 10
    assert summary["official"]["anls"]["value"] > 0.95
