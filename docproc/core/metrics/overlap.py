"""Intersection over union of boxes: does the evidence lie where it should?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Rect = tuple[float, float, float, float]  # left, top, right, bottom


def box_iou(first: Rect, second: Rect) -> float:
    """Of two boxes, in [0, 1]; 0 where both are without area."""
    return evidence_iou([first], [second])


def evidence_iou(said: Sequence[Rect], truth: Sequence[Rect]) -> float:
    """Of the areas that two sets of boxes of one page cover, in [0, 1]; boxes of a set may overlap.

    A value that goes over two lines has two boxes: how a set is cut into boxes does not matter.
    """
    union = covered([*said, *truth])
    return (covered(said) + covered(truth) - union) / union if union else 0.0


def covered(boxes: Iterable[Rect]) -> float:
    """The area that boxes cover together."""
    real = [box for box in boxes if box[2] > box[0] and box[3] > box[1]]
    edges = sorted({x for left, _, right, _ in real for x in (left, right)})
    area = 0.0
    for left, right in pairwise(edges):
        spans = sorted((top, bottom) for x0, top, x1, bottom in real if x0 <= left and x1 >= right)
        end, height = float("-inf"), 0.0
        for top, bottom in spans:
            height += max(0.0, bottom - max(top, end))
            end = max(end, bottom)
        area += height * (right - left)
    return area
