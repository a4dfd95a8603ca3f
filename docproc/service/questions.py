"""List, show and check question sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docproc import questionsets
from docproc.core.questions import PageRange

Rows = list[tuple[Any, ...]]


def list_sets(folders: Sequence[Path]) -> tuple[list[str], Rows]:
    """Column names and one row per set."""
    rows = []
    for name in questionsets.names(folders):
        found = questionsets.load(name, folders)
        rows.append((name, len(found.questions), found.description, found.version[:12]))
    return ["set", "questions", "description", "version"], rows


def show_set(name: str, folders: Sequence[Path]) -> tuple[str, list[str], Rows]:
    """A headline, column names, and one row per question."""
    found = questionsets.load(name, folders)
    rows = [
        (q.key, q.kind, q.scope, ",".join(_pages(pages) for pages in q.pages), q.merge, q.ask) for q in found.questions
    ]
    head = f"{found.name}: {found.description} (version {found.version[:12]})"
    return head, ["key", "type", "scope", "pages", "merge", "ask"], rows


def check_files(paths: Sequence[Path]) -> list[str]:
    """Every fault of every file, with its place."""
    return [fault for path in paths for fault in questionsets.check(path)]


def _pages(pages: PageRange) -> str:
    if pages == PageRange():
        return "*"
    return f"{pages.first}-{'*' if pages.last is None else pages.last}"
