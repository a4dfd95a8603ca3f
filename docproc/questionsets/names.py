"""Which words may become the names of views and columns."""

from __future__ import annotations

import re

MOST_NAME = 50
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
# Reserved in PostgreSQL 17 or SQLite: as a name each would have to stand in quotes in every query.
_RESERVED_WORDS = """
    abort add all alter analyse analyze and any array as asc asymmetric attach authorization autoincrement begin
    between binary both by cascade case cast check collate collation column commit concurrently conflict
    constraint create cross current current_catalog current_date current_role current_schema current_time
    current_timestamp current_user database default deferrable deferred delete desc detach distinct do drop each
    else end escape except exclude exclusive exists explain fail false fetch filter following for foreign freeze
    from full generated glob grant group groups having if ignore ilike immediate in index indexed initially
    inner insert instead intersect into is isnull join key lateral leading left like limit localtime
    localtimestamp match materialized natural no not nothing notnull null nulls of offset on only or order
    others outer over overlaps partition placing plan pragma preceding primary query raise range recursive
    references regexp reindex release rename replace restrict returning right rollback row rows savepoint select
    session_user set similar some symmetric system_user table tablesample temp temporary then ties to trailing
    transaction trigger true unbounded union unique update user using vacuum values variadic verbose view
    virtual when where window with without
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
# Columns that docproc puts into every view of a set, and into the views of its tables.
_SET_COLUMNS = frozenset(("document", "path", "file", "page", "page_count", "status", "outcome", "error"))
_ROW_COLUMNS = frozenset(("document", "path", "file", "page", "row_number", "table_number", "caption", "cells"))
# docproc's own tables and views.
_OWN_NAMES = """
    documents pages page_text page_texts page_text_search question_sets questions set_questions engines jobs
    job_documents job_list document_list tasks answers answers_flat current_answers reviews alembic_version
"""
_OWN = frozenset(_OWN_NAMES.split())


def name_fault(name: str) -> str | None:
    """What keeps a word from being an SQL name that needs no quotes, in lower snake case."""
    if len(name) > MOST_NAME:
        return f"{name[:20]}… is longer than {MOST_NAME} characters"
    if not _IDENTIFIER.fullmatch(name):
        return f"{name!r} is no name: use lower-case letters, digits and single underscores, a letter first"
    return f"{name!r} is a reserved word of SQL" if name in _RESERVED else None


def set_name_fault(name: str) -> str | None:
    """What keeps a word from being the name of a set, and so of a view."""
    if name in _OWN or name.startswith(("sqlite_", "pg_", "page_text")):
        return f"{name!r} is the name of a table of docproc's own"
    return name_fault(name)


def key_fault(key: str, kind: str) -> str | None:
    """What keeps a word from being a question's key: a column, or the end of a view's name for a table."""
    if key in _SET_COLUMNS:
        return f"{key!r} is a column that every view has already"
    if kind in ("table", "tables") and key in ("pages",):
        return f"{key!r} would give its view the name of the set's view of pages"
    return name_fault(key)


def column_fault(name: str) -> str | None:
    """What keeps a word from being the name of a table's column."""
    if name in _ROW_COLUMNS:
        return f"{name!r} is a column that every view of a table has already"
    return name_fault(name)
