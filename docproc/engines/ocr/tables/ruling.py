"""Ruling lines: pieces of the same line joined, and lines that meet gathered into lattices."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docproc.core.boxes import Box

_MOST = 1500  # lines of one direction that are looked at; a drawing with more is hatching, and its longest lines count


@dataclass(frozen=True, slots=True)
class Ruling:
    """The level and the upright ruling lines of a page or of a part of it, each sorted by place."""

    levels: tuple[Box, ...] = ()
    uprights: tuple[Box, ...] = ()

    def within(self, box: Box, slack: float) -> Ruling:
        """The lines that run through a box, cut to it."""
        levels = [
            Box(max(rule.x0, box.x0 - slack), rule.y0, min(rule.x1, box.x1 + slack), rule.y1)
            for rule in self.levels
            if box.y0 - slack <= rule.cy <= box.y1 + slack and rule.x0 < box.x1 and rule.x1 > box.x0
        ]
        uprights = [
            Box(rule.x0, max(rule.y0, box.y0 - slack), rule.x1, min(rule.y1, box.y1 + slack))
            for rule in self.uprights
            if box.x0 - slack <= rule.cx <= box.x1 + slack and rule.y0 < box.y1 and rule.y1 > box.y0
        ]
        return Ruling(tuple(levels), tuple(uprights))


def ruling(rules: Iterable[Box], slack: float) -> Ruling:
    """Clean lines: `slack`, in pixels, is how far apart two lines may be and still count as one."""
    levels: list[Box] = []
    uprights: list[Box] = []
    for rule in rules:
        if rule.width >= 3 * rule.height and rule.width > 2 * slack:
            levels.append(rule)
        elif rule.height >= 3 * rule.width and rule.height > 2 * slack:
            uprights.append(rule)
    turned = _joined([Box(rule.y0, rule.x0, rule.y1, rule.x1) for rule in uprights], slack)
    return Ruling(
        tuple(_joined(levels, slack)),
        tuple(sorted((Box(rule.y0, rule.x0, rule.y1, rule.x1) for rule in turned), key=lambda rule: rule.cx)),
    )


def _joined(levels: list[Box], slack: float) -> list[Box]:
    """Level lines, each joined from its pieces: at the same height, and touching or overlapping."""
    longest = sorted(levels, key=lambda rule: -rule.width)[: 4 * _MOST]
    tracks: list[list[Box]] = []
    for rule in sorted(longest, key=lambda rule: rule.cy):
        if tracks and rule.cy - tracks[-1][-1].cy <= slack and rule.cy - tracks[-1][0].cy <= 2 * slack:
            tracks[-1].append(rule)
        else:
            tracks.append([rule])
    found: list[Box] = []
    for track in tracks:
        run: Box | None = None
        for rule in sorted(track, key=lambda rule: rule.x0):
            if run is not None and rule.x0 <= run.x1 + slack:
                run = run.union(rule)
                continue
            if run is not None:
                found.append(run)
            run = rule
        if run is not None:
            found.append(run)
    kept = sorted(found, key=lambda rule: -rule.width)[:_MOST]
    return sorted(kept, key=lambda rule: rule.cy)


def lattices(lines: Ruling, slack: float) -> list[Box]:
    """The boxes around lines that cross or touch: at least two level lines and one upright, and not just a frame."""
    parents = list(range(len(lines.levels) + len(lines.uprights)))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    places = [rule.cx for rule in lines.uprights]
    for i, level in enumerate(lines.levels):
        for j in range(bisect_left(places, level.x0 - slack), bisect_right(places, level.x1 + slack)):
            upright = lines.uprights[j]
            if upright.y0 - slack <= level.cy <= upright.y1 + slack:
                parents[root(i)] = root(len(lines.levels) + j)
    groups: dict[int, list[int]] = {}
    for node in range(len(parents)):
        groups.setdefault(root(node), []).append(node)
    every = (*lines.levels, *lines.uprights)
    count = len(lines.levels)
    boxes = []
    for nodes in groups.values():
        across = [every[node] for node in nodes if node < count]
        down = [every[node] for node in nodes if node >= count]
        # A mere frame around something is no lattice: it needs a third line at least.
        if (
            len(across) >= 2
            and down
            and (_places([r.cy for r in across], slack) > 2 or _places([r.cx for r in down], slack) > 2)
        ):
            boxes.append(_around([*across, *down]))
    return boxes


def _places(at: Sequence[float], slack: float) -> int:
    """How many positions differ by more than `slack`."""
    ordered = sorted(at)
    return 1 + sum(b - a > slack for a, b in pairwise(ordered))


def _around(boxes: Sequence[Box]) -> Box:
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    return box
