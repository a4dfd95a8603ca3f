"""How much of what the labelled documents say is answered rightly, per category and field, by the data's own scorer."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

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
        docproc = Docproc(Path(folder) / "home")
        lines = defaultdict(list)
        seconds = 0.0
        for name in dict.fromkeys(name for item in items for name in labelled.sets_of(item)):
            files = [item["file"] for item in items if name in labelled.sets_of(item)]
            began = time.perf_counter()
            printed = docproc("run", *[str(data / f) for f in files], "-q", name, "--json", accept=(0, 2, 3))
            seconds += time.perf_counter() - began
            say(f"  {name}: {len(files)} files, {time.perf_counter() - began:.1f} s")
            for line in printed:
                lines[str(Path(line["path"]).resolve())].append(line)
        predictions = Path(folder) / "predictions.jsonl"
        with predictions.open("w") as file:
            for item in items:
                about = lines[str((data / item["file"]).resolve())]
                file.write(json.dumps(labelled.prediction(item, about)) + "\n")
        figures = labelled.score(data, predictions)
    scored = {key: value for key, value in figures.items() if key.partition(".")[0] in categories}
    means = {
        name: round(mean(value for key, value in scored.items() if key.startswith(f"{name}.")), 4)
        for name in categories
    }
    return {**scored, **means, "documents": len(items), "docproc_seconds": round(seconds, 1)}
