"""Evaluating many answers: judged, written, summed up with intervals, compared; time, and memory against a tenth."""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say

OPTIONS = {"answers": 100_000, "questions": 16}
KINDS = ("string", "money", "date", "number", "boolean", "text", "list", "table")


def run(say: Say, options: Options) -> Figures:
    context = multiprocessing.get_context("spawn")  # each size in a process of its own, whose peak is its own
    figures: dict[str, dict[str, float]] = {}
    for name, count in (("few", options["answers"] // 10), ("many", options["answers"])):
        with context.Pool(1) as pool:
            figures[name] = pool.apply(measured, (count, options["questions"]))
        say(f"  {count} answers: {figures[name]}")
    many, few = figures["many"], figures["few"]
    return {
        "answers": options["answers"],
        "seconds": many["judged"],
        "peak_mb": many["peak_mb"],
        "peak_mb_of_a_tenth": few["peak_mb"],
        "compare_seconds": many["compared"],
        "compare_peak_mb": many["compare_peak_mb"],
        "accuracy": many["accuracy"],
    }


def measured(count: int, questions: int) -> dict[str, float]:
    """Seconds and peak MB of an evaluation of `count` answers, and of comparing it with another."""
    from docproc.service.eval.compare import compare
    from docproc.service.eval.scored import RESULTS, write
    from docproc.service.eval.summary import Tally, save

    with TemporaryDirectory() as name:
        took = []
        for seed in (1, 2):
            folder = Path(name) / str(seed)
            folder.mkdir()
            began, tally = time.perf_counter(), Tally()
            with (folder / RESULTS).open("w", encoding="utf-8") as file:
                for row in write(answers(count, questions, seed), file):
                    tally.add(row)
            summary = tally.summary()
            save(summary, folder)
            took.append(time.perf_counter() - began)
        peak, began = peak_mb(), time.perf_counter()
        found = compare(Path(name) / "1", Path(name) / "2")
        if found["all"]["answers"] != count or summary["all"]["answers"] != count:
            raise RuntimeError(f"{count} answers were judged, {found['all']['answers']} compared")
        return {
            "judged": round(min(took), 2),
            "peak_mb": peak,
            "compared": round(time.perf_counter() - began, 2),
            "compare_peak_mb": peak_mb(),
            "accuracy": summary["all"]["accuracy"]["value"],
        }


def answers(count: int, questions: int, seed: int) -> Iterator[Any]:
    """Judged answers, four of five right, `questions` to a document."""
    from docproc.service.eval.judge import Gold, Said, judge
    from docproc.service.eval.scored import Scored

    chance = random.Random(seed)
    for number in range(count):
        document, key = f"document-{number // questions}", number % questions
        kind = KINDS[key % len(KINDS)]
        gold = value(kind, number)
        said = gold if chance.random() < 0.8 else value(kind, number + 1)
        told = judge(kind, Said("ok", said), Gold((gold,)))
        yield Scored(
            f"{document}/{key}", document, 0, f"key_{key}", kind, "engine:1", "set", "0" * 64, "ok", said, (gold,),
            told.right, told.scores, round(chance.random(), 4),
        )  # fmt: skip


def value(kind: str, number: int) -> str:
    """A canonical value of a kind, another for each number."""
    values: dict[str, Callable[[], str]] = {
        "string": lambda: f"Industrial Supplies of Region {number} Limited",
        "money": lambda: f"{number}.50 EUR",
        "date": lambda: f"{1900 + number % 200}-{1 + number % 12:02}-{1 + number % 28:02}",
        "number": lambda: str(number),
        "boolean": lambda: str(number % 2 == 0).lower(),
        "text": lambda: " ".join(f"word{(number * step) % 977}" for step in range(1, 60)),
        "list": lambda: json.dumps([f"item {number}", f"article {number + 7}", "freight"]),
        "table": lambda: json.dumps([{"name": f"part {number + line}", "amount": f"{line}.00"} for line in range(4)]),
    }
    return values[kind]()


def peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1)
