# ruff: noqa: S608 - constants of this file alone
"""Full-text search over the answers of documents, and over what reviewers said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from docproc.store.reviews import Place
from docproc.store.search import CANDIDATES, Query

# As the indexes have it (migration 0008), literally: a database only uses one where it finds its expression.
_SEPARATORS = """!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"""
_INDEXED = "number = 0 AND status = 'ok' AND value NOT LIKE '[{%'"
_WORDS = {"answers": "left(value, 500) || ' ' || left(quote, 500)", "reviews": "left(value, 500)"}

_PLACE = "r.document_id = c.document_id AND r.number = c.number AND r.set_name = c.set_name AND r.key = c.key"


@dataclass(frozen=True, slots=True)
class Answers:
    """Which answers are searched; None: all."""

    set_name: str | None = None
    key: str | None = None
    document_id: int | None = None


ALL = Answers()


def search_answers(conn: Connection, query: Query, limit: int, offset: int = 0, within: Answers = ALL) -> list[Place]:
    """Where documents have a value that stands now and has all the words: what people said first, the newest first.

    Where very many match, some of them. Tables are not searched: their cells stand in the texts of the pages.
    """
    values: dict[str, Any] = {"words": query.words(conn.dialect.name), "candidates": CANDIDATES}
    values |= {"limit": limit, "offset": offset}
    wanted = [name for name in ("set_name", "key", "document_id") if getattr(within, name) is not None]
    values |= {name: getattr(within, name) for name in wanted}
    where = " AND ".join(["TRUE", *(f"x.{name} = :{name}" for name in wanted)])
    statement = f"""
SELECT x.document_id, x.set_name, x.key FROM (
    SELECT r.document_id, r.set_name, r.key, 1 AS reviewed, r.id
    FROM ({_found(conn, "reviews")}) f JOIN reviews r ON r.id = f.id
    UNION ALL
    SELECT c.document_id, c.set_name, c.key, 0, a.id
    FROM ({_found(conn, "answers")}) f JOIN answers a ON a.id = f.id JOIN questions q ON q.id = a.question_id
    JOIN current_answers c ON c.set_name IN (SELECT name FROM question_sets) AND c.document_id = a.document_id
        AND c.number = 0 AND c.key = q.key AND c.answer_id = a.id
    WHERE NOT EXISTS (SELECT 1 FROM reviews r WHERE {_PLACE})
) x WHERE {where} ORDER BY x.reviewed DESC, x.id DESC, x.set_name LIMIT :limit OFFSET :offset"""
    return [Place(row.document_id, 0, row.set_name, row.key) for row in conn.execute(text(statement), values)]


def _found(conn: Connection, table: str) -> str:
    """The ids of what the index of a table finds."""
    if conn.dialect.name == "sqlite":
        index = f"page_search_{table}"
        return f"SELECT rowid AS id FROM {index} WHERE {index} MATCH :words ORDER BY rowid DESC LIMIT :candidates"
    quoted = _SEPARATORS.replace("'", "''").replace(":", "\\:")
    cut = f"to_tsvector('simple', translate({_WORDS[table]}, '{quoted}', '{' ' * len(_SEPARATORS)}'))"
    words = "websearch_to_tsquery('simple', :words)"
    return f"SELECT id FROM {table} WHERE {cut} @@ {words} AND {_INDEXED} LIMIT :candidates"
