"""Where searched words stand in a text and on a page, for highlighting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docproc.core.boxes import Box
from docproc.core.types import Page, Reading, Word

_WORD = re.compile(r"[^\W_]+")
_SPACE = re.compile(r"\s+")
LONGEST = 200_000  # characters of a text that are looked through


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `hit`: it is one of the words that were looked for."""

    text: str
    hit: bool


def snippet(text: str, phrases: Sequence[Sequence[str]], words: int = 16) -> list[Piece]:
    """A line of about that many words of a text around the place that has most of the phrases, marked."""
    text = text[:LONGEST]
    spans = [(match.start(), match.end(), match.group().casefold()) for match in _WORD.finditer(text)]
    hits = _hits([span[2] for span in spans], phrases)
    marked = sorted(hits)
    first = max(marked, key=lambda at: sum(at <= other < at + words for other in marked), default=0)
    begin = max(0, min(first - words // 4, len(spans) - words))
    chosen = range(begin, min(len(spans), begin + words))
    if not chosen:
        return []
    pieces: list[Piece] = [Piece("… ", False)] if begin else []
    at = spans[begin][0] if begin else 0
    for index in chosen:
        start, end, _ = spans[index]
        if index in hits:
            pieces += [Piece(text[at:start], False), Piece(text[start:end], True)]
            at = end
    last = spans[chosen[-1]][1]
    tail = text[at:last] if chosen[-1] + 1 < len(spans) else text[at:]
    pieces += [Piece(tail, False)] + ([Piece(" …", False)] if chosen[-1] + 1 < len(spans) else [])
    flat = [Piece(_SPACE.sub(" ", piece.text), piece.hit) for piece in pieces]
    return [piece for piece in flat if piece.text]


def _hits(tokens: Sequence[str], phrases: Iterable[Sequence[str]]) -> set[int]:
    """The numbers of the words that belong to a phrase."""
    starts: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        starts.setdefault(token, []).append(at)
    found: set[int] = set()
    for phrase in phrases:
        wanted = list(phrase)
        for at in starts.get(wanted[0], ()) if wanted else ():
            if list(tokens[at : at + len(wanted)]) == wanted:
                found.update(range(at, at + len(wanted)))
    return found
