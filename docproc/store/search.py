"""Full-text search over the text of the pages, with the same words meaning the same on both databases."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text

from docproc.core.errors import UsageError

_TERM = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_WORD = re.compile(r"[^\W_]+")
_MARKS = ("[", "]")
_SNIPPET_WORDS = 16

_SQLITE = f"""
SELECT d.sha256, d.path, t.number, snippet(page_search, 0, '{_MARKS[0]}', '{_MARKS[1]}', ' … ', {_SNIPPET_WORDS})
FROM page_search JOIN page_texts t ON t.id = page_search.rowid JOIN documents d ON d.id = t.document_id
WHERE page_search MATCH :words ORDER BY page_search.rank, t.id LIMIT :limit"""  # noqa: S608 - constants of this file
_POSTGRESQL = f"""
SELECT d.sha256, d.path, h.number, ts_headline('simple', h.text, h.words,
       'StartSel={_MARKS[0]},StopSel={_MARKS[1]},MaxWords={_SNIPPET_WORDS},MinWords={_SNIPPET_WORDS // 2}')
FROM (SELECT t.id, t.document_id, t.number, t.text, w.words, ts_rank(t.tsv, w.words) AS rank
      FROM page_texts t, websearch_to_tsquery('simple', :words) w(words)
      WHERE t.tsv @@ w.words ORDER BY rank DESC, t.id LIMIT :limit) h
JOIN documents d ON d.id = h.document_id ORDER BY h.rank DESC, h.id"""  # noqa: S608 - constants of this file


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found: its document's SHA-256 and path, its number, and a line of its text with [the words]."""

    document: str
    path: str
    page: int
    snippet: str


@dataclass(frozen=True, slots=True)
class _Term:
    """Words that stand next to one another, or that must not."""

    words: tuple[str, ...]
    negative: bool


def search(conn: Connection, query: str, limit: int = 20) -> list[Hit]:
    """The pages that have all the words, the best first.

    As in a web search: "words in quotes" stand side by side, -word must not be there, `or` separates alternatives.
    Case does not matter, accents do. Raises UsageError where the query has no word to look for.
    """
    groups = _parse(query)
    if not any(not term.negative for group in groups for term in group):
        raise UsageError(f"there is no word to look for in {query!r}")
    sqlite = conn.dialect.name == "sqlite"
    words = _fts5(groups) if sqlite else _web(groups)
    rows = conn.execute(text(_SQLITE if sqlite else _POSTGRESQL), {"words": words, "limit": limit})
    return [Hit(document, path, page, " ".join(snippet.split())) for document, path, page, snippet in rows]


def _parse(query: str) -> list[list[_Term]]:
    """The alternatives of a query, each with its terms; alternatives that only exclude are left out."""
    groups: list[list[_Term]] = [[]]
    for sign, phrase, bare in _TERM.findall(query):
        if bare.lower() == "or":
            groups.append([])
            continue
        negative = bool(sign) or (bare.startswith("-") and len(bare) > 1)
        words = tuple(_WORD.findall(phrase or bare))
        if words:
            groups[-1].append(_Term(words, negative))
    return [group for group in groups if any(not term.negative for term in group)]


def _fts5(groups: list[list[_Term]]) -> str:
    alternatives = []
    for group in groups:
        wanted = " AND ".join(_quoted(term) for term in group if not term.negative)
        unwanted = "".join(f" NOT {_quoted(term)}" for term in group if term.negative)
        alternatives.append(f"(({wanted}){unwanted})")
    return " OR ".join(alternatives)


def _web(groups: list[list[_Term]]) -> str:
    return " or ".join(" ".join("-" * term.negative + _quoted(term) for term in group) for group in groups)


def _quoted(term: _Term) -> str:
    return '"' + " ".join(term.words) + '"'
