"""Labels of an engine's answers: what people said in reviews, and what a gold file says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError
from docproc.core.kinds import kind_of
from docproc.core.kinds.inputs import dumps
from docproc.core.metrics.right import is_right
from docproc.core.questions import Question
from docproc.core.types import Answer
from docproc.store import calibrations, documents
from docproc.store.calibrations import Stored
from docproc.store.database import Database


@dataclass(frozen=True, slots=True)
class Label:
    """A stored answer, and whether it is right."""

    stored: Stored
    right: bool


def from_reviews(database: Database, engine_id: int, set_name: str | None) -> dict[int, Label]:
    """The answers that were reviewed, by their ids: a review is the truth of that answer."""
    with database.read() as conn:
        reviewed = calibrations.reviewed(conn, engine_id, set_name)
    found = {}
    for row in reviewed:
        if row.status == "ok" and row.value is not None:
            label = _label(row.stored, row.value)
        elif row.status == "absent":
            label = _label(row.stored, None)
        else:
            continue  # nobody could tell what would be right
        if label is not None:
            found[row.stored.id] = label
    return found


def from_gold(
    database: Database, engine_id: int, set_name: str | None, path: Path
) -> tuple[dict[int, Label], list[str]]:
    """The answers that a gold file labels, by their ids; and, for each line that labels none, why.

    A line is {"document": …, "key": …, "value": …, "page": …}: `document` a path, a file name or a SHA-256; `value` as
    printed, as stored, or null where the page does not tell; `page` a number, else the document's own answer is meant.
    Raises UsageError for a line that is not of that form or names several documents.
    """
    found: dict[int, Label] = {}
    unmatched: list[str] = []
    known: dict[str, int | None] = {}
    for place, line in _lines(path):
        name = str(line["document"])
        if name not in known:
            known[name] = _document(database, name, place)
        document_id, number, key = known[name], int(line.get("page") or 0), line["key"]
        if document_id is None:
            unmatched.append(f"{place}: no document is called {name!r}")
            continue
        with database.read() as conn:
            stored = calibrations.answered(conn, engine_id, document_id, number, set_name).get(key)
        if not stored:
            unmatched.append(f"{place}: the engine was not asked {key!r} of {name}")
            continue
        gold = _canonical(line["value"], stored[-1].answer.question, place)
        label = _label(stored[-1], gold)
        if label is not None:
            found[stored[-1].id] = label
    return found, unmatched


def _label(stored: Stored, gold: str | None) -> Label | None:
    """Whether an answer says what gold says, None being "absent"; None for an answer that says neither."""
    answer: Answer = stored.answer
    if answer.status not in ("ok", "absent"):
        return None
    if answer.value is None or gold is None:
        return Label(stored, answer.value is None and gold is None)
    return Label(stored, is_right(answer.question.kind, answer.value, gold))


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON Lines file, each with its place; empty lines are passed over."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path.name}, line {number}"
        try:
            found = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{place} is not JSON: {error}") from error
        if not isinstance(found, dict) or not {"document", "key", "value"} <= found.keys():
            raise UsageError(f'{place} lacks something; a line is {{"document": …, "key": …, "value": …, "page": …}}')
        page = found.get("page")
        if page is not None and (isinstance(page, bool) or not isinstance(page, int) or page < 0):
            raise UsageError(f"{place}: page is {page!r}, not a number from 1 (0: the document)")
        yield place, found


def _document(database: Database, name: str, place: str) -> int | None:
    with database.read() as conn:
        found = documents.matching(conn, name) or documents.matching(conn, str(Path(name).absolute()))
    if len(found) > 1:
        listed = ", ".join(row.sha256[:12] for row in found)
        raise UsageError(f"{place}: {len(found)} documents are called {name!r}; name one by its SHA-256: {listed}")
    return found[0].id if found else None


def _canonical(value: object, question: Question, place: str) -> str | None:
    if value is None:
        return None
    kind = kind_of(question.kind)
    try:
        return kind.parse(value, question)
    except ValueError as error:
        said = value if isinstance(value, str) else dumps(value)
        message = f"{place}: {said[:80]!r} is no {question.kind}, the type of {question.key!r}: {error}"
        raise UsageError(message) from error
