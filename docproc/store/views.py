"""The generated views of a question set: what people query. Derived from the registered sets, never migrated.

`<set>`: one row per document that the set was asked of, with a typed column per question; `<set>_pages`: one row per
page, with a column per page-scope question; `<set>_<key>`: one row per row of a table question. The columns are those
of the version of the set that was used last. A value stands there when its answer's status is "ok"; a review wins over
every answer, otherwise the newest answer shows. Answers of another kind than the question now has do not show.
A column whose name docproc has taken (`path`, `status`, …) has an underscore behind it.

Views of docproc carry `MARK`; others are left alone. The SELECTs are in `set_views` and `fixed_views`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from docproc.core.errors import UsageError
from docproc.core.questions import QuestionSet
from docproc.store import face_tables, fixed_views, reader_role
from docproc.store.dialect import dialect_of
from docproc.store.set_views import View, set_views
from docproc.store.typed import literal, quoted

MARK = "made by docproc"
STAMP = "docproc_views"  # a view of one row: by which version of this code the views were made
LONGEST = 63  # bytes of a name that PostgreSQL keeps


def reserved(name: str) -> str | None:
    """Why no question set or table question may make a view of that name; None when it may."""
    if name in face_tables.metadata.tables or name in (*fixed_views.NAMES, STAMP, "alembic_version"):
        return f"{name!r} is a table or view of docproc's own"
    if name.startswith(("page_search", "sqlite_", "pg_")):
        return f"{name!r} begins like the database's own names"
    if len(name.encode()) > LONGEST:
        return f"{name!r} is longer than the {LONGEST} bytes that PostgreSQL keeps of a name"
    return None


def view_names(questions: QuestionSet) -> list[str]:
    """The names of the views that a set makes, its own first."""
    rows = (f"{questions.name}_{q.key}" for q in questions.questions if q.kind in ("table", "tables"))
    return [questions.name, f"{questions.name}_pages", *rows]


def create_views(conn: Connection, sets: Iterable[QuestionSet], fingerprint: str) -> None:
    """Make the fixed views, those of `sets` and the stamp. None of them may exist."""
    dialect = dialect_of(conn)
    if dialect == "postgresql":
        _run(conn, fixed_views.PAGE_SEARCH_POSTGRESQL)
        reader_role.grant_search(conn)
    _create(conn, fixed_views.fixed_views(dialect))
    for questions in sets:
        _create(conn, set_views(dialect, questions))
    _create(conn, {STAMP: View((("fingerprint", "text"),), f"SELECT {literal(fingerprint)} AS fingerprint")})


def drop_views(conn: Connection) -> None:
    """Drop every view that docproc made. Raises UsageError where somebody else's view stands on one of them."""
    _drop(conn, made_views(conn))
    if conn.dialect.name == "postgresql":
        _run(conn, "DROP FUNCTION IF EXISTS page_search(text)")


def refresh_views(conn: Connection, questions: QuestionSet, before: Iterable[str]) -> None:
    """Make the views of one set anew; `before` names those that its earlier version had."""
    dialect = dialect_of(conn)
    stale = set(before) | set(view_names(questions))
    _drop(conn, [name for name in made_views(conn) if name in stale])
    _create(conn, set_views(dialect, questions))


def made_views(conn: Connection) -> list[str]:
    """The names of the views that docproc made, sorted."""
    if conn.dialect.name == "postgresql":
        query = """SELECT c.relname FROM pg_class c
                   WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
                   AND obj_description(c.oid, 'pg_class') = :mark ORDER BY 1"""
        return list(conn.execute(text(query), {"mark": MARK}).scalars())
    query = "SELECT name FROM sqlite_master WHERE type = 'view' AND instr(sql, :mark) ORDER BY 1"
    return list(conn.execute(text(query), {"mark": f"/* {MARK} */"}).scalars())


def _create(conn: Connection, made: Mapping[str, View]) -> None:
    for name, view in made.items():
        _run(conn, f"CREATE VIEW {quoted(name)} AS /* {MARK} */ {view.sql}")
        if conn.dialect.name == "postgresql":
            _run(conn, f"COMMENT ON VIEW {quoted(name)} IS {literal(MARK)}")
    if conn.dialect.name == "postgresql":
        reader_role.grant(conn, made)


def _drop(conn: Connection, names: Iterable[str]) -> None:
    for name in names:
        try:
            _run(conn, f"DROP VIEW {quoted(name)}")
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "2BP01":  # dependent objects still exist
                raise
            raise UsageError(
                f"docproc must make its view {name!r} anew, but something of yours stands on it: {error.orig}; "
                "drop that, run the command again, and make it again"
            ) from error


def _run(conn: Connection, statement: str) -> None:
    """Straight to the driver: a colon in a statement is no parameter (to psycopg a percent sign is)."""
    conn.exec_driver_sql(statement.replace("%", "%%") if conn.dialect.name == "postgresql" else statement)
