"""Words joined into pieces: what stands together on a line, parted from its neighbours by a gap or by a ruling line."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from docproc.core.boxes import Box
from docproc.core.types import Word

LEADER = re.compile(r"[.…·_]+")
_DIGITS = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]")
# Marks that open the lines of a list; U+FFFD and the private code points are such marks of symbol fonts.
_BULLET = re.compile(r"[•◦▪■□●○‣▸►➢✓✔\ufffd\ue000-\uf8ff]")
_GROUP = re.compile(r"\d{3}(?:[.,]\d+)?%?")
_HEAD = re.compile(r"[-+–−(]?\d{1,3}")


@dataclass(frozen=True)
class Piece:
    """Words of one line, in order, with the box around them and their font height `size` in pixels."""

    words: tuple[Word, ...]
    box: Box
    size: float

    @cached_property
    def text(self) -> str:
        """The words, without leader dots."""
        return " ".join(word.text for word in self.words if not LEADER.fullmatch(word.text))

    @cached_property
    def numeric(self) -> bool:
        """Whether it reads like a data cell: mostly digits, or a mark for "no value" ("–", "***")."""
        letters, digits = len(_LETTERS.findall(self.text)), len(_DIGITS.findall(self.text))
        return digits >= 2 * letters or (digits >= letters and digits > 0 and len(self.words) <= 2)

    @property
    def bold(self) -> bool:
        """Whether all words are bold."""
        return all(word.bold for word in self.words)


def height(word: Word) -> float:
    """The font height of a word in pixels; a box is about 1.2 times as high as the font."""
    return word.size if word.size > 0 else max(1.0, word.box.height / 1.2)


def make(words: Sequence[Word]) -> Piece:
    """A piece of words of one line, which are put in order of x."""
    ordered = tuple(sorted(words, key=lambda word: word.box.x0))
    box = ordered[0].box
    for word in ordered[1:]:
        box = box.union(word.box)
    return Piece(ordered, box, max(height(word) for word in ordered))


def pieces(words: Iterable[Word], uprights: Sequence[Box] = ()) -> list[Piece]:
    """The pieces of a page or of a part of it, by line and from left to right; `uprights` are vertical rules."""
    walls = sorted(uprights, key=lambda rule: rule.cx)
    places = [rule.cx for rule in walls]
    found: list[Piece] = []
    for line in visual_lines([word for word in words if word.text.strip()]):
        run = [line[0]]
        for word in line[1:]:
            if _parted(run[-1], word) or _walled(run[-1], word, walls, places):
                found.append(make(run))
                run = []
            run.append(word)
        found.append(make(run))
    return found


def visual_lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped by the height at which they stand, top to bottom, each group from left to right.

    A word joins the line whose middle it overlaps; on a page with columns of text the groups go across the columns.
    """
    lines: list[list[Word]] = []
    middles: list[float] = []
    heights: list[float] = []
    for middle, word in sorted(((word.box.cy, word) for word in words), key=lambda pair: pair[0]):
        tall = max(1.0, word.box.height)
        for back in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
            line = lines[back]
            if abs(middle - middles[back]) <= 0.45 * min(tall, heights[back]):
                line.append(word)
                # The middle follows the biggest words, so that a superscript does not pull it up.
                if height(word) >= height(line[0]):
                    middles[back] += (middle - middles[back]) / len(line)
                if len(line) <= 5:
                    heights[back] = median(max(1.0, other.box.height) for other in line)
                break
        else:
            lines.append([word])
            middles.append(middle)
            heights.append(tall)
    return [sorted(line, key=lambda word: word.box.x0) for line in lines]


def _parted(left: Word, right: Word) -> bool:
    size = max(height(left), height(right))
    gap = right.box.x0 - left.box.x1
    if LEADER.fullmatch(left.text) and not LEADER.fullmatch(right.text):
        return True
    if _BULLET.fullmatch(left.text) and _LETTERS.match(right.text):
        return gap > 2.5 * size
    if LEADER.fullmatch(right.text):
        return gap > 2.5 * size
    if _DIGITS.search(left.text) and _DIGITS.search(right.text):
        # Columns of numbers stand close; a space inside a number is narrower than half of the font height.
        grouped = _HEAD.fullmatch(left.text) and _GROUP.fullmatch(right.text)
        return gap > (0.5 if grouped else 0.42) * size
    mixed = bool(_DIGITS.search(left.text)) != bool(_DIGITS.search(right.text))
    return gap > (0.65 if mixed else 0.75) * size


def _walled(left: Word, right: Word, walls: Sequence[Box], places: Sequence[float]) -> bool:
    middle = (left.box.cy + right.box.cy) / 2
    first = bisect_left(places, min(left.box.x1, right.box.x0) - 1)
    last = bisect_right(places, max(left.box.x1, right.box.x0) + 1)
    return any(walls[i].y0 <= middle <= walls[i].y1 for i in range(first, last))


def rows_of(found: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces grouped into visual lines, top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    middle = 0.0
    for piece in sorted(found, key=lambda piece: piece.box.cy):
        if rows and abs(piece.box.cy - middle) <= 0.45 * min(piece.box.height, rows[-1][0].box.height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
            middle = piece.box.cy
    return [sorted(row, key=lambda piece: piece.box.x0) for row in rows]
