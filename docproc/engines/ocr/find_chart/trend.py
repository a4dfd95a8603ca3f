"""In which direction values go."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from docproc.engines.ocr.find_chart.values import Point

STEADY = 0.08  # a range of values this small, against their size, is no change
CLEAR = 0.65  # a correlation of place and value from which a direction is clear


def trend(points: Sequence[Point]) -> str:
    """rising, falling, steady or mixed; "" where the points are too few."""
    series: dict[int, list[Point]] = {}
    for point in points:
        series.setdefault(point.series, []).append(point)
    if 2 * len(series) > len(points):
        series = {0: list(points)}  # a colour for each place, not for each series
    ways = {_way(sorted(own, key=lambda point: point.place)) for own in series.values() if len(own) >= 3}
    if not ways:
        return ""
    return ways.pop() if len(ways) == 1 else "mixed"


def _way(own: Sequence[Point]) -> str:
    values = [point.value for point in own]
    size = max(abs(value) for value in values)
    if size == 0 or max(values) - min(values) < STEADY * size:
        return "steady"
    places = [point.place for point in own]
    mx, mv = mean(places), mean(values)
    sxx = sum((x - mx) ** 2 for x in places)
    svv = sum((v - mv) ** 2 for v in values)
    r = (
        sum((x - mx) * (v - mv) for x, v in zip(places, values, strict=True)) / (sxx * svv) ** 0.5
        if sxx and svv
        else 0.0
    )
    if r > CLEAR:
        return "rising"
    return "falling" if r < -CLEAR else "mixed"
