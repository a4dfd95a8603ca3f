"""Boxes with whiskers: the shapes of a box plot, filled or drawn by their outline."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docproc.core.boxes import Box
from docproc.engines.ocr.find_chart.scene import Mask, Scene
from docproc.engines.ocr.find_chart.shapes import breadth_of, rectangles


def whiskered(scene: Scene) -> int:
    """How many boxes of one width have a thin line at the middle of two opposite sides, as box plots have."""
    most = 0
    for drawn in (scene.ink, scene.strong):
        ink = drawn & (1 - scene.letters)
        for lying in (False, True):
            kept = [box for box in _framed(scene, drawn, lying) if _alone(ink, box, lying)]
            most = max(most, _alike([box for box in kept if _both_whiskers(ink, box, lying)], lying))
    return most


def _alike(boxes: Sequence[Box], lying: bool) -> int:
    """The largest number of boxes of one breadth at different places."""
    most = 0
    for box in boxes:
        breadth = breadth_of(box, lying)
        row = [b for b in boxes if abs(breadth_of(b, lying) - breadth) <= max(4.0, 0.15 * breadth)]
        most = max(most, len({round((b.cy if lying else b.cx) / 6) for b in row}))
    return most


def _framed(scene: Scene, drawn: Mask, lying: bool) -> list[Box]:
    """Rectangles, filled or drawn by their outline, each also joined with the next across a median line."""
    most = 0.12 * scene.width * scene.height
    found = [part.box for part in rectangles(scene)] + [box for box in _holes(drawn) if box.area < most]
    joined = []
    for box in found[:400]:
        for other in found[:400]:
            beside = (
                abs(box.y0 - other.y0) + abs(box.y1 - other.y1)
                if lying
                else abs(box.x0 - other.x0) + abs(box.x1 - other.x1)
            )
            gap = other.x0 - box.x1 if lying else other.y0 - box.y1
            if beside <= 6 and 0 <= gap <= 9:
                joined.append(box.union(other))
    return found + joined


def _holes(ink: Mask) -> list[Box]:
    """Rectangular pieces of paper that lines enclose."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((1 - ink).astype(np.uint8), connectivity=4)
    return [
        Box(x, y, x + wide, y + high)
        for x, y, wide, high, area in stats[1:].tolist()
        if wide >= 4 and high >= 4 and area >= 0.9 * wide * high
    ]


def _alone(ink: Mask, box: Box, lying: bool) -> bool:
    """Whether the sides end at the corners: the lines of a grid, and the axis under a bar, go on."""
    x0, y0, x1, y1 = (int(v) for v in box)
    beyond = 0
    for x in (x0 - 9, x1 + 5):
        for y in (y0 - 4, y1):
            patch = ink[max(0, y - 1) : y + 5, max(0, x) : x + 4]
            beyond += bool(patch.size and patch.any(axis=0).all())
    for y in (y0 - 9, y1 + 5):
        for x in (x0 - 4, x1):
            patch = ink[max(0, y) : y + 4, max(0, x - 1) : x + 5]
            beyond += bool(patch.size and patch.any(axis=1).all())
    return beyond <= 1 and (box.height if lying else box.width) >= 6


def _both_whiskers(ink: Mask, box: Box, lying: bool) -> bool:
    turned, frame = (ink.T, Box(box.y0, box.x0, box.y1, box.x1)) if lying else (ink, box)
    return _whisker(turned, frame, True) and _whisker(turned, frame, False)


def _whisker(ink: Mask, box: Box, above: bool) -> bool:
    """Whether a thin line leaves the middle of a side, with nothing beside it."""
    middle, side = round(box.cx), round(box.y0 if above else box.y1)
    start = max(0, side - 13) if above else side + 4
    rows = ink[start : start + 9]
    if len(rows) < 5:
        return False
    hits = rows[:, max(0, middle - 3) : middle + 4].any(axis=1).mean()
    quarter = max(5, round(0.3 * box.width))
    left, right = rows[:, max(0, middle - quarter) : max(0, middle - 4)], rows[:, middle + 5 : middle + quarter + 1]
    return bool(hits >= 0.5 and left.mean() < 0.4 and right.mean() < 0.4)
