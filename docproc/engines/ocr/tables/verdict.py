"""Whether what was found is a table: figures and short texts in columns, not text set in columns, lists or forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import mean

from docproc.engines.ocr.tables.grid import Grid
from docproc.engines.ocr.tables.prose import share_of_running_text

_DIGIT = re.compile(r"\d")
# Signs of formulas, and the private code points with which TeX fonts draw tall brackets.
_FORMULA = re.compile(r"[=∈∉∂∪∩⊂⊆→⇒⇔≅∼∥{}\\|◦⊗\uf8e0-\uf8ff]")
_MARK = re.compile(r"[\W_]*|n/?a|[xX✓✔]|\(?[xX]\)?", re.IGNORECASE)


def convincing(grid: Grid, framed: bool, ruled: bool, named: bool) -> bool:
    """The verdict. `framed`: upright and level rules draw it; `ruled`: level rules open or close it; `named`: it has a
    caption that says "table"."""
    body = [[cell.text for cell in row] for row in grid.rows[grid.header_rows :]]
    texts = [cell.text for row in grid.rows for cell in row if cell.text]
    if not body or not _even(grid, body, texts):
        return False
    if _values(body) < 0.5 and share_of_running_text(texts) > (0.6 if framed else 0.4):
        return False
    if framed:
        return (len(grid.rows) >= 3 or _values(body) >= 0.4) and mean(len(text) for text in texts) < 200
    return not _contents(body) and not _form(grid) and _enough(grid, body, 2 * named + ruled)


def _even(grid: Grid, body: Sequence[Sequence[str]], texts: Sequence[str]) -> bool:
    """Whether rows and columns are filled as a table's are, and not as those of a drawing, a plot or a formula."""
    several = [row for row in body if sum(bool(text) for text in row) > 1]
    filled = sum(bool(text) for row in body for text in row) / (len(body) * grid.columns)
    columns = sum(2 * sum(bool(row[k]) for row in several) >= len(several) for k in range(grid.columns))
    formulas = sum(bool(_FORMULA.search(text)) for text in texts)
    return (
        filled >= 0.4
        and 2 * len(several) >= len(body)
        and 2 * columns >= grid.columns
        and 4 * formulas <= len(texts)
        and mean(map(len, texts)) >= 1.8
        and 2 * grid.header_rows <= len(grid.rows) + 2
    )


def _enough(grid: Grid, body: Sequence[Sequence[str]], support: int) -> bool:
    """Whether there are rows enough to believe in a table without a frame; the fewer its numbers, the more it takes."""
    values = _values(body)
    rows = sum(sum(bool(cell.text) for cell in row) > 1 for row in grid.rows)
    if not support and rows < 6 and sum(bool(text) for row in body for text in row) < 0.6 * len(body) * grid.columns:
        return False
    if grid.columns == 2:
        return (values >= 0.6 and rows >= (3 if support else 6)) or (support >= 2 and rows >= 3)
    if values >= 0.4:
        return rows >= (2 if support else 3)
    if support:
        return rows >= 3
    short = mean(len(text) for row in body for text in row if text) < 25
    even = _fill(body) > 0.9 and (grid.header_rows > 0 or rows >= 6)
    return rows >= 4 and short and (values >= 0.15 or even)


def _fill(body: Sequence[Sequence[str]]) -> float:
    """The share of filled cells in the rows that are more than the name of a group."""
    rows = [row for row in body if sum(bool(text) for text in row) > 1]
    cells = [text for row in rows for text in row]
    return sum(bool(text) for text in cells) / len(cells) if cells else 0.0


def _values(body: Sequence[Sequence[str]]) -> float:
    """The share of values (numbers, marks) among the cells beside the first column."""
    beside = [text for row in body for text in row[1:] if text]
    if not beside:
        return 0.0
    return sum(bool(_MARK.fullmatch(text)) or 2 * len(_DIGIT.findall(text)) >= len(text) / 2 for text in beside) / len(
        beside
    )


def _contents(body: Sequence[Sequence[str]]) -> bool:
    """Whether it is a table of contents: texts, and at the end whole numbers that never fall."""
    last = [row[-1] for row in body if row[-1]]
    if len(last) < 4 or len(body[0]) > 3 or not all(text.isdigit() for text in last):
        return False
    pages = [int(text) for text in last]
    longest = mean(max(len(text) for text in row) for row in body)
    return pages == sorted(pages) and len(set(pages)) > 1 and pages[-1] < 2000 and longest > 8


def _form(grid: Grid) -> bool:
    """Whether it is a form: labels that end in a colon."""
    texts = [cell.text for row in grid.rows for cell in row if cell.text]
    return sum(text.endswith(":") for text in texts) > 0.25 * len(texts)
