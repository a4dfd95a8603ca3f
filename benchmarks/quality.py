"""How much of what the labelled documents say is answered rightly, per category and field, by the data's own scorer."""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say, labelled
from benchmarks.support.product import Docproc

# A category set to 0 is left out, as is a document of more pages than `most_pages`.
OPTIONS = {
    "invoice": 1, "receipt": 1, "report": 1, "table": 1, "chart": 1, "ocr": 1, "hostile": 1, "most_pages": 500,
}  # fmt: skip


def run(say: Say, options: Options) -> Figures:
    data = labelled.folder()
    categories = [name for name, wanted in options.items() if wanted and name != "most_pages"]
    items = labelled.items(data, categories, options["most_pages"])
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        lines = answered(say, Docproc(Path(folder) / "home"), data, items)
        seconds = time.perf_counter() - began
        asked, predictions = set(), Path(folder) / "predictions.jsonl"
        with predictions.open("w") as file:
            for item in items:
                said = labelled.prediction(item, lines[item["file"]])
                asked |= {f"{item['category']}.{key}" for key in said["fields"]}
                file.write(json.dumps(said) + "\n")
        figures = labelled.score(data, predictions, items)
    # What no built-in set asks (a docket, a volume; whether a statement about a chart is true) is named, not averaged.
    fields = {f"{item['category']}.{key}" for item in items for key in item.get("expected") or {}}
    unasked = sorted(key for key in figures if key in fields - asked or key.startswith(("chart.pairs", "chart.statem")))
    scored = {key: value for key, value in figures.items() if key not in unasked}
    means = {
        name: round(mean(value for key, value in scored.items() if key.startswith(f"{name}.")), 4)
        for name in categories
    }
    return {**scored, **means, "not_asked": unasked, "documents": len(items), "docproc_seconds": round(seconds, 1)}


def answered(say: Say, docproc: Docproc, data: Path, items: list[labelled.Item]) -> dict[str, list[dict[str, Any]]]:
    """What `docproc run --json` printed about each file, one line per set that was asked of it."""
    lines: dict[str, list[dict[str, Any]]] = {item["file"]: [] for item in items}
    places = {str((data / file).resolve()): file for file in lines}
    for name in dict.fromkeys(name for item in items for name in labelled.sets_of(item)):
        files = [str(data / item["file"]) for item in items if name in labelled.sets_of(item)]
        began = time.perf_counter()
        for line in docproc("run", *files, "-q", name, "--json", accept=(0, 2, 3)):
            lines[places[str(Path(line["path"]).resolve())]].append(line)
        say(f"  {name}: {len(files)} files, {time.perf_counter() - began:.1f} s")
    return lines
