"""TEDS: how much of a table's tree, rows and cells, is the true one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docproc.core.errors import MissingExtra
from docproc.core.metrics.distance import edit_distance

Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Node:
    tag: str
    text: str
    children: tuple[_Node, ...]

    @property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)


def teds(said: Grid, truth: Grid, structure: bool = False) -> float:
    """1 - tree edit distance / the larger number of nodes, in [0, 1]; of two empty tables 1.

    Zhong et al., ECCV 2020, eq. 1: a cell of another text costs the normalised edit distance of the texts, anything
    else 1. Grids have no spans: a cell that spans columns counts as it was written out. `structure`: cells' texts
    do not count (TEDS-Struct). Raises MissingExtra.
    """
    try:
        from apted import APTED, Config  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("eval", "TEDS") from error

    class Costs(Config):  # type: ignore[misc]  # the library has no types
        def rename(self, first: Any, second: Any) -> float:
            if first.tag != second.tag:
                return 1.0
            return 0.0 if structure else _amiss(first.text, second.text)

        def children(self, node: Any) -> tuple[_Node, ...]:
            children: tuple[_Node, ...] = node.children
            return children

    told, right = _tree(said), _tree(truth)
    distance: float = APTED(told, right, Costs()).compute_edit_distance()
    return max(0.0, 1.0 - distance / max(told.size, right.size))


def _tree(grid: Grid) -> _Node:
    rows = (_Node("tr", "", tuple(_Node("td", " ".join(cell.split()), ()) for cell in row)) for row in grid)
    return _Node("table", "", tuple(rows))


def _amiss(first: str, second: str) -> float:
    longer = max(len(first), len(second))
    return edit_distance(first, second) / longer if longer else 0.0
