"""Cursors: where a list goes on, as a word that callers pass back and need not understand."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from docproc.core.errors import UsageError

LONGEST = 1024  # characters
_LARGEST = 2**63 - 1  # a number that a database takes


def encode(values: Mapping[str, str | int | float | None]) -> str:
    """The cursor for these values, made of letters, digits, - and _."""
    text = json.dumps(dict(values), separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str) -> dict[str, Any]:
    """The values of a cursor. Raises UsageError for what is none of ours: whoever can write one sees nothing more."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        values = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if not isinstance(values, dict) or not all(_plain(value) for value in values.values()):
            raise ValueError
    except (ValueError, RecursionError) as error:
        raise UsageError("this cursor is none of ours; leave it out to begin at the start", "bad_cursor") from error
    return values


def number(text: str | None, name: str) -> int | None:
    """The whole number of that name in a cursor, None without a cursor. Raises UsageError."""
    if text is None:
        return None
    value = decode(text).get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError("this cursor is of another list; leave it out to begin at the start", "bad_cursor")
    return value


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and value.isprintable()
    if isinstance(value, int | float):
        return abs(value) <= _LARGEST
    return value is None
