"""A table while it is put together: pieces placed at (row, column)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from docproc.core.boxes import Box
from docproc.core.types import Word
from docproc.engines.ocr.tables.columns import column_of
from docproc.engines.ocr.tables.grid import Cell
from docproc.engines.ocr.tables.pieces import LEADER, Piece, make, rows_of


@dataclass(frozen=True)
class Frame:
    """The columns of a table: `edges` are the boundaries with the outer ends, `walls` those that upright rules draw.

    `size` is the usual font height in pixels; `cores` are the x ranges that the columns' own texts fill.
    """

    edges: tuple[float, ...]
    walls: tuple[Box, ...]
    size: float
    cores: tuple[tuple[float, float], ...]

    @property
    def count(self) -> int:
        """The number of columns."""
        return len(self.edges) - 1

    def columns(self, piece: Piece) -> tuple[int, int]:
        """The first and the last column in which a piece stands (a fifth of its width, or of the column, must)."""
        first, last = column_of(self.edges, piece.box.x0), column_of(self.edges, piece.box.x1)
        middle = column_of(self.edges, piece.box.cx)
        inside = [column for column in range(first, last + 1) if column == middle or self._stands(piece, column)]
        return inside[0], inside[-1]

    def _stands(self, piece: Piece, column: int) -> bool:
        left, right = self.edges[column], self.edges[column + 1]
        shared = min(piece.box.x1, right) - max(piece.box.x0, left)
        return shared > 0.2 * min(piece.box.width, right - left) and shared > 0.8 * self.size

    def split(self, piece: Piece, eager: bool) -> list[Piece]:
        """A piece cut where a boundary falls into one of its gaps; `eager`: also where that gap is narrow."""
        if len(piece.words) < 2 or not any(piece.box.x0 < edge < piece.box.x1 for edge in self.edges[1:-1]):
            return [piece]
        wide = self._cut(piece, 0.2 if eager else 0.4)
        if eager or len(wide) > 1 or self.walls:
            return wide
        narrow = self._cut(piece, 0.2)
        return narrow if all(self._in_place(part) for part in narrow) else wide

    def _cut(self, piece: Piece, least: float) -> list[Piece]:
        slack = 0.15 * self.size
        parts: list[list[Word]] = [[piece.words[0]]]
        for left, right in pairwise(piece.words):
            cut = any(left.box.x1 - slack <= edge <= right.box.x0 + slack for edge in self.edges[1:-1])
            if cut and right.box.x0 - left.box.x1 > least * piece.size:
                parts.append([])
            parts[-1].append(right)
        return [make(part) for part in parts]

    def _in_place(self, part: Piece) -> bool:
        """Whether a text is aligned with the texts of one column, by an edge or by its middle."""
        first, last = self.columns(part)
        left, right = self.cores[first]
        near = 0.45 * self.size
        middle = abs(part.box.cx - (left + right) / 2) <= near
        return first == last and (abs(part.box.x0 - left) <= near or abs(part.box.x1 - right) <= near or middle)

    def walled(self, boundary: int, y: float) -> bool:
        """Whether an upright rule stands at inner boundary `boundary` (1 to count - 1) at height `y`."""
        return any(wall.y0 - 1 <= y <= wall.y1 + 1 for wall in self._standing.get(boundary, ()))

    @property
    def drawn(self) -> Collection[int]:
        """The inner boundaries at which an upright rule stands somewhere."""
        return self._standing.keys()

    @cached_property
    def _standing(self) -> dict[int, list[Box]]:
        """The upright rules at each inner boundary that has some."""
        found: dict[int, list[Box]] = {}
        for i in range(1, self.count):
            for wall in self.walls:
                if abs(wall.cx - self.edges[i]) <= 0.4 * self.size:
                    found.setdefault(i, []).append(wall)
        return found


@dataclass
class Sheet:
    """Pieces by (row, column), and the (rows, columns) that cells span where that is more than one."""

    width: int
    height: int = 0
    cells: dict[tuple[int, int], list[Piece]] = field(default_factory=dict)
    spans: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def put(self, row: int, column: int, pieces: Sequence[Piece], span: tuple[int, int] = (1, 1)) -> None:
        """Adds pieces to a cell."""
        self.height = max(self.height, row + 1)
        self.cells.setdefault((row, column), []).extend(pieces)
        if span != (1, 1):
            old = self.spans.get((row, column), (1, 1))
            self.spans[row, column] = (max(old[0], span[0]), max(old[1], span[1]))

    def filled(self, row: int) -> list[int]:
        """The columns that hold text in a row."""
        return [column for column in range(self.width) if self.cells.get((row, column))]

    @property
    def loose(self) -> float:
        """The share of cells, in [0, 1], with wide gaps inside: a table's cells have none, a form's have."""
        filled = [pieces for pieces in self.cells.values() if pieces]
        gaps = sum(any(len(line) > 1 and not _signed(line) for line in rows_of(pieces)) for pieces in filled)
        return gaps / max(1, len(filled))

    def rows(self) -> list[tuple[Cell, ...]]:
        """The finished cells, without rows that hold nothing."""
        found = []
        for row in range(self.height):
            if self.filled(row):
                found.append(tuple(self._cell(row, column) for column in range(self.width)))
        return found

    def _cell(self, row: int, column: int) -> Cell:
        pieces = self.cells.get((row, column))
        if not pieces:
            return Cell()
        box = pieces[0].box
        for piece in pieces[1:]:
            box = box.union(piece.box)
        rows, columns = self.spans.get((row, column), (1, 1))
        return Cell(text_of(pieces), box, rows, columns)


def _signed(line: Sequence[Piece]) -> bool:
    """Whether a line is a number with signs at some distance from it."""
    return sum(any(letter.isalnum() for letter in piece.text) for piece in line) <= 1


def text_of(pieces: Sequence[Piece]) -> str:
    """The text of a cell in one line; a word that is broken at the end of a line is made whole."""
    text = ""
    for line in rows_of(pieces):
        words = [word.text for piece in line for word in piece.words]
        kept = [word for word in words if not LEADER.fullmatch(word)] or words
        joined = " ".join(kept)
        if text.endswith("-") and len(text) > 1 and text[-2].islower() and joined[:1].islower():
            text = text[:-1] + joined
        else:
            text = f"{text} {joined}" if text else joined
    return text.strip()
