"""Which kind of chart a picture is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from docproc.engines.ocr.find_chart import shapes
from docproc.engines.ocr.find_chart.axes import Scale, level_scales, upright_scales
from docproc.engines.ocr.find_chart.boxplots import whiskered
from docproc.engines.ocr.find_chart.scene import Part, Scene
from docproc.engines.ocr.find_chart.shapes import Bars

WORDY = 100  # words: a page with more is text, and shows a chart only where there is an axis with numbers, or a pie
AXED = ("bar", "histogram", "line", "area", "scatter", "combination", "box")


@dataclass(frozen=True)
class Sight:
    """What is seen of a chart: its kind ("" where that cannot be told), how sure, its bars and its axes."""

    kind: str
    confidence: float
    bars: Bars
    upright: tuple[Scale, ...]
    level: tuple[Scale, ...]


def look(scene: Scene) -> Sight:
    """The kind of a chart, by its shapes: pies and radars first, which have no axes, then what stands on axes."""
    upright, level = tuple(upright_scales(scene.words)), tuple(level_scales(scene.words))
    bars = shapes.bars(scene)
    kind, confidence = _kind(scene, bars, upright, level)
    if len(scene.words) > WORDY and (kind not in AXED or not (upright or level)):
        kind, confidence = ("pie", 0.6) if kind == "pie" else ("", 0.0)
    return Sight(kind, confidence, bars, upright, level)


def _kind(scene: Scene, bars: Bars, upright: tuple[Scale, ...], level: tuple[Scale, ...]) -> tuple[str, float]:
    round_ = _without_axes(scene, upright, level)
    if round_ is not None:
        return round_
    if whiskered(scene) >= 2:
        return "box", 0.85
    area = _area(scene, bars)
    if area is not None:
        return ("histogram", 0.75) if shapes.stepped(scene, area) else ("area", 0.85)
    curved = shapes.curves(scene)
    if bars.parts:
        if curved > 0.3:
            return "combination", 0.8
        return ("histogram", 0.7) if _touching(bars) else ("bar", 0.9)
    return _loose(scene, curved, upright)


def _loose(scene: Scene, curved: float, upright: tuple[Scale, ...]) -> tuple[str, float]:
    """What is drawn without filled shapes: curves or dots."""
    if curved > 0.25:
        return ("combination", 0.6) if _two_scales(upright, scene) else ("line", 0.85)
    if shapes.dots(scene) >= 5:
        return "scatter", 0.85
    return ("line", 0.4) if curved > 0.12 else ("", 0.0)


def _without_axes(scene: Scene, upright: tuple[Scale, ...], level: tuple[Scale, ...]) -> tuple[str, float] | None:
    if shapes.disc(scene) is not None:
        return "pie", 0.92
    if level:
        return None
    lines = shapes.segments(scene)
    if not upright and len(shapes.round_parts(scene)) >= 3 and len(lines) >= 2:
        return "node_link", 0.75
    return ("radar", 0.85) if shapes.spokes(scene, lines) >= 3 else None


def _area(scene: Scene, bars: Bars) -> Part | None:
    """A filled shape over half of the picture's width whose upper edge is not straight."""
    wide = [
        part
        for part in scene.parts
        if part.box.width > 0.4 * scene.width
        and part.box.height > 0.03 * scene.height
        and part.extent >= 0.3
        and part not in bars.parts
    ]
    return max(wide, key=lambda part: part.area, default=None)


def _touching(bars: Bars) -> bool:
    """Whether bars of one colour stand side by side without gaps: a histogram."""
    if bars.lying or bars.stacked or len(bars.parts) < 5 or len({part.colour for part in bars.parts}) > 1:
        return False
    ordered = sorted(bars.parts, key=lambda part: part.box.x0)
    return all(b.box.x0 - a.box.x1 <= 4 for a, b in itertools.pairwise(ordered))


def _two_scales(upright: tuple[Scale, ...], scene: Scene) -> bool:
    """Whether numbers stand along y on both sides of the plot."""
    return len(upright) >= 2 and upright[-1].at - upright[0].at > 0.5 * scene.width
