"""The figures of an evaluation: in all, and per question, kind, engine, set, version and part."""

from __future__ import annotations

import heapq
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from docproc.core.errors import UsageError
from docproc.service.eval.intervals import place_of
from docproc.service.eval.scored import SUMMARY, UNASKED, Scored
from docproc.service.eval.totals import Totals

WORST = 50  # wrong answers that are kept, the surest
_LONGEST = 300  # characters of what was said in one of them
DIMENSIONS = ("set", "question", "kind", "part", "engine", "version")


class Tally:
    """Counts judged answers as they go by. What it holds is bounded by the number of questions, not of answers."""

    def __init__(self) -> None:
        self.every = Totals()
        self.by: dict[str, dict[str, Totals]] = {name: {} for name in DIMENSIONS}
        self.unasked: Counter[str] = Counter()
        self.statuses: Counter[tuple[str, str]] = Counter()  # (what there is, what was said)
        self._documents = array("Q")
        self._worst: list[tuple[float, int, Scored]] = []
        self._order = count()

    def add(self, row: Scored) -> None:
        """Count an answer."""
        if row.status == UNASKED:
            self.unasked[row.question] += 1
            return
        place = place_of(row.document)
        self.every.add(row, place)
        for name, value in _dimensions(row):
            totals = self.by[name].get(value)
            if totals is None:
                totals = self.by[name][value] = Totals()
            totals.add(row, place)
        self.statuses["a value" if row.gold else "nothing", _told(row)] += 1
        self._see(row)

    def _see(self, row: Scored) -> None:
        document = int.from_bytes(blake2b(row.document.encode(), digest_size=8).digest(), "big")
        if not self._documents or self._documents[-1] != document:
            self._documents.append(document)
        if not row.right:
            case = (row.confidence or 0.0, -next(self._order), row)
            push = heapq.heappush if len(self._worst) < WORST else heapq.heappushpop
            push(self._worst, case)

    @property
    def worst(self) -> list[Scored]:
        """The wrong answers of which an engine was surest, the surest first."""
        return [row for _, _, row in sorted(self._worst, reverse=True)]

    @property
    def documents(self) -> int:
        """How many documents."""
        return len(np.unique(np.frombuffer(self._documents, np.uint64)))

    def summary(self) -> dict[str, Any]:
        """The figures as JSON; see docs/evaluation.md."""
        return {
            "documents": self.documents,
            "all": self.every.figures(),
            "by": {
                name: {value: totals.figures() for value, totals in sorted(found.items())}
                for name, found in self.by.items()
                if found
            },
            "statuses": [
                {"there": there, "said": said, "answers": number}
                for (there, said), number in sorted(self.statuses.items())
            ],
            "unasked": dict(sorted(self.unasked.items())),
            "worst": [_short(row) for row in self.worst],
        }


def summarised(rows: Iterable[Scored]) -> Tally:
    """The tally of all rows."""
    tally = Tally()
    for row in rows:
        tally.add(row)
    return tally


def save(summary: Mapping[str, Any], folder: Path) -> None:
    """Write the figures beside the results."""
    (folder / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", "utf-8")


def figure(summary: Mapping[str, Any], name: str) -> float:
    """A figure by its name: "accuracy", "cer", "invoice.total.f1" (a question's), "groups". Raises UsageError."""
    question, _, metric = name.rpartition(".")
    found = summary["all"]
    if question:
        questions = summary["by"].get("question", {}) | summary["by"].get("set", {}) | summary["by"].get("part", {})
        if question not in questions:
            raise UsageError(f"{question!r} was not judged; there are {', '.join(sorted(questions)) or 'no questions'}")
        found = questions[question]
    told = flat(found)
    if metric not in told:
        raise UsageError(f"{name!r} is no figure of this evaluation; there are {', '.join(told)}")
    return told[metric]


def flat(figures: Mapping[str, Any]) -> dict[str, float]:
    """The figures of one group by name, without their intervals."""
    told = {name: figures[name]["value"] for name in ("accuracy", "precision", "recall", "f1")}
    told |= {name: figures[name] for name in ("accuracy_at_80", "auroc", "ece") if name in figures}
    told |= {name: one["value"] for name, one in figures.get("metrics", {}).items() if name not in told}
    if "groups" in figures:
        told["all_right"] = figures["groups"]["all_right"]
    if "yes_no" in figures:
        told |= {f"yes_{name}".replace("yes_yes", "yes"): rate for name, rate in figures["yes_no"].items()}
        told.pop("yes_answers")
    return told


def _dimensions(row: Scored) -> list[tuple[str, str]]:
    version = f"{row.set}@{row.version[:12]}" if row.version else ""
    named = ("set", row.set), ("question", row.question), ("kind", row.kind), ("part", row.part)
    return [(name, value) for name, value in (*named, ("engine", row.engine), ("version", version)) if value]


def _told(row: Scored) -> str:
    if row.said is None:
        return row.status
    return "right" if row.right else "another value"


def _short(row: Scored) -> dict[str, Any]:
    told = asdict(row)
    told["said"] = row.said and row.said[:_LONGEST]
    told["boxes"] = [list(box) for box in row.boxes]
    told["gold"] = [one[:_LONGEST] for one in row.gold[:5]]
    return told
