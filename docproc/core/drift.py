"""Replies that drift into another language: letters of a script that stands neither on the page nor in the question."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

_FEWEST = 3  # letters of a strange script; one or two may be a sign or a misread mark
# Scripts that go together: a Japanese text has Chinese characters too.
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KANGXI")


@lru_cache(4096)
def _script(char: str) -> str:
    """The script of a letter by the first word of its Unicode name ("LATIN", "CYRILLIC", …); "" for other signs."""
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "").partition(" ")[0].partition("-")[0]
    return "CJK" if name in _EAST_ASIAN else name


def scripts(text: str) -> Counter[str]:
    """How many letters of each script a text has, Latin aside: names and units are written in it on every page."""
    found = Counter(_script(char) for char in text if not char.isascii())
    del found[""], found["LATIN"]
    return found


def drifted(said: str, known: str) -> bool:
    """Whether what was said has letters of a script that what is known (page and question) has none of."""
    there = scripts(known)
    return any(count >= _FEWEST and script not in there for script, count in scripts(said).items())
