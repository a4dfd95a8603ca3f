"""Has the whole product read pages: files in, answers out of the database, by any engine with any settings."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from docproc.core.boxes import Box
from docproc.service.query import Budget, query
from docproc.service.run import run
from docproc.wiring import assembled
from tests.truth import page
from tests.truth.lessons import KEYS

READER = Path(__file__).parent / "reader"
SETS = Path(__file__).parent
_SQL = """
select file, key, status, value, evidence, boxes, steps from answers_flat where page > 0 and newest
"""


@dataclass(frozen=True)
class Told:
    """What the database holds of one question of one page; boxes in fractions of it."""

    status: str
    value: str | None
    evidence: str | None
    boxes: tuple[Box, ...]
    steps: tuple[str, ...]


Answers = Mapping[str, Mapping[str, Told]]  # by file name and key


def ask(home: Path, files: Iterable[Path], engine: str, settings: Mapping[str, str]) -> Answers:
    """What docproc answers about documents of one page each; `settings` are the engine's own."""
    shared = {"HOME": str(home), "QUESTION_SETS": str(SETS), "WORKERS": "1"}
    own = {f"{engine.upper()}_{name.upper()}": value for name, value in settings.items()}
    with patch.dict(os.environ, {f"DOCPROC_{name}": value for name, value in (shared | own).items()}):
        parts = assembled()
        with closing(parts.database):
            parts.database.upgrade()
            for _ in run(parts, [str(file) for file in files], "truth", engine):
                pass
            rows = query(parts, _SQL, {}, Budget(100_000, 60)).rows
    answers: dict[str, dict[str, Told]] = {}
    for file, key, status, value, evidence, boxes, steps in rows:
        answers.setdefault(file, {})[key] = _told(status, value, evidence, boxes, steps)
    return answers


def in_process(settings: Mapping[str, str], folder: Path = READER) -> dict[str, str]:
    """The settings of the qwen engine with the reader, beside those of a tile policy."""
    fixed = {"device": "cpu", "dtype": "float32", "threads": "1", "boxes": "never"}
    return {"model": str(folder), **fixed, **settings}


def sheets(count: int, seed: str) -> list[page.Sheet]:
    """Pages that no training has shown, none of them blank: those are not asked about."""
    rng = Random(f"unseen {seed}")
    drawn = (page.sheet(rng) for _ in itertools.count())
    return list(itertools.islice((sheet for sheet in drawn if sheet.items), count))


def scans(pages: Sequence[page.Sheet], folder: Path, seed: str = "") -> list[Path]:
    """The pages as files 0.jpg, 1.jpg, …, each printed and scanned in its own way."""
    rng = Random(f"scans {seed}")
    folder.mkdir(parents=True, exist_ok=True)
    return [page.save(one, folder / f"{at}.jpg", page.Print.drawn(rng)) for at, one in enumerate(pages)]


def values(answers: Answers, file: str) -> dict[str, str | None]:
    """The values of one file; a question that has no answer at all has the value "nothing"."""
    told = answers.get(file, {})
    return {key: told[key].value if key in told and told[key].status in ("ok", "absent") else "nothing" for key in KEYS}


def exact_match(answers: Answers, pages: Sequence[page.Sheet]) -> float:
    """The share of questions whose value is what is printed, and of what is not there those that are absent."""
    right = [
        values(answers, f"{at}.jpg")[key] == truth for at, one in enumerate(pages) for key, truth in one.truth.items()
    ]
    return sum(right) / len(right)


def _told(status: str, value: str | None, evidence: str | None, boxes: Any, steps: Any) -> Told:
    places = tuple(Box(*edges) for _, *edges in _list(boxes))
    return Told(status, value, evidence, places, tuple(_list(steps)))


def _list(stored: Any) -> list[Any]:
    """A JSON column, as text or read already."""
    return json.loads(stored) if isinstance(stored, str) else stored or []
