"""Search the text of the pages."""

from __future__ import annotations

from typing import Any

from docproc.core.highlight import snippet
from docproc.service.parts import Parts
from docproc.store.search import parse, search


def find(parts: Parts, words: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and one row per page that has all the words, the best first. Raises UsageError without a word."""
    query = parse(words)
    with parts.database.read() as conn:
        hits = search(conn, query, limit)
    return ["path", "page", "text"], [(hit.path, hit.page, _line(hit.text, query.phrases)) for hit in hits]


def _line(text: str, phrases: list[tuple[str, ...]]) -> str:
    """A line of a text with the words that were looked for in brackets."""
    pieces = snippet(text, phrases)
    return " ".join("".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces).split())
