# ruff: noqa: S608 - names pass `quoted`, texts pass `literal`, and nothing else comes from outside
"""The SELECTs of a question set's views.

On SQLite a column's value is found by a subquery of its own, so that a query pays only for the columns that it names,
and the number of questions is not bound by SQLite's 64 tables in a join; PostgreSQL has a better way (`_gathered`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from docproc.core.kinds import SqlType, kind_of
from docproc.core.questions import Question, QuestionSet
from docproc.store.dialect import Dialect
from docproc.store.typed import currency, file_name, literal, quoted, typed

_Columns = dict[str, tuple[str, SqlType]]  # name → (expression, type)

# Types whose texts are always short, so that `current_answers` has them without fail.
_SHORT: set[SqlType] = {"integer", "numeric", "boolean", "date"}


@dataclass(frozen=True, slots=True)
class View:
    """A view: its columns with their types, and its SELECT."""

    columns: tuple[tuple[str, SqlType], ...]
    sql: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a view's values come from: a set, and the SQL of the document's id and of the page number."""

    dialect: Dialect
    set_name: str
    document: str
    number: str


@dataclass(frozen=True, slots=True)
class _Elements:
    """A JSON array as rows: the SQL that joins it, of an element's number from 1, and of the element."""

    dialect: Dialect
    join: str
    number: str
    item: str

    def field(self, name: str) -> str:
        """The SQL of a member of an element that is an object, as a text."""
        if self.dialect == "sqlite":
            return f"json_extract({self.item}, {literal('$.' + quoted(name))})"
        return f"({self.item} ->> {literal(name)})"


def set_views(dialect: Dialect, questions: QuestionSet) -> dict[str, View]:
    """The views of a question set by name, its own first."""
    found = {
        questions.name: _documents_view(dialect, questions),
        f"{questions.name}_pages": _pages_view(dialect, questions),
    }
    for question in questions.questions:
        if question.kind == "table":
            found[f"{questions.name}_{question.key}"] = _rows_view(dialect, questions.name, question)
        elif question.kind == "tables":
            found[f"{questions.name}_{question.key}"] = _grids_view(dialect, questions.name, question)
    return found


def _documents_view(dialect: Dialect, questions: QuestionSet) -> View:
    place = _Place(dialect, questions.name, "d.id", "0")
    head: _Columns = {
        "path": ("j.path", "text"),
        "file": (file_name(dialect, "j.path"), "text"),
        "status": ("coalesce(j.status, 'running')", "text"),
        "outcome": ("j.outcome", "text"),
        "page_count": ("d.page_count", "integer"),
    }
    return _view(
        head, _columns(place, questions.questions), _asked(questions.name) + _gathered(place, questions.questions)
    )


def _pages_view(dialect: Dialect, questions: QuestionSet) -> View:
    place = _Place(dialect, questions.name, "d.id", "t.number")
    head: _Columns = {
        "path": ("j.path", "text"),
        "file": (file_name(dialect, "j.path"), "text"),
        "page": ("t.number", "integer"),
        "status": ("t.state", "text"),
        "error": ("t.error", "text"),
    }
    asked = [question for question in questions.questions if question.scope == "page"]
    pages = (
        "JOIN tasks t ON t.document_id = d.id AND t.set_id = j.set_id AND t.engine_id = j.engine_id AND t.number > 0"
    )
    return _view(head, _columns(place, asked), f"{_asked(questions.name)}\n{pages}{_gathered(place, asked)}")


def _rows_view(dialect: Dialect, set_name: str, question: Question) -> View:
    place = _Place(dialect, set_name, "d.id", "0")
    rows = _elements(dialect, _value(place, question, "text"), "i")
    head: _Columns = {
        "path": ("d.path", "text"),
        "file": (file_name(dialect, "d.path"), "text"),
        "page": (_found_on(place, question.key), "integer"),
        "row_number": (rows.number, "integer"),
    }
    columns: _Columns = {}
    for column in question.columns:
        sql = kind_of(column.kind).sql
        columns[column.name] = (typed(dialect, sql, rows.field(column.name)), sql)
    return _view(head, columns, f"FROM documents d\n{rows.join}")


def _grids_view(dialect: Dialect, set_name: str, question: Question) -> View:
    grids = _elements(dialect, _value(_Place(dialect, set_name, "d.id", "0"), question, "text"), "g")
    rows = _elements(dialect, grids.field("grid"), "i")
    head: _Columns = {
        "path": ("d.path", "text"),
        "file": (file_name(dialect, "d.path"), "text"),
        "page": (typed(dialect, "integer", grids.field("page")), "integer"),
        "table_number": (grids.number, "integer"),
        "caption": (grids.field("caption"), "text"),
        "row_number": (rows.number, "integer"),
        "cells": (rows.item, "json"),
    }
    return _view(head, {}, f"FROM documents d\n{grids.join}\n{rows.join}")


def _asked(set_name: str) -> str:
    """The documents that a set was asked of, `d`, each with its entry in the newest job that asked, `j`."""
    return f"""FROM documents d
JOIN job_documents j ON j.id = (
    SELECT max(x.id) FROM job_documents x
    WHERE x.document_id = d.id AND x.set_id IN (SELECT s.id FROM question_sets s WHERE s.name = {literal(set_name)}))"""


def _columns(place: _Place, questions: Sequence[Question]) -> _Columns:
    """One column per question, and one more for the currency of a money question."""
    keys = {question.key for question in questions}
    found: _Columns = {}
    for number, question in enumerate(questions):
        sql = kind_of(question.kind).sql
        extra = f"{question.key}_currency" if question.kind == "money" else question.key
        if place.dialect == "postgresql":
            found[question.key] = (typed(place.dialect, sql, f"v.v{number}"), sql)
            if extra not in keys:
                found[extra] = (currency(place.dialect, f"v.v{number}"), "text")
        else:
            found[question.key] = (_value(place, question, "typed"), sql)
            if extra not in keys:
                found[extra] = (_value(place, question, "currency"), "text")
    return found


def _gathered(place: _Place, questions: Sequence[Question]) -> str:
    """On PostgreSQL, the join of all values of a document or page, `v`, as its columns v0, v1, ….

    PostgreSQL has LATERAL, and one range of the index read per row of the view is ten times as fast there as a
    subquery per column; aggregates that a query does not name are not worked out.
    """
    if place.dialect == "sqlite" or not questions:
        return ""
    values = ",\n        ".join(
        f"max(CASE WHEN e.key = {literal(q.key)} AND e.kind = {literal(q.kind)} THEN e.value END) AS v{number}"
        for number, q in enumerate(questions)
    )
    whole = "coalesce(c.value, (SELECT a.value FROM answers a WHERE a.id = c.answer_id))"
    return f"""
CROSS JOIN LATERAL (
    SELECT {values}
    FROM (SELECT c.key, c.kind, {whole} AS value FROM current_answers c WHERE {_at(place, "c")} AND c.status = 'ok'
          AND NOT EXISTS (SELECT 1 FROM reviews r WHERE {_at(place, "r")} AND r.key = c.key)
          UNION ALL
          SELECT r.key, r.kind, r.value FROM reviews r WHERE {_at(place, "r")} AND r.status = 'ok') e) v"""


def _value(place: _Place, question: Question, form: Literal["typed", "currency", "text"]) -> str:
    """What a view shows for a question: the review's value, else the newest answer's."""
    sql = kind_of(question.kind).sql

    def shaped(value: str) -> str:
        if form == "text":
            return value
        return currency(place.dialect, value) if form == "currency" else typed(place.dialect, sql, value)

    newest = "c.value"
    if sql not in _SHORT:
        newest = "coalesce(c.value, (SELECT a.value FROM answers a WHERE a.id = c.answer_id))"
    good = f"status = 'ok' AND {{}}.kind = {literal(question.kind)}"
    reviews = f"FROM reviews r WHERE {_at(place, 'r', question.key)}"
    return (
        f"CASE WHEN EXISTS (SELECT 1 {reviews})"
        f" THEN (SELECT {shaped('r.value')} {reviews} AND r.{good.format('r')})"
        f" ELSE (SELECT {shaped(newest)} FROM current_answers c"
        f" WHERE {_at(place, 'c', question.key)} AND c.{good.format('c')}) END"
    )


def _found_on(place: _Place, key: str) -> str:
    return (
        f"(SELECT a.found_on FROM current_answers c JOIN answers a ON a.id = c.answer_id WHERE {_at(place, 'c', key)})"
    )


def _at(place: _Place, alias: str, key: str | None = None) -> str:
    return (
        f"{alias}.set_name = {literal(place.set_name)} AND {alias}.document_id = {place.document}"
        f" AND {alias}.number = {place.number}" + ("" if key is None else f" AND {alias}.key = {literal(key)}")
    )


def _elements(dialect: Dialect, array: str, alias: str) -> _Elements:
    """The elements of a JSON array given as a text; none of NULL."""
    if dialect == "sqlite":
        return _Elements(dialect, f"JOIN json_each(({array})) {alias}", f"({alias}.key + 1)", f"{alias}.value")
    join = f"CROSS JOIN LATERAL jsonb_array_elements(({array})::jsonb) WITH ORDINALITY AS {alias}(item, n)"
    return _Elements(dialect, join, f"{alias}.n", f"{alias}.item")


def _view(head: _Columns, columns: _Columns, source: str) -> View:
    """docproc's own columns, the asked ones, and the document's SHA-256, which is long, last.

    An asked column whose name docproc has taken gets an underscore behind it.
    """
    named = dict(head)
    taken = {*head, "document"}
    for name, column in columns.items():
        free = name
        while free in taken:
            free += "_"
        taken.add(free)
        named[free] = column
    named["document"] = ("d.sha256", "text")
    select = ",\n    ".join(f"{sql} AS {quoted(name)}" for name, (sql, _) in named.items())
    return View(tuple((name, kind) for name, (_, kind) in named.items()), f"SELECT {select}\n{source}")
