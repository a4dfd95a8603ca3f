"""Nested records, as receipts are parsed into: F1 of their fields, and accuracy by tree edit distance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docproc.core.errors import MissingExtra
from docproc.core.metrics.distance import edit_distance

Record = Mapping[str, Any]  # of texts, lists of texts, records, lists of records


@dataclass(frozen=True, slots=True)
class _Node:
    text: str
    leaf: bool = False
    children: tuple[_Node, ...] = ()

    @property
    def cost(self) -> int:
        """What it costs to leave it out or add it: a leaf its characters."""
        return len(self.text) if self.leaf else 1


def field_counts(said: Record, truth: Record) -> tuple[int, int]:
    """(fields that are right, those that are only in one of both), each with its path and its very text.

    Of a corpus the sums count: F1 = right / (right + amiss / 2) (Kim et al., ECCV 2022, section 4.1.2).
    """
    told, right = Counter(_fields("", said)), Counter(_fields("", truth))
    same = (told & right).total()
    return same, told.total() + right.total() - 2 * same


def tree_accuracy(said: Record, truth: Record) -> float:
    """1 - the edit distance of both trees / that of an empty record to the truth, at least 0; 1 for two empty ones.

    As the same paper's code has it: a leaf costs its characters, a changed leaf the edits of its text, any other node
    1; keys are in the order of their length and letters; a record below a key counts as a list of one. Raises
    MissingExtra.
    """
    try:
        from apted import APTED, Config  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("eval", "the accuracy of nested records") from error

    class Costs(Config):  # type: ignore[misc]  # the library has no types
        def delete(self, node: Any) -> int:
            return int(node.cost)

        insert = delete

        def rename(self, first: Any, second: Any) -> int:
            if first.leaf and second.leaf:
                return edit_distance(first.text, second.text)
            if first.leaf or second.leaf:
                return 1 + (len(first.text) if first.leaf else len(second.text))
            return int(first.text != second.text)

        def children(self, node: Any) -> tuple[_Node, ...]:
            children: tuple[_Node, ...] = node.children
            return children

    told, right = _tree("", said), _tree("", truth)
    whole = APTED(_tree("", {}), right, Costs()).compute_edit_distance()
    if not whole:
        return float(not told.children)
    return max(0.0, 1.0 - float(APTED(told, right, Costs()).compute_edit_distance()) / float(whole))


def _fields(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _fields(f"{path}.{key}" if path else str(key), below)
    elif isinstance(value, list):
        for below in value:
            yield from _fields(path, below)
    elif str(value).strip():
        yield path, str(value).strip()


def _tree(name: str, value: Any) -> _Node:
    """The tree of a record."""
    keys = sorted((key for key in value if any(_fields("", value[key]))), key=lambda key: (len(key), key))
    return _Node(name, children=tuple(_Node(key, children=tuple(_items(value[key]))) for key in keys))


def _items(value: Any) -> Iterator[_Node]:
    for item in value if isinstance(value, list) else [value]:
        if any(_fields("", item)):
            yield _tree("", item) if isinstance(item, Mapping) else _Node(str(item).strip(), leaf=True)
