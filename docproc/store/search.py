"""Full-text search over the text of the pages, with the same words meaning the same on both databases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from docproc.core.errors import UsageError

_TERM = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_WORD = re.compile(r"[^\W_]+")
# Where more pages have a common word, PostgreSQL ranks the first so many: each costs a look at all of its words.
CANDIDATES = 5_000
MOST_WORDS = 64

_SET = """
EXISTS (SELECT 1 FROM job_documents j JOIN question_sets s ON s.id = j.set_id
        WHERE j.document_id = t.document_id AND s.name = :set_name)"""
# The best of the index first, and only of these the texts.
_SQLITE = """
SELECT d.sha256, d.path, t.document_id, t.number, t.text
FROM (SELECT page_search.rowid AS id, page_search.rank AS rank FROM page_search{join}
      WHERE page_search MATCH :words{where} ORDER BY page_search.rank LIMIT :limit OFFSET :offset) h
JOIN page_texts t ON t.id = h.id JOIN documents d ON d.id = t.document_id ORDER BY h.rank, h.id"""
_POSTGRESQL = """
SELECT d.sha256, d.path, t.document_id, t.number, t.text
FROM (SELECT m.id, ts_rank(m.tsv, m.words) AS rank
      FROM (SELECT t.id, t.tsv, w.words FROM page_texts t, websearch_to_tsquery('simple', :words) w(words)
            WHERE t.tsv @@ w.words{where} LIMIT :candidates) m
      ORDER BY rank DESC, m.id LIMIT :limit OFFSET :offset) h
JOIN page_texts t ON t.id = h.id JOIN documents d ON d.id = t.document_id ORDER BY h.rank DESC, h.id"""


@dataclass(frozen=True, slots=True)
class Within:
    """Where is searched: documents that a set was asked of, and one document, by its id; None: everywhere."""

    set_name: str | None = None
    document_id: int | None = None


EVERYWHERE = Within()


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found: its document's SHA-256, path and id, its number, and its text."""

    document: str
    path: str
    document_id: int
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class _Term:
    """Words that stand next to one another, or that must not."""

    words: tuple[str, ...]
    negative: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: alternatives, each of terms that a page must have, or must not.

    As in a web search: "words in quotes" stand side by side, -word must not be there, `or` separates alternatives.
    Case does not matter, accents do.
    """

    groups: tuple[tuple[_Term, ...], ...]

    @property
    def phrases(self) -> list[tuple[str, ...]]:
        """What a page may have, case aside: the words to be marked."""
        terms = (term for group in self.groups for term in group if not term.negative)
        return list(dict.fromkeys(tuple(word.casefold() for word in term.words) for term in terms))

    def words(self, dialect: str) -> str:
        """The query in the database's own language."""
        return _fts5(self.groups) if dialect == "sqlite" else _web(self.groups)


def parse(query: str) -> Query:
    """A query as people write it. Raises UsageError where it has no word to look for, or very many."""
    groups = _parse(query)
    if not groups:
        raise UsageError(f"there is no word to look for in {query[:200]!r}")
    if sum(len(term.words) for group in groups for term in group) > MOST_WORDS:
        raise UsageError(f"more than {MOST_WORDS} words to look for")
    return Query(tuple(tuple(group) for group in groups))


def search(conn: Connection, query: Query, limit: int = 20, offset: int = 0, within: Within = EVERYWHERE) -> list[Hit]:
    """The pages that have all the words, the best first."""
    sqlite = conn.dialect.name == "sqlite"
    where = " AND t.document_id = :document_id" if within.document_id is not None else ""
    where += f" AND {_SET}" if within.set_name is not None else ""
    join = " JOIN page_texts t ON t.id = page_search.rowid" if where else ""
    values: dict[str, Any] = {"words": query.words(conn.dialect.name), "limit": limit, "offset": offset}
    values |= {"set_name": within.set_name, "document_id": within.document_id, "candidates": CANDIDATES}
    statement = text((_SQLITE if sqlite else _POSTGRESQL).format(join=join, where=where))
    named = {name: values[name] for name in _NAMED.findall(statement.text)}
    return [Hit(*row) for row in conn.execute(statement, named)]


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


def _fts5(groups: Sequence[Sequence[_Term]]) -> str:
    alternatives = []
    for group in groups:
        wanted = " AND ".join(_quoted(term) for term in group if not term.negative)
        unwanted = "".join(f" NOT {_quoted(term)}" for term in group if term.negative)
        alternatives.append(f"(({wanted}){unwanted})")
    return " OR ".join(alternatives)


def _web(groups: Sequence[Sequence[_Term]]) -> str:
    return " or ".join(" ".join("-" * term.negative + _quoted(term) for term in group) for group in groups)


def _quoted(term: _Term) -> str:
    return '"' + " ".join(term.words) + '"'
