"""The words around a plot: the names of its axes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from docproc.core.types import Word
from docproc.engines.ocr.find_chart.axes import number
from docproc.engines.ocr.find_chart.scene import Scene

_TIME = re.compile(
    r"(1[89]|20)\d\d([-/–](\d\d|\d{4}))?|[QTH][1-4]|(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\w*"
    r"|(mon|tue|wed|thu|fri|sat|sun)\w*",
    re.IGNORECASE,
)


def across(scene: Scene) -> list[Word]:
    """The words of the x axis' labels: the lowest line of words of which three and more are spread over the width."""
    best: list[Word] = []
    for line in _lines(_level(scene)):
        wide = line[-1].box.x1 - line[0].box.x0 > 0.4 * scene.width
        low = line[0].box.cy > 0.4 * scene.height
        said = sum(number(word.text) is not None or bool(_TIME.fullmatch(word.text)) for word in line)
        apart = sum(b.box.x0 - a.box.x1 > 1.2 * a.box.height for a, b in itertools.pairwise(line))
        if low and wide and apart >= 2 and (said >= 3 or not best):
            best = line
    return best


def in_order(words: Sequence[Word]) -> bool:
    """Whether labels have an order by themselves: numbers, years, months, quarters, days."""
    said = sum(number(word.text) is not None or bool(_TIME.fullmatch(word.text)) for word in words)
    return len(words) >= 3 and 4 * said >= 3 * len(words)


def level_name(scene: Scene, labels: Sequence[Word]) -> list[Word]:
    """The name of the x axis: the words on the next line below its labels, near the middle."""
    if not labels:
        return []
    floor = max(word.box.y1 for word in labels)
    for line in _lines([word for word in _level(scene) if word.box.y0 > floor - 2]):
        close = line[0].box.y0 - floor < 4 * line[0].box.height
        gaps = [b.box.x0 - a.box.x1 for a, b in itertools.pairwise(line)]
        middle = (line[0].box.x0 + line[-1].box.x1) / 2
        if close and all(gap < 1.2 * line[0].box.height for gap in gaps) and 0.2 < middle / scene.width < 0.85:
            return line if any(number(word.text) is None for word in line) else []
        return []
    return []


def upright_name(scene: Scene) -> list[Word]:
    """The name of the y axis: words that stand upright at the left, read from below."""
    tall = [
        w for w in scene.words if w.box.height > 1.3 * w.box.width and len(w.text) > 1 and w.box.cx < 0.25 * scene.width
    ]
    tall = [word for word in tall if number(word.text) is None]
    if not tall:
        return []
    first = min(tall, key=lambda word: word.box.cx)
    column = [
        word
        for word in scene.words
        if abs(word.box.cx - first.box.cx) < 0.6 * first.box.width + 2
        and (word in tall or word.box.width <= 1.6 * first.box.width)
        and number(word.text) is None
    ]
    return sorted(column, key=lambda word: -word.box.cy)


def _level(scene: Scene) -> list[Word]:
    return [word for word in scene.words if word.box.width > 0.6 * word.box.height or len(word.text) < 3]


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words by line, top to bottom, each line from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.cy):
        if lines and abs(word.box.cy - lines[-1][0].box.cy) < 0.5 * min(word.box.height, lines[-1][0].box.height):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.box.x0) for line in lines]
