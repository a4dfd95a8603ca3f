"""The values that a chart's shapes stand for: numbers printed at them, else read from the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from docproc.core.types import Word
from docproc.engines.ocr.find_chart.axes import Scale, number
from docproc.engines.ocr.find_chart.kinds import Sight
from docproc.engines.ocr.find_chart.scene import Part, Scene
from docproc.engines.ocr.find_chart.shapes import curve_mask


@dataclass(frozen=True)
class Point:
    """A value at a place along the chart's main direction; `series` tells colours apart.

    `word` is the printed number, None where the value was read from the axis (then `error` is its likely error).
    """

    place: float
    value: float
    series: int = 0
    word: Word | None = None
    error: float = 0.0


def points(scene: Scene, sight: Sight) -> list[Point]:
    """The values of bars, of lines and of dots; [] where neither numbers nor an axis tell them."""
    if sight.kind in ("bar", "histogram") and sight.bars.parts and not sight.bars.stacked:
        return _of_bars(scene, sight)
    scale = _left(sight)
    if sight.kind in ("line", "scatter") and scale is not None:
        found = _of_lines(scene, scale) if sight.kind == "line" else _of_dots(scene, scale)
        return _written(scene, sight, scale) or found
    if sight.kind == "pie":
        return _of_pie(scene)
    return []


def _left(sight: Sight) -> Scale | None:
    """The scale along y, where there is one and only one."""
    return sight.upright[0] if len(sight.upright) == 1 else None


def _of_bars(scene: Scene, sight: Sight) -> list[Point]:
    lying = sight.bars.lying
    scales = sight.level if lying else sight.upright
    scale = scales[0] if scales else None
    printed = [(part, _printed(part, scene.words, scale, lying)) for part in sight.bars.parts]
    found = []
    for part, word in printed:
        place = part.box.cy if lying else part.box.cx
        if word is not None:
            found.append(Point(place, number(word.text) or 0.0, part.colour, word))
        elif scale is not None and len(scales) == 1:
            end = part.box.x1 if lying else part.box.y0
            found.append(Point(place, scale.value(end), part.colour, None, abs(scale.slope)))
    return found if len(found) == len(printed) and _believable(found, sight) else []


def _believable(found: Sequence[Point], sight: Sight) -> bool:
    """Whether values go with the bars' lengths, and bars are broad enough that none was overlooked."""
    lengths = [part.box.width if sight.bars.lying else part.box.height for part in sight.bars.parts]
    breadths = [part.box.height if sight.bars.lying else part.box.width for part in sight.bars.parts]
    values = [point.value for point in found]
    if min(breadths) < 8 or len(set(values)) < 2:
        return False
    return len(values) < 3 or float(np.corrcoef(lengths, np.abs(values))[0, 1]) > 0.95


def _printed(part: Part, words: Sequence[Word], scale: Scale | None, lying: bool) -> Word | None:
    """The number that is printed just beyond the end of a bar, or inside it at its end."""
    ticks = scale.words if scale is not None else ()
    for word in words:
        if number(word.text) is None or word in ticks:
            continue
        box, size = word.box, min(word.box.height, 40.0)
        if lying:
            near = (
                abs(box.cy - part.box.cy) < max(0.5 * part.box.height, 4.0)
                and abs(box.cx - part.box.x1) < 2.5 * box.width
            )
        else:
            near = (
                abs(box.cx - part.box.cx) < max(0.5 * part.box.width, 6.0)
                and -2.2 * size < box.cy - part.box.y0 < 2 * size
            )
        if near and (
            scale is None
            or abs(scale.value(part.box.x1 if lying else part.box.y0) - (number(word.text) or 0.0))
            <= max(0.6 * scale.step, 6 * abs(scale.slope))
        ):
            return word
    return None


def _written(scene: Scene, sight: Sight, scale: Scale) -> list[Point]:
    """Numbers that are printed at points of the plot: three and more that stand at the height of their value."""
    ticks = {word for other in (*sight.upright, *sight.level) for word in other.words}
    found = []
    for word in scene.words:
        value = number(word.text)
        if value is None or word in ticks or word.box.x0 <= scale.at:
            continue
        if abs(scale.value(word.box.cy) - value) <= max(1.0 * scale.step, 3 * word.box.height * abs(scale.slope)):
            found.append(Point(word.box.cx, value, 0, word))
    return found if len(found) >= 3 else []


def _of_lines(scene: Scene, scale: Scale) -> list[Point]:
    """The highest and the lowest curve at about sixty places: series 0 and 1 (the same where one curve is)."""
    mask = curve_mask(scene)
    columns = np.flatnonzero(mask.any(axis=0))
    if len(columns) < 0.2 * scene.width:
        return []
    tops = mask[:, columns].argmax(axis=0).astype(float)
    bottoms = scene.height - 1.0 - mask[::-1, columns].argmax(axis=0)
    alone = bottoms - tops < 12
    middles = (tops + bottoms) / 2
    highest, lowest = np.where(alone, middles, tops + 1), np.where(alone, middles, bottoms - 1)
    error = 2 * abs(scale.slope)
    runs = (np.diff(mask[:, columns].astype(np.int8), axis=0, prepend=0) > 0).sum(axis=0)
    whole = np.flatnonzero(runs == np.bincount(runs).argmax())  # where no curve is hidden
    chosen = whole[np.linspace(0, len(whole) - 1, 60).astype(int)].tolist()
    wanted = [(k, series) for k in sorted(set(chosen)) for series in (0, 1)]
    wanted += [(int(highest.argmin()), 0), (int(lowest.argmax()), 1)]
    rows = (highest, lowest)
    return [Point(float(columns[k]), scale.value(float(rows[s][k])), s, None, error) for k, s in wanted]


def _of_dots(scene: Scene, scale: Scale) -> list[Point]:
    side = min(scene.width, scene.height)
    loose = scene.ink & (1 - scene.letters) & ((1 - scene.straight) | scene.vivid)
    _, _, stats, centres = cv2.connectedComponentsWithStats(loose, connectivity=8)
    top, bottom = min(w.box.y0 for w in scale.words), max(w.box.y1 for w in scale.words)
    found = []
    for (x, y, wide, high, _), (cx, cy) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        small = min(wide, high) >= 3 and max(wide, high) <= min(0.05 * side, 1.6 * min(wide, high))
        if small and x > scale.at and top - 5 <= y <= bottom:
            found.append(Point(cx, scale.value(cy), 0, None, abs(scale.slope)))
    return found


def _of_pie(scene: Scene) -> list[Point]:
    """The numbers at the sectors, where they are shares that make a whole."""
    numbers = [(word, number(word.text)) for word in scene.words]
    for percent in (True, False):
        shown = [(word, value) for word, value in numbers if value is not None and word.text.endswith("%") == percent]
        total = sum(value for _, value in shown)
        if len(shown) >= 2 and (98 <= total <= 102 or (percent and total > 90)):
            return [Point(float(k), value, 0, word) for k, (word, value) in enumerate(shown)]
    return []


def rounded(point: Point) -> str:
    """A value with as many digits as it is known to."""
    if point.error <= 0:
        return f"{point.value:.10g}"
    digits = max(0, -math.ceil(math.log10(max(point.error, 1e-9))))
    text = f"{point.value:.{min(6, digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
