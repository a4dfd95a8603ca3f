"""Where searched words stand on a page, for highlighting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from docproc.core.boxes import Box
from docproc.core.types import Page, Reading, Word

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as full-text search cuts them: runs of letters and digits, case aside."""
    return tuple(word.casefold() for word in _WORD.findall(text))


def fractions(page: Page, reading: Reading, box: Box) -> Box:
    """A box of a reading, in fractions of the page image; what lies outside is cut off."""
    on_page = reading.to_page.box(box)
    width, height = max(1, page.width), max(1, page.height)
    sides = (on_page.x0 / width, on_page.y0 / height, on_page.x1 / width, on_page.y1 / height)
    return Box(*(round(min(1.0, max(0.0, side)), 5) for side in sides))


def highlights(page: Page, reading: Reading, phrases: Iterable[Sequence[str]], most: int = 100) -> list[Box]:
    """The places of phrases (of words as `words_of` gives them), one box per place and line, in fractions of the page.

    At most `most`, in the order of the phrases.
    """
    tokens: list[str] = []
    owners: list[int] = []
    for index, word in enumerate(reading.words):
        for token in words_of(word.text):
            tokens.append(token)
            owners.append(index)
    starts: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        starts.setdefault(token, []).append(at)
    found: list[Box] = []
    for phrase in phrases:
        wanted = list(phrase)
        for at in starts.get(wanted[0], ()) if wanted else ():
            if tokens[at : at + len(wanted)] == wanted:
                chosen = [reading.words[index] for index in dict.fromkeys(owners[at : at + len(wanted)])]
                found += [fractions(page, reading, box) for box in _by_line(chosen)]
            if len(found) >= most:
                return found[:most]
    return list(dict.fromkeys(found))


def _by_line(words: Iterable[Word]) -> list[Box]:
    lines: dict[int, Box] = {}
    for word in words:
        lines[word.line] = lines[word.line].union(word.box) if word.line in lines else word.box
    return list(lines.values())
