"""The loop closed: a layout that a small model reads badly, 40 reviewed pages of it, LoRA, and pages never seen."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.support import Figures, Options, Say
from benchmarks.support.models import lacking
from benchmarks.support.product import Docproc
from tests.truth import page
from tests.truth.asking import SETS, in_process, scans
from tests.truth.lessons import SETTINGS

OPTIONS = {"reviewed": 40, "known": 120, "held_out": 60, "epochs": 10, "threads": 1}
# The new layout: the same five fields under labels that the reader was never taught. It sees two letters at a time.
LABELS: Mapping[str, str] = {"number": "Cod:", "total": "Tot:", "date": "T:", "customer": "Add:", "reference": "Lot:"}
RECIPE = ["--rate", "6e-4", "--batch", "4", "--accumulation", "1"]
TARGETS = ["--targets", "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj"]
SQL = "select file, key, status, value from answers_flat where page > 0 and newest"
WHOLE = ("--format", "jsonl", "--limit", "100000")
Said = Mapping[str, Mapping[str, str | None]]


def product(home: Path, settings: Mapping[str, str], **more: str) -> Docproc:
    """docproc with a home of its own. `settings` are the engine's, `more` its own."""
    own = {f"DOCPROC_QWEN_{name.upper()}": value for name, value in settings.items()}
    shared = {"DOCPROC_QUESTION_SETS": str(SETS), "DOCPROC_WORKERS": "1", "DOCPROC_ENGINE": "qwen"}
    return Docproc(home, {**shared, **own, "HF_HUB_OFFLINE": "1", **more})


def run(say: Say, options: Options) -> Figures:
    if lacks := lacking():
        return {"missing": f"not installed: {', '.join(lacks)} (./do setup lora)"}
    with TemporaryDirectory() as name:
        return learnt(say, options, Path(name), "benchmark")


def learnt(say: Say, options: Options, work: Path, seed: str) -> Figures:
    """The figures of one whole loop. Gains and losses are in points: percent of the questions.

    With no `known` pages nothing is replayed, and the base's own layout is not looked at.
    """
    began = time.perf_counter()
    base = in_process({**SETTINGS["native"], "threads": str(options["threads"])})
    docproc = product(work / "home", base)
    new, old = sheets(options["reviewed"], f"{seed} new", LABELS), sheets(options["known"], f"{seed} old", page.LABELS)
    asked(docproc, scans(new, work / "new", seed))
    review(docproc, new)
    # What it reads well is to be kept: its sure answers that stand on the page, as OCR tells.
    if old:
        asked(product(work / "home", base, DOCPROC_VERIFY="ocr"), scans(old, work / "old", seed))
    words = ["--split", "100/0/0", "--replay", str(len(old)), "--json"]
    (told,) = docproc("dataset", "truth", "--out", str(work / "set"), *words)
    counts = told["splits"]["train"]
    say(f"  asked and reviewed, {counts}: {time.perf_counter() - began:.0f} s")
    started = time.perf_counter()
    recipe = [*RECIPE, *TARGETS, "--epochs", str(options["epochs"])]
    docproc("train", str(work / "set"), "--out", str(work / "adapter"), *recipe)
    trained = time.perf_counter() - started
    say(f"  trained: {trained:.0f} s")
    adapted = {**base, "adapter": str(work / "adapter")}
    figures: Figures = {"pages": counts["conversations"], "train_seconds": round(trained, 1)}
    for layout, labels in (("new", LABELS), *([("base", page.LABELS)] if old else [])):
        held = sheets(options["held_out"], f"{seed} held out {layout}", labels)
        files = scans(held, work / f"held-{layout}", f"{seed} held out")
        before, after = (
            right(asked(product(work / f"{layout}-{way}", own), files), held)
            for way, own in (("before", base), ("after", adapted))
        )
        figures |= {f"{layout}_{name}": value for name, value in compared(before, after).items()}
        say(f"  {layout}: {figures[f'{layout}_before']} to {figures[f'{layout}_after']} %")
    main: Figures = {"gain_points": figures["new_gain"], "ci_low": figures["new_low"]}
    if "base_gain" in figures:  # looked at
        main["base_loss_points"] = round(0.0 - float(str(figures["base_gain"])), 2)
    return {**main, **figures}


def sheets(count: int, seed: str, labels: Mapping[str, str]) -> list[page.Sheet]:
    """Pages in a layout, none of them blank."""
    rng = Random(seed)
    found: list[page.Sheet] = []
    with patch.object(page, "LABELS", labels):
        while len(found) < count:
            sheet = page.sheet(rng)
            if sheet.items:
                found.append(sheet)
    return found


def review(docproc: Docproc, pages: Sequence[page.Sheet]) -> None:
    """What a person says who looks at all answers of the pages: it is right, it is that, there is nothing."""
    from docproc.service.review import Say as Word
    from docproc.service.review import say as tell
    from docproc.store.reviewing import Action
    from docproc.wiring import opened

    found = docproc("sql", "select distinct file, document from answers_flat", *WHOLE)
    documents = {row["file"]: row["document"] for row in found}
    answers = said(docproc)
    with patch.dict(os.environ, docproc.environment()), opened() as parts:
        for number, sheet in enumerate(pages):
            name = f"{number}.jpg"
            for key, truth in sheet.truth.items():
                accepted = answers[name].get(key, "nothing") == truth
                action: Action = "accept" if accepted else "absent" if truth is None else "correct"
                value = truth if action == "correct" else None
                tell(parts, Word(documents[name], 1, "truth", key, action, "benchmark", value))


def asked(docproc: Docproc, files: Sequence[Path]) -> Said:
    """What it answers of the files, and has answered before."""
    docproc("run", *map(str, files), "-q", "truth")
    return said(docproc)


def said(docproc: Docproc) -> Said:
    """The answers by file and question; "nothing" for one that is none."""
    found: dict[str, dict[str, str | None]] = {}
    for row in docproc("sql", SQL, *WHOLE):
        value = row["value"] if row["status"] in ("ok", "absent") else "nothing"
        found.setdefault(row["file"], {})[row["key"]] = value
    return found


def right(answers: Said, pages: Sequence[page.Sheet]) -> list[list[bool]]:
    """Of each page, which answers say what is printed, or that there is nothing."""
    return [
        [answers.get(f"{at}.jpg", {}).get(key, "nothing") == truth for key, truth in sheet.truth.items()]
        for at, sheet in enumerate(pages)
    ]


def compared(before: list[list[bool]], after: list[list[bool]]) -> dict[str, float]:
    """Percent that is right before and after, the gain, and where it lies by the bootstrap over pages."""
    import numpy as np

    from docproc.service.eval.intervals import interval, resampled

    sums = np.array([[len(one), sum(one), sum(other)] for one, other in zip(before, after, strict=True)])
    drawn = resampled(sums)
    low, high = interval(100 * (drawn[:, 2] - drawn[:, 1]) / drawn[:, 0]) or (0.0, 0.0)
    count, first, second = (int(total) for total in sums.sum(axis=0))
    told = {"before": 100 * first / count, "after": 100 * second / count, "gain": 100 * (second - first) / count}
    return {name: round(value, 2) for name, value in {**told, "low": low, "high": high}.items()}
