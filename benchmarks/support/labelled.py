"""The labelled documents: which question sets to ask of them, and what the scorer wants to hear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Item = dict[str, Any]
SETS = {"table": "document", "hostile": "document"}  # a category's set, where it is not called like the category
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


def folder() -> Path:
    """Where the labelled documents are. Raises FileNotFoundError that says how to name another folder."""
    found = Path(os.environ.get("DOCPROC_TEST_DATA") or BESIDE)
    if not (found / "manifest.json").is_file():
        raise FileNotFoundError(
            f"no manifest.json in {found}; set DOCPROC_TEST_DATA to the folder of labelled documents"
        )
    return found


def items(data: Path, categories: Iterable[str], most_pages: int) -> list[Item]:
    """The items of these categories that have at most `most_pages` pages."""
    every: list[Item] = json.loads((data / "manifest.json").read_text("utf-8"))["items"]
    wanted = set(categories)
    return [item for item in every if item["category"] in wanted and (item["pages"] or 0) <= most_pages]


def sets_of(item: Item) -> list[str]:
    """The sets to ask of an item: its category's; `ocr` too where the whole text is scored; `invoice` too where a
    value is planted that must not come back."""
    category = str(item["category"])
    sets = [SETS.get(category, category)]
    if item.get("ocr_text") or item.get("tests"):
        sets.append("ocr")
    if item.get("forbidden_values"):
        sets.append("invoice")
    return list(dict.fromkeys(sets))


def prediction(item: Item, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One line for the scorer out of the lines that `docproc run --json` printed about a document, one per set."""
    values = {key: answer["value"] for line in lines for key, answer in (line.get("answers") or {}).items()}
    tables = values.pop("tables", None) or []
    text = values.pop("text", None)
    fields = {**values, "table_count": len(tables)} if item["category"] == "table" else values
    outcome = lines[0]["outcome"] if lines else None
    return {"id": item["id"], "fields": fields, "tables": tables, "text": text, "outcome": outcome}


def score(data: Path, predictions: Path, scored: Sequence[Item]) -> dict[str, float]:
    """What the data's score.py says of these items: {"invoice.grand_total": 0.9, …}.

    A measure other than accuracy is named in the key: "table.adjacency.f1".
    """
    manifest = predictions.with_name("scored.json")
    manifest.write_text(json.dumps({"items": list(scored)}), "utf-8")
    command = [sys.executable, str(data / "score.py"), str(manifest), str(predictions)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures: dict[str, float] = {}
    for line in printed.splitlines():
        head, _, _ = line.partition("  n=")
        category, name, rest = head.split(maxsplit=2)
        measure, value = rest.rsplit(maxsplit=1)
        word = "_".join("".join(c if c.isalnum() else " " for c in measure.lower()).split())
        figures[f"{category}.{name}" if word == "accuracy" else f"{category}.{name}.{word}"] = float(value)
    return figures
