# ruff: noqa: S608 - fragments of this file and of `typed`, nothing from outside
"""The views that exist whatever was asked: `answers_flat`, `page_text`, `document_list`, `job_list`, `job_files`.

Full-text search is written alike on both databases, and answers page ids, the best match first:

    SELECT p.file, p.page FROM page_search('total AND paid') s JOIN page_text p ON p.id = s.rowid ORDER BY s.rank

On SQLite `page_search` is the FTS5 table itself (its query language, `page_search MATCH …` and `snippet()` are there);
on PostgreSQL it is a function that takes the words of a web search, and `page_text.tsv` can be matched directly.
"""

from __future__ import annotations

from docproc.core.kinds import SqlType
from docproc.store.dialect import Dialect
from docproc.store.set_views import View
from docproc.store.typed import file_name, moment

NAMES = ("answers_flat", "page_text", "document_list", "job_list", "job_files")

# The separators of the migration that made `page_texts.tsv`: a query must be cut into words as the text was. The two
# signs that mean something in a web search, quotes and the minus, stay.
_QUERY_SEPARATORS = """!#$%&''()*+,./:;<=>?@[\\]^_`{|}~"""

PAGE_SEARCH_POSTGRESQL = f"""
CREATE FUNCTION page_search(query text) RETURNS TABLE (rowid integer, rank real) LANGUAGE sql STABLE AS $function$
    SELECT t.id, -ts_rank(t.tsv, w.words)
    FROM page_texts t,
         websearch_to_tsquery('simple', regexp_replace(translate(query, '{_QUERY_SEPARATORS}',
                              '{" " * (len(_QUERY_SEPARATORS) - 1)}'), '(\\w)-', '\\1 ', 'g')) w(words)
    WHERE t.tsv @@ w.words
$function$"""


# The columns that are not text.
_TYPES: dict[str, SqlType] = {
    "answer": "integer",
    "boxes": "json",
    "bytes": "integer",
    "cancelled": "integer",
    "confidence": "numeric",
    "documents": "integer",
    "failed": "integer",
    "found_on": "integer",
    "id": "integer",
    "job": "integer",
    "meta": "json",
    "newest": "boolean",
    "page": "integer",
    "pages": "integer",
    "partial": "integer",
    "priority": "integer",
    "repaired": "boolean",
    "reviewed": "boolean",
    "signals": "json",
    "steps": "json",
    "succeeded": "integer",
    "tags": "json",
    "warnings": "json",
}


def fixed_views(dialect: Dialect) -> dict[str, View]:
    """The views by name."""
    makers = (_answers_flat, _page_text, _document_list, _job_list, _job_files)
    return {name: make(dialect) for name, make in zip(NAMES, makers, strict=True)}


def _view(columns: dict[str, str], source: str) -> View:
    select = ",\n    ".join(f"{sql} AS {name}" for name, sql in columns.items())
    return View(tuple((name, _TYPES.get(name, "text")) for name in columns), f"SELECT {select}\n{source}")


def _answers_flat(dialect: Dialect) -> View:
    looked = "json_extract(a.signals, '$.looked')" if dialect == "sqlite" else "(a.signals ->> 'looked')::boolean"
    columns = {
        "answer": "a.id",
        "path": "d.path",
        "file": file_name(dialect, "d.path"),
        "page": "a.number",
        "question_set": "s.name",
        "key": "q.key",
        "kind": "q.kind",
        "status": "a.status",
        "value": "a.value",
        "confidence": "a.confidence",
        # "none" says that the value is nowhere on the page; where nobody could look there is nothing to say.
        "evidence": f"CASE WHEN a.evidence <> 'none' OR {looked} THEN a.evidence END",
        "quote": "a.quote",
        "boxes": "a.boxes",
        "found_on": "a.found_on",
        "signals": "a.signals",
        "steps": "a.steps",
        "newest": "(c.answer_id = a.id)",
        "reviewed": "(r.id IS NOT NULL)",
        "review_status": "r.status",
        "review_value": "r.value",
        "engine": "e.name",
        "engine_fingerprint": "e.fingerprint",
        "question_hash": "q.hash",
        "set_version": "s.version",
        "created": moment(dialect, "a.created_at"),
        "raw": "a.raw",
        "document": "d.sha256",
    }
    # A question may stand in several sets; an answer is listed under those that have asked it of this very page.
    source = """FROM answers a
JOIN documents d ON d.id = a.document_id
JOIN questions q ON q.id = a.question_id
JOIN engines e ON e.id = a.engine_id
JOIN (SELECT sq.question_id, max(sq.set_id) AS set_id
      FROM set_questions sq JOIN question_sets qs ON qs.id = sq.set_id
      GROUP BY sq.question_id, qs.name) v ON v.question_id = a.question_id
JOIN question_sets s ON s.id = v.set_id
JOIN current_answers c
     ON c.set_name = s.name AND c.document_id = a.document_id AND c.number = a.number AND c.key = q.key
LEFT JOIN reviews r
     ON r.document_id = a.document_id AND r.number = a.number AND r.set_name = s.name AND r.key = q.key"""
    return _view(columns, source)


def _page_text(dialect: Dialect) -> View:
    columns = {
        "id": "t.id",
        "path": "d.path",
        "file": file_name(dialect, "d.path"),
        "page": "t.number",
        "source": "t.source",
        "text": "t.text",
        "document": "d.sha256",
    }
    if dialect == "postgresql":
        columns["tsv"] = "t.tsv"
    return _view(columns, "FROM page_texts t JOIN documents d ON d.id = t.document_id")


def _document_list(dialect: Dialect) -> View:
    columns = {
        "path": "d.path",
        "file": file_name(dialect, "d.path"),
        "media_type": "d.media_type",
        "bytes": "d.bytes",
        "pages": "d.page_count",
        "rejected": "d.rejected",
        "repaired": "d.repaired",
        "message": "d.message",
        "warnings": "d.warnings",
        "meta": "d.meta",
        "created": moment(dialect, "d.created_at"),
        "document": "d.sha256",
        "id": "d.id",  # as log lines name it
    }
    return _view(columns, "FROM documents d")


def _job_list(dialect: Dialect) -> View:
    of_job = "(SELECT count(*) FROM job_documents x WHERE x.job_id = j.id"
    columns = {
        "job": "j.id",
        "state": "j.state",
        "question_set": "s.name",
        "engine": "e.name",
        "queue": "j.queue",
        "priority": "j.priority",
        "reference": "j.reference",
        "tags": "j.tags",
        "documents": f"{of_job})",
        **{name: f"{of_job} AND x.status = '{name}')" for name in ("succeeded", "partial", "failed", "cancelled")},
        "created": moment(dialect, "j.created_at"),
        "started": moment(dialect, "j.started_at"),
        "finished": moment(dialect, "j.finished_at"),
    }
    return _view(columns, "FROM jobs j JOIN question_sets s ON s.id = j.set_id JOIN engines e ON e.id = j.engine_id")


def _job_files(dialect: Dialect) -> View:
    columns = {
        "job": "x.job_id",
        "path": "x.path",
        "file": file_name(dialect, "x.path"),
        "state": "x.state",
        "outcome": "x.outcome",
        "status": "x.status",
        "message": "x.message",
        "finished": moment(dialect, "x.finished_at"),
        "document": "d.sha256",
    }
    return _view(columns, "FROM job_documents x LEFT JOIN documents d ON d.id = x.document_id")
