"""JSON schemas that the kinds share: bounded, so that every reply ends. This module defines no kind.

They are written in what all of llguidance, xgrammar and hosted servers take: patterns are anchored, without
look-around, back-references or classes that depend on Unicode.
"""

from __future__ import annotations

import re
from typing import Any

from docproc.core.text.patterns import MOST_VALUE, pattern_fault

# A date as a canonical text: a year, a month of it, a day of it.
DATE: dict[str, Any] = {
    "type": "string",
    "pattern": "^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
}
# Up to here a JSON number keeps its cents in 64 bits.
_LARGEST = 10**15
_AMOUNT = "-?[0-9]{1,30}([.][0-9]{1,60})?"
_GROUP = re.compile(r"\(\?(?::|P<\w+>)")
_QUANTIFIER = re.compile(r"[*+?]|\{([0-9]*)(,?)([0-9]*)\}")


def number(after: str = "", whole: bool = False) -> dict[str, Any]:
    """A number as such, or as a text of digits: exact, and followed by what pattern `after` says."""
    said = {"type": "integer" if whole else "number", "minimum": -_LARGEST, "maximum": _LARGEST}
    digits = "-?[0-9]{1,19}" if whole else _AMOUNT
    return {"anyOf": [said, {"type": "string", "pattern": f"^{digits}{after}$"}]}


def text(most: int, pattern: str = "") -> dict[str, Any]:
    """A text of 1 to `most` characters, in the form of a user's pattern where that can be said to every engine."""
    said = portable(pattern) if pattern else None
    if said is None:
        return {"type": "string", "minLength": 1, "maxLength": most}
    return {"type": "string", "pattern": f"^(?:{said})$", "maxLength": MOST_VALUE}


def portable(pattern: str) -> str | None:
    r"""A pattern in the words that all engines read alike, None where it cannot be said so.

    `\w` and the like are not among them: they would keep a model from the "é" that stands on the page.
    """
    if pattern_fault(pattern) is not None:
        return None
    body = pattern.removeprefix("^")
    if body.endswith("$") and (len(body) - len(body[:-1].rstrip("\\"))) % 2 == 1:
        body = body[:-1]
    said, at = "", 0
    while at < len(body):
        found = _class(body, at) if body[at] == "[" else _atom(body, at)
        if found is None:
            return None
        piece, at = found
        said += piece
    return said


def _atom(body: str, at: int) -> tuple[str, int] | None:
    """One character, escape, bracket or quantifier of a pattern, and where the next one begins."""
    char = body[at]
    if char == "\\":
        escaped = _escape(body[at + 1])
        return (escaped, at + 2) if escaped else None
    if body.startswith("(?", at):
        group = _GROUP.match(body, at)
        return ("(?:", group.end()) if group else None
    quantifier = _QUANTIFIER.match(body, at)
    if quantifier is not None:
        least, comma, most = quantifier.groups()
        piece = quantifier.group() if comma is None else f"{{{least or 0}{comma}{most}}}"
        at = quantifier.end()
        if body.startswith("+", at) or piece == "{0}":  # possessive; "{}" is no quantifier
            return None
        return piece, at + body.startswith("?", at)
    return None if char in "^$]{}" else (char, at + 1)


def _class(body: str, at: int) -> tuple[str, int] | None:
    """A class of characters, and what comes after it."""
    end = at + 1 + body.startswith("^", at + 1)
    said = body[at:end]
    if body.startswith("]", end):
        return None
    while body[end] != "]":
        if body[end] == "\\":
            escaped = _escape(body[end + 1], within=True)
            if escaped is None:
                return None
            said += escaped
            end += 2
        elif body[end] == "[" or body[end : end + 2] in ("&&", "--", "~~", "||"):
            return None
        else:
            said += body[end]
            end += 1
    return said + "]", end + 1


def _escape(char: str, within: bool = False) -> str | None:
    """What an escaped character stands for, `within` a class or outside of one."""
    if char == "d":
        return "0-9" if within else "[0-9]"
    if not char.isascii() or char.isalnum() or not char.isprintable():
        return None
    special = "\\]^-" if within else ".^$*+?()[]{}|\\/"
    return f"\\{char}" if char in special else char
