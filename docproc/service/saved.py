"""Queries saved under a name, with typed parameters: save, list, run, remove."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, get_args

from docproc.core.errors import NotFound, UsageError
from docproc.service.parts import Parts
from docproc.service.query import Budget, query
from docproc.store import placeholders, saved
from docproc.store.readonly import LONGEST, Result
from docproc.store.saved import SavedRow

ParameterType = Literal["text", "number", "date"]
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_PARAMETER = re.compile(r"[A-Za-z_]\w{0,62}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)
MOST_NAME, MOST_TEXT, MOST_PARAMETERS = 64, 10_000, 50


@dataclass(frozen=True, slots=True)
class Parameter:
    """A `:name` of a query. `default` is taken where no value is given, None: one must be; `label` is for people."""

    name: str
    type: ParameterType = "text"
    default: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved query. `revision` names this state of it; times are seconds since 1970."""

    name: str
    description: str
    sql: str
    parameters: tuple[Parameter, ...]
    author: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0

    @property
    def revision(self) -> str:
        """The same for the same content."""
        content = [self.name, self.description, self.sql, [asdict(one) for one in self.parameters]]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def save_query(parts: Parts, draft: Saved, seen: str | None = None) -> Saved:
    """Save a query under its name; names in the statement that are not declared become texts.

    `seen` is the revision that the author changed, "": there was none; None: whatever is there is replaced.
    Raises UsageError for what cannot be saved, Conflict where another was saved meanwhile.
    """
    row = _row(draft)
    standing = None
    if seen:
        with parts.database.read() as conn:
            standing = saved.find(conn, draft.name)
        if standing is not None and _saved(standing).revision != seen:
            standing = SavedRow("", "", "", [], "", 0.0, 0.0)  # which is none that stands there
        elif standing is None:
            raise NotFound(f"no query is saved as {draft.name!r} any more")
    return _saved(parts.database.insist(partial(saved.put, row=row, seen=standing, checked=seen is not None)))


def find_query(parts: Parts, name: str) -> Saved:
    """The query of that name. Raises NotFound."""
    with parts.database.read() as conn:
        row = saved.find(conn, name)
        there = [] if row else [other.name for other in saved.listing(conn)]
    if row is None:
        raise NotFound(f"no query is saved as {name!r}; there are: {', '.join(there) or 'none'}")
    return _saved(row)


def list_queries(parts: Parts) -> list[Saved]:
    """All saved queries, by name."""
    with parts.database.read() as conn:
        return [_saved(row) for row in saved.listing(conn)]


def remove_query(parts: Parts, name: str) -> None:
    """Remove a query. Raises NotFound."""
    parts.database.insist(partial(saved.remove, name=name))


def run_saved(parts: Parts, name: str, values: Mapping[str, Any], budget: Budget) -> Result:
    """The rows of a saved query; `values` are texts or numbers by parameter. Raises NotFound, UsageError."""
    found = find_query(parts, name)
    return query(parts, found.sql, filled(found.parameters, values), budget)


def filled(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """A value of its type for each parameter. Raises UsageError for one that is lacking, wrong or unknown."""
    known = {one.name: one for one in parameters}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UsageError(f"there is no parameter {unknown[0][:60]!r}; there are: {', '.join(known) or 'none'}")
    found = {}
    for name, one in known.items():
        given = values.get(name)
        if given is None or given == "":
            given = one.default
        if given is None:
            raise UsageError(f"the parameter {name!r} ({one.type}) needs a value")
        found[name] = value_of(name, one.type, given)
    return found


def value_of(name: str, kind: str, given: Any) -> Any:
    """A parameter's value: a text, a number, or a date as text in ISO form. Raises UsageError."""
    text = str(given).strip() if kind != "text" else str(given)
    if len(text) > MOST_TEXT:
        raise UsageError(f"the value of {name!r} is longer than {MOST_TEXT} characters")
    if kind == "number":
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise UsageError(f"{text[:60]!r} is no number, which {name!r} is")
        whole = re.fullmatch(r"[+-]?\d{1,18}", text)
        return int(text) if whole else float(text)
    if kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise UsageError(f"{text[:60]!r} is no date, which {name!r} is; write 2026-01-31") from error
    return text


def _row(draft: Saved) -> SavedRow:
    sql = draft.sql.strip()
    if len(draft.name) > MOST_NAME or not _NAME.fullmatch(draft.name):
        raise UsageError(
            f"{draft.name[:80]!r} is no name for a query: use lower-case letters, digits, - and _, at most {MOST_NAME}"
        )
    if not sql or len(sql) > LONGEST:
        raise UsageError(f"a query has a statement of at most {LONGEST} characters")
    if "\x00" in sql + draft.description:
        raise UsageError("the query holds a NUL character")
    if len(draft.description) > MOST_TEXT:
        raise UsageError(f"the description is longer than {MOST_TEXT} characters")
    declared = {one.name: one for one in draft.parameters}
    used = placeholders.names(sql)
    if len(declared) < len(draft.parameters) or len(used) > MOST_PARAMETERS:
        raise UsageError(f"each parameter is declared once, and there are {MOST_PARAMETERS} at most")
    for one in draft.parameters:
        _check(one, used)
    parameters = [asdict(declared.get(name, Parameter(name))) for name in used]
    return SavedRow(draft.name, draft.description.strip(), sql, parameters, draft.author, 0.0, 0.0)


def _check(one: Parameter, used: Sequence[str]) -> None:
    if not _PARAMETER.fullmatch(one.name):
        raise UsageError(f"{one.name[:80]!r} is no name for a parameter: use letters, digits and _")
    if one.name not in used:
        raise UsageError(f"the statement has no :{one.name}")
    if one.type not in get_args(ParameterType):
        raise UsageError(f"{one.name}: {one.type!r} is no type; there are: {', '.join(get_args(ParameterType))}")
    if "\x00" in one.label + (one.default or ""):
        raise UsageError(f"{one.name}: holds a NUL character")
    if one.default is not None:
        value_of(one.name, one.type, one.default)


def _saved(row: SavedRow) -> Saved:
    parameters = tuple(Parameter(**one) for one in row.parameters)
    return Saved(row.name, row.description, row.sql, parameters, row.author, row.created_at, row.updated_at)
