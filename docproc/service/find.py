"""Search the text of the pages."""

from __future__ import annotations

from typing import Any

from docproc.service.parts import Parts
from docproc.store.search import search


def find(parts: Parts, words: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and one row per page that has all the words, the best first."""
    with parts.database.read() as conn:
        hits = search(conn, words, limit)
    return ["path", "page", "text"], [(hit.path, hit.page, hit.snippet) for hit in hits]
