"""Users' regular expressions, with a bound on what a match can cost."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from math import log10

# A value longer than this is not held against a pattern: patterns are for ids and codes.
MOST_VALUE = 200
MOST_PATTERN = 300
# Decimal digits of the number of ways in which a backtracking matcher may have to try; 7 is well under a second.
MOST_WAYS = 7.0
_QUANTIFIER = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_GROUP_HEAD = re.compile(r"\?(?:P<\w+>|<[=!]|[:=!>]|#[^)]*|P=\w+|[aiLmsux-]+:?)?")


@lru_cache(maxsize=1024)
def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern: no regular expression, or one that can run away; None where it is good."""
    if len(pattern) > MOST_PATTERN:
        return f"is longer than {MOST_PATTERN} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "[[" and "--" in a class will mean something else one day
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"is no regular expression: {error}"
    ways, _ = _alternatives(pattern, 0)
    if ways > MOST_WAYS:
        return "can take too long to match: do not repeat a group that itself repeats or has alternatives"
    return None


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value has the form. A refused pattern, or a long value, matches nothing."""
    return len(value) <= MOST_VALUE and pattern_fault(pattern) is None and re.fullmatch(pattern, value) is not None


def _alternatives(pattern: str, at: int) -> tuple[float, int]:
    """log10 of an upper bound on the ways through "a|b|…" from `at`, and where its group ends."""
    ways, branches = 0.0, [0.0]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            branches.append(0.0)
            at += 1
            continue
        inner, at = _atom(pattern, at)
        inner, at = _repeated(pattern, at, inner)
        branches[-1] += inner
    for branch in branches:
        ways = branch if branch is branches[0] else _add(ways, branch)
    return ways, at


def _atom(pattern: str, at: int) -> tuple[float, int]:
    """The same of one character, class, escape or group."""
    char = pattern[at]
    if char == "\\":
        return 0.0, at + 2
    if char == "[":
        at += 2 if pattern[at + 1 : at + 2] == "^" else 1
        at += pattern[at : at + 1] == "]"
        while pattern[at] != "]":
            at += 2 if pattern[at] == "\\" else 1
        return 0.0, at + 1
    if char == "(":
        head = _GROUP_HEAD.match(pattern, at + 1)
        inner, at = _alternatives(pattern, head.end() if head else at + 1)
        return inner, at + 1
    return 0.0, at + 1


def _repeated(pattern: str, at: int, inner: float) -> tuple[float, int]:
    """The same of an atom with the quantifier that may follow it."""
    match = _QUANTIFIER.match(pattern, at)
    if match is None or match.group() == "{}":
        return inner, at
    least, most = _bounds(match)
    at = match.end()
    at += pattern[at : at + 1] in ("?", "+")  # lazy and possessive ones cost no more
    return inner * most + log10(most - least + 1), at


def _bounds(match: re.Match[str]) -> tuple[int, int]:
    text = match.group()
    if text in "*+?":
        return (1 if text == "+" else 0), (1 if text == "?" else MOST_VALUE)
    least = int(match[1] or 0)
    most = int(match[3]) if match[3] else MOST_VALUE if match[2] else least
    return min(least, MOST_VALUE), max(1, min(most, MOST_VALUE), min(least, MOST_VALUE))


def _add(a: float, b: float) -> float:
    """log10(10**a + 10**b) without overflow."""
    return max(a, b) + log10(1 + 10 ** -min(abs(a - b), 300.0))
