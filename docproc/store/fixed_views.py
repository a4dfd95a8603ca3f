"""The views that exist whatever was asked: `answers_flat`, `page_text`, `document_list`, `job_list`.

Full-text search is written alike on both databases, and answers page ids, the best match first:

    SELECT p.file, p.page FROM page_search('total AND paid') s JOIN page_text p ON p.id = s.rowid ORDER BY s.rank

On SQLite `page_search` is the FTS5 table itself (its query language, `page_search MATCH …` and `snippet()` are there);
on PostgreSQL it is a function that takes the words of a web search, and `page_text.tsv` can be matched directly.
"""

from __future__ import annotations

from docproc.store.database import Dialect
from docproc.store.typed import file_name, moment

NAMES = ("answers_flat", "page_text", "document_list", "job_list")

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


def fixed_views(dialect: Dialect) -> dict[str, str]:
    """View name → its SELECT."""
    return {
        "answers_flat": _answers_flat(dialect),
        "page_text": _page_text(dialect),
        "document_list": _document_list(dialect),
        "job_list": _job_list(dialect),
    }


def _answers_flat(dialect: Dialect) -> str:
    # A question may stand in several sets; an answer is listed under those that have asked it of this very page.
    return f"""
SELECT a.id AS answer, d.sha256 AS document, d.path, {file_name(dialect, "d.path")} AS file, a.number AS page,
       s.name AS question_set, q.key, q.kind, a.status, a.value, a.confidence, a.evidence, a.quote, a.boxes, a.found_on,
       c.answer_id = a.id AS newest, r.id IS NOT NULL AS reviewed, r.status AS review_status, r.value AS review_value,
       e.name AS engine, e.fingerprint AS engine_fingerprint, q.hash AS question_hash, s.version AS set_version,
       {moment(dialect, "a.created_at")} AS created, a.raw
FROM answers a
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


def _page_text(dialect: Dialect) -> str:
    search = "" if dialect == "sqlite" else ", t.tsv"
    return f"""
SELECT t.id, d.sha256 AS document, d.path, {file_name(dialect, "d.path")} AS file, t.number AS page, t.source, t.text{search}
FROM page_texts t JOIN documents d ON d.id = t.document_id"""


def _document_list(dialect: Dialect) -> str:
    return f"""
SELECT d.sha256 AS document, d.path, {file_name(dialect, "d.path")} AS file, d.media_type, d.bytes,
       d.page_count AS pages, d.rejected, d.repaired, d.message, d.warnings, d.meta,
       {moment(dialect, "d.created_at")} AS created
FROM documents d"""


def _job_list(dialect: Dialect) -> str:
    counts = ", ".join(
        f"(SELECT count(*) FROM job_documents x WHERE x.job_id = j.id AND x.status = '{status}') AS {status}"
        for status in ("succeeded", "partial", "failed", "cancelled")
    )
    return f"""
SELECT j.id AS job, j.state, s.name AS question_set, e.name AS engine,
       (SELECT count(*) FROM job_documents x WHERE x.job_id = j.id) AS documents, {counts},
       {moment(dialect, "j.created_at")} AS created, {moment(dialect, "j.finished_at")} AS finished
FROM jobs j JOIN question_sets s ON s.id = j.set_id JOIN engines e ON e.id = j.engine_id"""
