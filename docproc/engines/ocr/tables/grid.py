"""What a found table is."""

from __future__ import annotations

from dataclasses import dataclass

from docproc.core.boxes import Box


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text in one line, the box around its words (None where it is empty), and how many rows and columns
    it spans. A spanning cell stands once, at its top left position; the positions that it covers hold empty cells."""

    text: str = ""
    box: Box | None = None
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. Boxes and `edges` are in pixels of the reading's upright frame.

    `rows` all have the same length; the first `header_rows` of them are column headings. `edges` are the x positions of
    the column boundaries, one more than there are columns. `caption` is "" where none was found.
    """

    box: Box
    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int = 0
    caption: str = ""
    edges: tuple[float, ...] = ()

    @property
    def texts(self) -> list[list[str]]:
        """The cell texts, row by row."""
        return [[cell.text for cell in row] for row in self.rows]

    @property
    def columns(self) -> int:
        """The number of columns."""
        return len(self.rows[0]) if self.rows else 0
