"""Pages with tables, made in code: words with boxes and ruling lines, as a PDF at 150 dpi would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from docproc.core.boxes import Box
from docproc.core.types import Reading, Word

Grids = list[list[list[str]]]

PROSE = (
    "The committee met in the spring and discussed the results of the survey that was carried out in the "
    "previous year. Most of the members agreed that the figures were better than expected, although some of "
    "them pointed out that the number of answers had fallen, and that this made the comparison with earlier "
    "years difficult. It was decided to repeat the survey with a larger sample, and to publish the outcome "
    "together with the annual report of the office. "
)
SIZE = 20.0
WIDTH, HEIGHT = 1275.0, 1650.0
_NARROW, _WIDE = set("ijltf.,:;'|()[]!- "), set("mwMWABCDEGHKNOPQRUVXYZ%@")


def text_width(text: str, size: float = SIZE) -> float:
    """The width of a text in a proportional font, in pixels."""
    return sum(0.28 if c in _NARROW else 0.7 if c in _WIDE else 0.55 for c in text) * size


@dataclass
class Sheet:
    """A page that is being written."""

    words: list[Word] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    line: int = 0

    def write(self, text: str, x: float, y: float, align: str = "l", size: float = SIZE, bold: bool = False) -> None:
        """One line of text whose boxes begin at height `y`; `x` is its left edge, its middle or its right edge."""
        whole = text_width(text, size)
        left = x - {"l": 0.0, "c": whole / 2, "r": whole}[align]
        for word in text.split(" "):
            wide = text_width(word, size)
            if word:
                self.words.append(Word(word, Box(left, y, left + wide, y + 1.2 * size), 1.0, size, bold, self.line))
            left += wide + text_width(" ", size)
        self.line += 1

    def paragraph(self, text: str, x: float, y: float, width: float, size: float = SIZE) -> float:
        """Text that is broken into lines; returns the height below it."""
        for part in wrapped(text, width, size):
            self.write(part, x, y, "l", size)
            y += 1.35 * size
        return y

    def prose(self, y: float, times: int = 1) -> float:
        """A paragraph over the width of the page; returns the height below it and some space."""
        return self.paragraph(PROSE * times, 120, y, 1035) + 30

    def level(self, x0: float, x1: float, y: float) -> None:
        """A level rule."""
        self.rules.append(Box(x0, y - 0.5, x1, y + 0.5))

    def upright(self, x: float, y0: float, y1: float) -> None:
        """An upright rule."""
        self.rules.append(Box(x - 0.5, y0, x + 0.5, y1))

    def reading(self) -> Reading:
        """The page."""
        return Reading("layer", tuple(self.words), WIDTH, HEIGHT, rules=tuple(self.rules))


def wrapped(text: str, width: float, size: float = SIZE) -> list[str]:
    """The lines of a text in a column of that width."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True)
class Style:
    """How a table is drawn. `edges` are the column boundaries; `aligns` one of l, c, r a column.

    rules: "grid" (every cell), "rows" (under every row), "book" (over and under headings, at the end), "" (none).
    """

    edges: tuple[float, ...]
    aligns: str
    rules: str = ""
    heads: int = 1
    pitch: float = 1.5
    leading: float = 1.2
    size: float = SIZE


def draw(sheet: Sheet, grid: Sequence[Sequence[str]], y: float, style: Style) -> float:
    """Draws a table with its top at `y`; texts too wide for their column are wrapped. Returns the height below it."""
    left, right = style.edges[0], style.edges[-1]
    top = y
    tops = [y]
    for r, row in enumerate(grid):
        tallest = 1
        for c, text in enumerate(row):
            x0, x1 = style.edges[c], style.edges[c + 1]
            if not text:
                continue
            lines = wrapped(text, x1 - x0 - 0.8 * style.size, style.size)
            tallest = max(tallest, len(lines))
            for k, part in enumerate(lines):
                align = style.aligns[c]
                x = {"l": x0 + 0.4 * style.size, "c": (x0 + x1) / 2, "r": x1 - 0.4 * style.size}[align]
                at = y + (0.15 + k * style.leading) * style.size
                sheet.write(part, x, at, align, style.size, bold=r < style.heads)
        y += (style.pitch + (tallest - 1) * style.leading) * style.size
        tops.append(y)
    if style.rules == "grid":
        for edge in style.edges:
            sheet.upright(edge, top, y)
    if style.rules in ("grid", "rows"):
        for at in tops:
            sheet.level(left, right, at)
    if style.rules == "book":
        for at in (top, tops[style.heads], y):
            sheet.level(left, right, at)
    return y


def plain(text: str) -> str:
    """Letters and digits only, in lower case."""
    return "".join(c for c in text.lower() if c.isalnum())


def neighbours(grid: Sequence[Sequence[str]]) -> Counter[tuple[str, str, str]]:
    """The neighbourhoods of non-empty cells, to the right and below: the measure of the ICDAR 2013 contest."""
    found: Counter[tuple[str, str, str]] = Counter()
    rows = [[plain(text) for text in row] for row in grid]
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            if not text:
                continue
            right = next((other for other in row[j + 1 :] if other), "")
            below = next((rows[k][j] for k in range(i + 1, len(rows)) if rows[k][j]), "")
            if right:
                found[text, right, "right"] += 1
            if below:
                found[text, below, "below"] += 1
    return found


def agreement(wanted: Sequence[Sequence[Sequence[str]]], found: Sequence[Sequence[Sequence[str]]]) -> float:
    """F1 of the neighbourhoods of all tables of a page, in [0, 1]."""
    gold = sum((neighbours(grid) for grid in wanted), Counter[tuple[str, str, str]]())
    mine = sum((neighbours(grid) for grid in found), Counter[tuple[str, str, str]]())
    total = sum(gold.values()) + sum(mine.values())
    return 2 * sum((gold & mine).values()) / total if total else 1.0
