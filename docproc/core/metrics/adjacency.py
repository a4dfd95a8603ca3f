"""Adjacency relations of table cells, the measure of the ICDAR 2013 table competition."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

Grid = Sequence[Sequence[str]]
Relation = tuple[str, str, str]  # a cell's text, its neighbour's, and whether that lies to the right or below


def relations(grid: Grid) -> Counter[Relation]:
    """Each cell with text, and the next with text to its right and below it; letters and digits alone count."""
    width = max(map(len, grid), default=0)
    rows = [[_fold(cell) for cell in row] + [""] * (width - len(row)) for row in grid]
    found: Counter[Relation] = Counter()
    for lines, way in ((rows, "right"), (list(zip(*rows, strict=True)), "below")):
        for line in lines:
            found.update((first, second, way) for first, second in pairwise(filter(None, line)))
    return found


def adjacency_f1(said: Sequence[Grid], truth: Sequence[Grid]) -> float:
    """The F1 score of the relations of all tables of a page or document together, in [0, 1]; 1 where there are none.

    Göbel et al., DocEng 2012, section 3.2: it does not depend on how lines and columns are numbered, so that an empty
    row costs nothing.
    """
    told: Counter[Relation] = sum((relations(grid) for grid in said), Counter())
    right: Counter[Relation] = sum((relations(grid) for grid in truth), Counter())
    total = told.total() + right.total()
    return 2 * (told & right).total() / total if total else 1.0


def _fold(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())
