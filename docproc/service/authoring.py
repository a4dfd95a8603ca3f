"""Write question sets: check a text, keep a new version, take one out of use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import yaml

from docproc import questionsets
from docproc.core.errors import Conflict, QuestionSetError, UsageError
from docproc.core.questions import QuestionSet
from docproc.questionsets import Placed
from docproc.questionsets.marks import MOST_BYTES
from docproc.service.parts import Parts
from docproc.service.questions import Listed, every_set, find_set, listed
from docproc.store import authored


@dataclass(frozen=True, slots=True)
class Checked:
    """What a text is as a question set; `questions` is None where there are faults."""

    questions: QuestionSet | None
    faults: tuple[Placed, ...]


def check_source(source: str) -> Checked:
    """Every fault of a text, each with its place."""
    if len(source.encode("utf-8", "replace")) > MOST_BYTES:
        return Checked(None, (Placed(1, "", f"the set is larger than {MOST_BYTES} bytes"),))
    found, faults = questionsets.examine(source)
    return Checked(found, tuple(faults))


def read_set(source: str, origin: str) -> QuestionSet:
    """The set that a text is. Raises QuestionSetError with all faults, `origin` naming the text."""
    checked = check_source(source)
    if checked.questions is None:
        raise QuestionSetError(origin, [fault.told(origin) for fault in checked.faults])
    return checked.questions


def from_object(value: Any) -> str:
    """The YAML text of a set that came as a JSON value; its faults are found when the text is checked."""
    return yaml.safe_dump(_texts(value), allow_unicode=True, sort_keys=False, width=110)


def from_json(text: str) -> str:
    """The YAML text of a set that came as JSON text, or as {"source": its YAML}. Raises UsageError for no JSON."""
    try:
        value = json.loads(text)
        if isinstance(value, dict) and list(value) == ["source"] and isinstance(value["source"], str):
            return value["source"].encode("utf-8", "replace").decode("utf-8")
        return from_object(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the body is no JSON: {error}") from error


def put_set(parts: Parts, name: str, source: str, author: str, seen: str | None) -> Listed:
    """Keep a text as the newest version of a set.

    `seen` is the revision that the author changed; None: whatever is there is replaced; "": there was no such set yet.
    Raises QuestionSetError with all faults, Conflict where somebody else was quicker.
    """
    asked = read_set(source, name)
    if asked.name != name:
        raise QuestionSetError(
            name, [f"{name}:1 name: the set is called {asked.name!r} here, and {name!r} where it is sent to"]
        )
    others = [other for other in every_set(parts) if other.name != name]
    clashes = questionsets.view_clashes(asked, {other.name for other in others})
    for other in others:
        if other.questions is not None and questionsets.view_clashes(other.questions, {name}):
            clashes.append(f"name: {name!r} is the name of a view of the set {other.name!r}")
    if clashes:
        raise QuestionSetError(name, [f"{name}:1 {clash}" for clash in clashes])
    write = partial(authored.put, asked=asked, source=source, author=author, seen=_seen(parts, name, seen))
    return listed(parts.database.insist(write))


def retire_set(parts: Parts, name: str, author: str, seen: str | None) -> None:
    """Take an authored set out of use: what its name means then is a file's set again, or nothing.

    Jobs, answers and views stay. Raises NotFound, Conflict.
    """
    parts.database.insist(partial(authored.retire, name=name, author=author, seen=_seen(parts, name, seen)))


def versions_of(parts: Parts, name: str) -> list[tuple[Listed, bool]]:
    """Every version of an authored set, the newest first, each with whether it took the set out of use.

    Empty for a set that is a file. Raises NotFound where nothing has that name.
    """
    with parts.database.read() as conn:
        rows = authored.versions(conn, name)
    if not rows:
        find_set(parts, name)
    return [(listed(row), row.retired) for row in rows]


def _seen(parts: Parts, name: str, seen: str | None) -> int | None:
    """The id of the authored version that a revision names, 0 for a file's; None: not told."""
    if seen is None:
        return None
    if seen.isdecimal() and len(seen) < 16:  # the revision of a file's set is 16 digits
        return int(seen)
    if seen and find_set(parts, name).revision != seen:
        raise Conflict(f"the set {name!r} is another one now than what you saw; look at it, and save again")
    return 0


def _texts(value: Any) -> Any:
    """Numbers become texts, as in a YAML file all scalars are, so that a pattern 007 or a choice 1.0 stays itself."""
    if isinstance(value, dict):
        return {str(key): _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")
