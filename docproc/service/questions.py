"""Question sets, wherever they are kept: list and show them, check files, find the one that a name means.

A set that was authored (in the browser or through the API) comes before one of a user's folder, and that before a
built-in one of the same name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from docproc import questionsets
from docproc.core.errors import NotFound, QuestionSetError, UsageError
from docproc.core.questions import PageRange, QuestionSet
from docproc.service.parts import Parts
from docproc.store import authored
from docproc.store.authored import Authored

Rows = list[tuple[Any, ...]]
Origin = Literal["authored", "folder", "built-in"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A set as lists and editors show it. `questions` is None where `faults` keep it from being used.

    `source` is YAML as written. `revision` names this state of it: who writes the next one says which state he saw.
    `author` and `created_at` (seconds since 1970) are those of an authored set.
    """

    name: str
    origin: Origin
    source: str
    revision: str
    questions: QuestionSet | None
    faults: tuple[str, ...] = ()
    author: str = ""
    created_at: float | None = None


def resolve_set(parts: Parts, name: str) -> QuestionSet:
    """The set that a name means. Raises NotFound, and QuestionSetError with all its faults."""
    with parts.database.read() as conn:
        row = authored.newest(conn, name)
        missing = (row is None or row.retired) and questionsets.file_of(name, parts.set_folders) is None
        others = [row.name for row in authored.listing(conn)] if missing else []  # for the message alone
    if row is None or row.retired:
        return questionsets.load(name, parts.set_folders, others)
    return questionsets.parse(row.source, name)


def find_set(parts: Parts, name: str) -> Listed:
    """The set that a name means, faults and all. Raises NotFound."""
    with parts.database.read() as conn:
        others = [row.name for row in authored.listing(conn)]
        row = authored.newest(conn, name)
    if row is not None and not row.retired:
        return listed(row)
    if questionsets.file_of(name, parts.set_folders) is None:
        raise questionsets.unknown(name, [*questionsets.names(parts.set_folders), *others])
    return _of_file(name, parts.set_folders, others)


def every_set(parts: Parts) -> list[Listed]:
    """All sets, by name."""
    with parts.database.read() as conn:
        rows = {row.name: row for row in authored.listing(conn)}
    names = sorted({*rows, *questionsets.names(parts.set_folders)})
    return [listed(rows[name]) if name in rows else _of_file(name, parts.set_folders, tuple(rows)) for name in names]


def list_sets(parts: Parts) -> tuple[list[str], Rows]:
    """Column names and one row per set."""
    rows: Rows = []
    for one in every_set(parts):
        if one.questions is None:
            rows.append((one.name, 0, f"cannot be used: {len(one.faults)} fault(s)", "", one.origin))
            continue
        found = one.questions
        rows.append((one.name, len(found.questions), found.description, found.version[:12], one.origin))
    return ["set", "questions", "description", "version", "origin"], rows


def show_set(parts: Parts, name: str) -> tuple[str, list[str], Rows]:
    """A headline, column names, and one row per question."""
    found = resolve_set(parts, name)
    rows = [
        (q.key, q.kind, q.scope, ",".join(pages_text(pages) for pages in q.pages), q.merge, q.ask)
        for q in found.questions
    ]
    head = f"{found.name}: {found.description} (version {found.version[:12]})"
    return head, ["key", "type", "scope", "pages", "merge", "ask"], rows


def check_files(paths: Sequence[Path]) -> list[str]:
    """Every fault of every file, with its place."""
    return [fault for path in paths for fault in questionsets.check(path)]


def listed(row: Authored) -> Listed:
    """An authored set as it is listed."""
    found, faults = questionsets.examine(row.source)
    told = tuple(fault.told(row.name) for fault in faults)
    return Listed(row.name, "authored", row.source, str(row.id), found, told, row.author, row.created_at)


def pages_text(pages: PageRange) -> str:
    """A range of pages as people write it."""
    if pages == PageRange():
        return "*"
    return f"{pages.first}-{'*' if pages.last is None else pages.last}"


def _of_file(name: str, folders: Sequence[Path], others: Sequence[str]) -> Listed:
    file = questionsets.file_of(name, folders)
    if file is None:  # it went away between two looks
        raise NotFound(f"no question set is called {name!r} any more")
    path, built_in = file
    origin: Origin = "built-in" if built_in else "folder"
    try:
        source = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        source = ""
    try:
        found = questionsets.load(name, folders, others)
    except QuestionSetError as error:
        return Listed(name, origin, source, "faulty", None, tuple(error.faults))
    except UsageError as error:
        return Listed(name, origin, source, "faulty", None, (str(error),))
    return Listed(name, origin, source, found.version[:16], found)
