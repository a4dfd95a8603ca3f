"""What the shapes of a chart are: bars, boxes with whiskers, discs, spokes, curves, dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docproc.core.boxes import Box
from docproc.engines.ocr.find_chart.scene import Part, Scene


@dataclass(frozen=True)
class Bars:
    """Rectangles of one width (height, where they lie) that stand on a common line, or on each other."""

    parts: tuple[Part, ...]
    lying: bool = False
    stacked: bool = False


def rectangles(scene: Scene) -> list[Part]:
    """The filled upright rectangles, without those as large as the plot itself."""
    most = 0.45 * scene.width * scene.height
    return [part for part in scene.parts if part.extent >= 0.86 and part.box.area < most]


def bars(scene: Scene) -> Bars:
    """The bars of a chart, standing or lying, whichever are more; legends' swatches left out."""
    found = rectangles(scene)
    ways = [
        _on_one_line(found, scene.width if lying else scene.height, lying, hanging)
        for lying in (False, True)
        for hanging in (False, True)
    ]
    best = max(ways, key=lambda bars: sum(part.area for part in bars.parts))
    reaches = {round(_reach(part.box, best.lying) / 4) for part in best.parts}
    # Bars of one length are the shaded rows of a table.
    return best if len(reaches) >= 2 else Bars(())


def _on_one_line(found: Sequence[Part], length: float, lying: bool, hanging: bool) -> Bars:
    """The largest group of rectangles that share a breadth and a base line."""
    best = Bars(())
    for part in found:
        breadth, base = breadth_of(part.box, lying), _base(part.box, lying, hanging)
        alike = [p for p in found if abs(breadth_of(p.box, lying) - breadth) <= max(3.0, 0.15 * breadth)]
        row = [p for p in alike if abs(_base(p.box, lying, hanging) - base) <= 4]
        if max(_reach(p.box, lying) for p in row) < 0.08 * length or len(row) < 2:
            continue
        above = [p for p in alike if p not in row and _stands_on(p, alike, lying)]
        group = Bars((*row, *above), lying, bool(above))
        if sum(p.area for p in group.parts) > sum(p.area for p in best.parts):
            best = group
    return best


def breadth_of(box: Box, lying: bool) -> float:
    """The width of a standing bar, the height of a lying one."""
    return box.height if lying else box.width


def _reach(box: Box, lying: bool) -> float:
    return box.width if lying else box.height


def _base(box: Box, lying: bool, hanging: bool) -> float:
    """The side on which a bar stands: below or left, or above or right for bars that hang (negative values)."""
    if lying:
        return box.x1 if hanging else box.x0
    return box.y0 if hanging else box.y1


def _stands_on(part: Part, others: Sequence[Part], lying: bool) -> bool:
    for other in others:
        if other is part:
            continue
        box, under = part.box, other.box
        touching = abs(box.x0 - under.x1) <= 5 if lying else abs(box.y1 - under.y0) <= 5
        aligned = abs(box.y0 - under.y0) <= 4 if lying else abs(box.x0 - under.x0) <= 4
        if touching and aligned:
            return True
    return False


def disc(scene: Scene) -> Box | None:
    """The box of the largest filled round shape, or ring, of several colours: a pie."""
    side = min(scene.width, scene.height)
    gap = max(9, round(0.05 * side)) | 1  # between sectors that are drawn apart
    solid = np.asarray(cv2.morphologyEx(scene.thick, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)), np.uint8)
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
        hull = cv2.convexHull(contour)
        area, around = float(cv2.contourArea(contour)), float(cv2.contourArea(hull))
        _, radius = cv2.minEnclosingCircle(contour)
        x, y, wide, high = cv2.boundingRect(contour)
        round_ = around > 0.78 * np.pi * radius * radius and 0.8 < wide / max(1, high) < 1.25
        if 2 * radius > 0.25 * side and round_ and area > 0.8 * around:
            box = Box(x, y, x + wide, y + high)
            inside = [part for part in scene.parts if box.x0 - 3 <= part.box.cx <= box.x1 + 3]
            if len({part.colour for part in inside if part.area > 0.004 * around}) >= 2:
                return box
    return None


def segments(scene: Scene) -> Any:
    """Thin straight strokes as an array (n, 4) of x0, y0, x1, y1, n at most 250, the longest first."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(scene.faint * 255)[0]
    if found is None:
        return np.zeros((0, 4))
    lines = found.reshape(-1, 4)
    lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    middles = ((lines[:, :2] + lines[:, 2:]) / 2).astype(int)
    clear = scene.letters[middles[:, 1].clip(0, scene.height - 1), middles[:, 0].clip(0, scene.width - 1)] == 0
    kept = (lengths > 0.02 * min(scene.width, scene.height)) & clear
    order = np.argsort(lengths[kept])[::-1][:250]
    return lines[kept][order]


def spokes(scene: Scene, lines: Any) -> int:
    """The number of directions in which strokes run through the point where most of them meet: a radar's spokes."""
    if len(lines) < 3:
        return 0
    start, along = lines[:, :2], lines[:, 2:] - lines[:, :2]
    lengths = np.hypot(along[:, 0], along[:, 1])
    unit = along / lengths[:, None]
    cross = unit[:, None, 0] * unit[None, :, 1] - unit[:, None, 1] * unit[None, :, 0]
    apart = start[None, :, :] - start[:, None, :]
    good = np.abs(cross) > 0.3
    t = (apart[:, :, 0] * unit[None, :, 1] - apart[:, :, 1] * unit[None, :, 0]) / np.where(good, cross, 1.0)
    meet = start[:, None, :] + t[:, :, None] * unit[:, None, :]
    xs, ys = meet[..., 0][good], meet[..., 1][good]
    weight = np.minimum(lengths[:, None], lengths[None, :])[good]
    inside = (
        (xs > 0.15 * scene.width) & (xs < 0.85 * scene.width) & (ys > 0.1 * scene.height) & (ys < 0.9 * scene.height)
    )
    if not inside.any():
        return 0
    votes, x_edges, y_edges = np.histogram2d(xs[inside], ys[inside], bins=(90, 90), weights=weight[inside])
    at = np.unravel_index(int(votes.argmax()), votes.shape)
    near = (np.abs(xs - x_edges[at[0]] - 6) < 14) & (np.abs(ys - y_edges[at[1]] - 6) < 14)
    centre = np.array([np.median(xs[near]), np.median(ys[near])])
    return _rays(scene, centre)


def _rays(scene: Scene, centre: Any) -> int:
    """The number of evenly spread straight lines that leave a point; 0 where they are not even, or those of a grid."""
    ink = cv2.dilate(scene.faint, np.ones((3, 3), np.uint8))
    side = min(scene.width, scene.height)
    best = 0
    for dx, dy in ((0, 0), (-3, 0), (3, 0), (0, -3), (0, 3), (-3, -3), (3, 3), (-3, 3), (3, -3)):
        radii = np.arange(0.03 * side, 0.16 * side, 1.0)
        angles = np.radians(np.arange(0, 360, 1.0))
        xs = (centre[0] + dx + np.outer(np.cos(angles), radii)).round().astype(int).clip(0, scene.width - 1)
        ys = (centre[1] + dy + np.outer(np.sin(angles), radii)).round().astype(int).clip(0, scene.height - 1)
        full = ink[ys, xs].mean(axis=1) > 0.93
        if full.mean() > 0.4:
            continue
        starts = np.flatnonzero(full & ~np.roll(full, 1))
        ends = np.flatnonzero(full & ~np.roll(full, -1))
        if len(starts) < 3:
            continue
        ends = ends if ends[0] >= starts[0] else np.roll(ends, -1)
        best = max(best, _even((starts + (ends - starts) % 360 / 2) % 360))
    return best


def _even(angles: NDArray[np.floating[Any]]) -> int:
    """How many of the angles, in degrees, are those of an even star; 0 where one is not, or all are those of a grid."""
    if (np.abs((angles + 45) % 90 - 45) <= 4).all():
        return 0
    for spokes_ in (3, 5, 6, 7, 8, 9, 10, 12):
        turn = 360 / spokes_
        off = (angles - angles[0] + turn / 2) % turn - turn / 2
        if (np.abs(off - np.median(off)) <= 4).all() and len(angles) >= 0.6 * spokes_:
            return len(angles)
    return 0


def curve_mask(scene: Scene) -> NDArray[np.bool_]:
    """True on thin curves: strokes that are connected over some width and are neither level nor upright."""
    joined = cv2.morphologyEx(scene.strokes, cv2.MORPH_CLOSE, np.ones((7, 9), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = np.zeros((scene.height, scene.width), bool)
    for label, (x, y, wide, high, _) in enumerate(stats.tolist()):
        if label == 0 or wide < 0.06 * scene.width or high < 0.012 * scene.height:
            continue
        inside = (labels[y : y + high, x : x + wide] == label) & (scene.strokes[y : y + high, x : x + wide] > 0)
        if inside.any(axis=0).mean() > 0.5:
            found[y : y + high, x : x + wide] |= inside
    return found


def curves(scene: Scene) -> float:
    """The share in [0, 1] of the picture's width over which curves run; gaps of up to 4 % are bridged."""
    run = np.atleast_2d(curve_mask(scene).any(axis=0).astype(np.uint8))
    bridged = np.asarray(
        cv2.morphologyEx(run, cv2.MORPH_CLOSE, np.ones((1, max(3, round(0.04 * scene.width))), np.uint8))
    )
    return float(bridged.mean())


def dots(scene: Scene) -> int:
    """The number of small compact marks that stand alone."""
    loose = scene.ink & (1 - scene.letters) & ((1 - scene.straight) | scene.vivid)
    _, _, stats, _ = cv2.connectedComponentsWithStats(loose, connectivity=8)
    side = min(scene.width, scene.height)
    return sum(
        min(wide, high) >= 3
        and max(wide, high) <= 0.05 * side
        and max(wide, high) <= 1.6 * min(wide, high)
        and area >= 0.5 * wide * high
        for _, _, wide, high, area in stats[1:].tolist()
    )


def round_parts(scene: Scene) -> list[Part]:
    """Discs of a size between dots and pies, as the nodes of a graph are."""
    side = min(scene.width, scene.height)
    return [
        part
        for part in scene.parts
        if 0.68 <= part.extent <= 0.86
        and 0.85 <= part.box.width / part.box.height <= 1.18
        and 0.015 * side <= part.box.width <= 0.2 * side
    ]


def stepped(scene: Scene, part: Part) -> bool:
    """Whether the upper edge of a shape is a stair, as that of a histogram is, and not a slope."""
    x0, y0, x1, y1 = (int(v) for v in part.box)
    mask = scene.near(scene.colours[part.colour])[y0:y1, x0:x1]
    filled = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    tops = np.where(filled.any(axis=0), filled.argmax(axis=0), y1 - y0)
    steps = np.abs(np.diff(tops.astype(int)))
    jumps = int((steps > 3).sum())
    return jumps >= 4 and float((steps <= 1).mean()) > 0.9 and float(((steps > 0) & (steps <= 3)).mean()) < 0.12
