"""All that is seen of one chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from docproc.core.boxes import Box
from docproc.core.types import Reading, Word
from docproc.engines.ocr.find_chart.kinds import Sight, look
from docproc.engines.ocr.find_chart.scene import Scene, straightened
from docproc.engines.ocr.find_chart.titles import across, in_order, level_name, upright_name
from docproc.engines.ocr.find_chart.trend import trend
from docproc.engines.ocr.find_chart.values import Point, points


@dataclass(frozen=True)
class Analysis:
    """What is known of a chart. `index` is that of its page in the view, `kind` is "" where none is seen.

    `boxes` maps the words of `points` and of the axes' names to their boxes in the reading's frame. `lying`: bars lie.
    """

    index: int = 0
    kind: str = ""
    confidence: float = 0.0
    trend: str = ""
    lying: bool = False
    points: tuple[Point, ...] = ()
    x_name: tuple[Word, ...] = ()
    y_name: tuple[Word, ...] = ()
    boxes: Mapping[Word, Box] = field(default_factory=dict)


def study(pixels: NDArray[np.uint8], reading: Reading, index: int = 0) -> Analysis:
    """The chart on a page: `pixels` are RGB, (height, width, 3), as the page is displayed."""
    turned, words = straightened(pixels, reading)
    scene = Scene(turned, words)
    sight = look(scene)
    if not sight.kind:
        return Analysis(index)
    found = points(scene, sight)
    labels = across(scene)
    boxes = {seen: word.box for seen, word in zip(scene.words, reading.words, strict=True)}
    return Analysis(
        index,
        sight.kind,
        sight.confidence,
        _direction(sight, found, labels),
        sight.bars.lying,
        tuple(found),
        tuple(level_name(scene, labels)),
        tuple(upright_name(scene)),
        boxes,
    )


def _direction(sight: Sight, found: list[Point], labels: list[Word]) -> str:
    """The trend over an x axis whose labels have an order; lying bars and shares have none."""
    if sight.kind == "pie" or sight.bars.lying or not (sight.level or in_order(labels)):
        return ""
    return trend(found)
