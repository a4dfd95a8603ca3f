"""The `:name`s of a statement that people wrote: not those in strings, quoted names and comments, and no `::` casts."""

from __future__ import annotations

import re
from collections.abc import Callable

# What a colon means nothing in. On SQLite there are no $tags$; where the two databases read a text differently, what is
# passed over is the larger part, and the database says what is wrong.
_PASSED_OVER = r"""
    '(?:[^']|'')*(?:'|\Z)
  | "(?:[^"]|"")*(?:"|\Z)
  | `[^`]*(?:`|\Z)
  | --[^\n]*
  | /\*.*?(?:\*/|\Z)
  | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)
  | ::
"""
_NAME = re.compile(rf"(?P<passed>{_PASSED_OVER})|(?<![\w:]):(?P<name>[A-Za-z_]\w*)", re.VERBOSE | re.DOTALL)
_ESCAPED = re.compile(r"\be'", re.IGNORECASE)  # E'…\'…': a string with another end than it seems to have
_NESTED = re.compile(r"/\*(?:(?!\*/).)*/\*", re.DOTALL)  # PostgreSQL's comments stand in one another


def names(sql: str) -> list[str]:
    """The names, each once, in the order of the statement."""
    return list(dict.fromkeys(found["name"] for found in _NAME.finditer(sql) if found["name"]))


def filled(sql: str, value: Callable[[str], str]) -> str:
    """The statement with each `:name` replaced by `value(name)`, a literal.

    Raises ValueError for a statement in which it is not plain where strings and comments end: with E'' strings or
    comments within comments a value could come to stand inside of a string.
    """
    if _ESCAPED.search(sql) or _NESTED.search(sql):
        raise ValueError("a statement with parameters has no E'…' strings and no comments within comments")
    return _NAME.sub(lambda found: value(found["name"]) if found["name"] else found[0], sql)
