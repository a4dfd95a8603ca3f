"""Queries on question sets and engines: what was asked, and of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from docproc.core.errors import NotFound, QuestionSetError
from docproc.core.questions import Column, PageRange, Question, QuestionSet
from docproc.store import views
from docproc.store.clock import now
from docproc.store.tables import engines, question_sets, questions, set_questions
from docproc.store.upsert import upsert

# Those who register sets at the same time take turns (a transaction lock of PostgreSQL; SQLite has one writer anyway).
_LOCK = int.from_bytes(b"docprocq", "big") & 0x7FFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class SetRow:
    """A registered version of a question set; `created_at` in seconds since 1970."""

    id: int
    name: str
    version: str
    created_at: float


def put_set(conn: Connection, asked: QuestionSet) -> int:
    """Register a set and return its id; the same version again is the same id, at the cost of one query.

    When this version is not the one that the set's views are made for, they are made anew.
    Raises QuestionSetError where its views' names are taken.
    """
    newest = _newest(conn, asked.name)
    if newest is not None and newest.version == asked.version:
        return newest.id
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        newest = _newest(conn, asked.name)
    faults = name_faults(asked, [other for other in load_newest(conn) if other.name != asked.name])
    if faults:
        raise QuestionSetError(asked.name, faults)
    before = views.view_names(load_set(conn, newest.id)) if newest is not None else []
    known = select(question_sets.c.id).where(
        question_sets.c.name == asked.name, question_sets.c.version == asked.version
    )
    set_id = conn.execute(known).scalar()
    if set_id is None:
        set_id = _insert(conn, asked)
    else:
        # An earlier version is used again: its views return with it.
        conn.execute(update(question_sets).where(question_sets.c.id == set_id).values(created_at=now()))
    views.refresh_views(conn, asked, before)
    return int(set_id)


def load_set(conn: Connection, set_id: int) -> QuestionSet:
    """The set with that id, equal to what was registered. Raises NotFound."""
    definition = conn.execute(select(question_sets.c.definition).where(question_sets.c.id == set_id)).scalar()
    if definition is None:
        raise NotFound(f"no question set has the id {set_id}")
    return from_json(definition)


def load_newest(conn: Connection) -> list[QuestionSet]:
    """Of each set the version that was used last, by name."""
    newest = (
        select(question_sets.c.name, func.max(question_sets.c.created_at).label("at"))
        .group_by(question_sets.c.name)
        .subquery()
    )
    query = (
        select(question_sets.c.definition)
        .join(newest, (newest.c.name == question_sets.c.name) & (newest.c.at == question_sets.c.created_at))
        .order_by(question_sets.c.name)
    )
    found = {definition["name"]: from_json(definition) for definition in conn.execute(query).scalars()}
    return list(found.values())


def list_sets(conn: Connection) -> list[SetRow]:
    """Every registered version, by name, the one that was used last first."""
    query = select(
        question_sets.c.id, question_sets.c.name, question_sets.c.version, question_sets.c.created_at
    ).order_by(question_sets.c.name, question_sets.c.created_at.desc())
    return [SetRow(*row) for row in conn.execute(query)]


def put_engine(conn: Connection, name: str, fingerprint: str) -> int:
    """Register an engine and return its id; the same fingerprint is the same id."""
    known = select(engines.c.id).where(engines.c.fingerprint == fingerprint)
    engine_id = conn.execute(known).scalar()
    if engine_id is None:
        upsert(conn, engines, ("fingerprint",), [{"name": name, "fingerprint": fingerprint}], update=False)
        engine_id = conn.execute(known).scalar_one()
    return int(engine_id)


def newest_engine(conn: Connection, name: str) -> str | None:
    """The fingerprint of that name which was registered last, None where there is none."""
    query = select(engines.c.fingerprint).where(engines.c.name == name).order_by(engines.c.id.desc()).limit(1)
    return conn.execute(query).scalar()


def name_faults(asked: QuestionSet, others: Sequence[QuestionSet] = ()) -> list[str]:
    """Why the names of a set's views cannot be had: taken by docproc, by itself, or by one of `others`."""
    names = views.view_names(asked)
    faults = [f"view {name}: {reason}" for name in names if (reason := views.reserved(name))]
    faults += [f"view {name}: two questions would make it" for name in sorted({n for n in names if names.count(n) > 1})]
    for other in others:
        shared = sorted(set(names) & set(views.view_names(other)))
        faults += [f"view {name}: the question set {other.name!r} has one of that name" for name in shared]
    return faults


def to_json(asked: QuestionSet) -> dict[str, Any]:
    """A set as a JSON value from which `from_json` makes an equal one."""
    return {
        "name": asked.name,
        "description": asked.description,
        "questions": [asdict(question) for question in asked.questions],
    }


def from_json(value: Mapping[str, Any]) -> QuestionSet:
    """The inverse of `to_json`."""
    asked = tuple(question_from_json(question) for question in value["questions"])
    return QuestionSet(value["name"], value["description"], asked)


def question_from_json(value: Mapping[str, Any]) -> Question:
    """A question from its JSON value."""
    return Question(
        **{
            **value,
            "pages": tuple(PageRange(**pages) for pages in value["pages"]),
            "choices": tuple(value["choices"]),
            "labels": tuple(value["labels"]),
            "columns": tuple(Column(c["name"], c["kind"], tuple(c["labels"])) for c in value["columns"]),
        }
    )


def _newest(conn: Connection, name: str) -> SetRow | None:
    query = (
        select(question_sets.c.id, question_sets.c.name, question_sets.c.version, question_sets.c.created_at)
        .where(question_sets.c.name == name)
        .order_by(question_sets.c.created_at.desc(), question_sets.c.id.desc())
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else SetRow(*row)


def _insert(conn: Connection, asked: QuestionSet) -> int:
    rows = [
        {"hash": question.hash, "key": question.key, "kind": question.kind, "definition": asdict(question)}
        for question in asked.questions
    ]
    upsert(conn, questions, ("hash",), rows, update=False)
    found = select(questions.c.hash, questions.c.id).where(questions.c.hash.in_([row["hash"] for row in rows]))
    ids = {row.hash: row.id for row in conn.execute(found)}
    values = insert(question_sets).values(
        name=asked.name, version=asked.version, definition=to_json(asked), created_at=now()
    )
    set_id = int(conn.execute(values.returning(question_sets.c.id)).scalar_one())
    members = [
        {"set_id": set_id, "question_id": ids[question.hash], "position": position}
        for position, question in enumerate(asked.questions)
    ]
    if members:
        conn.execute(insert(set_questions), members)
    return set_id
