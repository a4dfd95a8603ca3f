"""One judged answer, and files of them: JSON Lines, one answer a line, written and read one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TextIO

from docproc.core.errors import UsageError
from docproc.core.metrics.fields import Fields, judged

RESULTS, SUMMARY = "results.jsonl", "summary.json"
UNASKED = "unasked"  # there is gold, but nobody was asked


@dataclass(frozen=True, slots=True)
class Scored:
    """A judged answer.

    `id` names the question of this page of this document, alike in every run: two runs are compared by it. `document`
    is a SHA-256 or a set's own id, `name` what people call it. `page` is the page that was asked, 0 for the document.
    `status` is an answer's, or UNASKED. `said` and `gold` are canonical texts; `gold` holds all accepted ones, none
    where there is nothing to be told. `scores` are those of metrics, as judged. `boxes` are [page, x0, y0, x1, y1] in
    fractions of the page. `group`, `part`: see `sources.gold.GoldQuestion`.
    """

    id: str
    document: str
    page: int
    key: str
    kind: str
    engine: str
    set: str
    version: str
    status: str
    said: str | None
    gold: tuple[str, ...]
    right: bool
    scores: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None  # None: nobody said how sure
    evidence: str = "none"
    boxes: tuple[tuple[float, ...], ...] = ()
    group: str = ""
    part: str = ""
    name: str = ""

    @property
    def question(self) -> str:
        """The question as people name it."""
        return f"{self.set}.{self.key}"

    @property
    def fields(self) -> Fields:
        """The answer as one field. What is neither a value nor "absent", where there is nothing, counts as invented."""
        if not self.gold:
            return Fields(absent=1) if self.right else Fields(invented=1)
        return judged(self.said is not None, True, self.right)


_NAMES = [one.name for one in fields(Scored)]


def write(rows: Iterable[Scored], file: TextIO) -> Iterator[Scored]:
    """Pass rows on, each written to the file as it goes by."""
    for row in rows:
        told = {
            name: value
            for name, value in asdict(row).items()
            if value not in ("", (), {}, None) or name in ("gold", "said")
        }
        file.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")
        yield row


def read(path: Path) -> Iterator[Scored]:
    """The rows of a results file, or of the folder that holds one, in order. Raises UsageError, with the line."""
    for row, _ in read_places(path):
        yield row


def read_places(path: Path) -> Iterator[tuple[Scored, int]]:
    """The rows, each with the place in the file where it begins, in bytes. Raises UsageError."""
    file = results_file(path)
    place = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield parsed(line, f"{file}, line {number}"), place
            place += len(line)


def results_file(path: Path) -> Path:
    """The results file that a path means. Raises UsageError."""
    file = path / RESULTS if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"{file} does not exist; `docproc eval … --out FOLDER` writes {RESULTS} there")
    return file


def parsed(line: bytes, place: str) -> Scored:
    """A row of its line. Raises UsageError."""
    try:
        told: Any = json.loads(line)
        row = Scored(
            **{name: told[name] for name in _NAMES if name in told and name not in ("gold", "boxes")},
            gold=tuple(told["gold"]),
            boxes=tuple(tuple(box) for box in told.get("boxes", ())),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{place} is no judged answer ({error}); such files are written by docproc eval") from error
    return row
