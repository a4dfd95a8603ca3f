"""A `Reading` as a few flat columns: quick to pickle, exact to the last bit of a double."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import starmap
from typing import Any

from docproc.core.boxes import Affine, Box
from docproc.core.types import Reading, Word

Columns = tuple[Any, ...]


def split(reading: Reading) -> Columns:
    """The columns of a reading."""
    texts, boxes, confidences, sizes, bolds, lines = zip(*reading.words, strict=True) if reading.words else ((),) * 6
    return (
        (reading.source, reading.width, reading.height, reading.turn, tuple(reading.to_page)),
        texts,
        _flat(boxes),
        array("d", confidences),
        array("d", sizes),
        bytes(bolds),
        array("l", lines),
        _flat(reading.rules),
    )


def join(columns: Columns) -> Reading:
    """The reading whose columns these are."""
    (source, width, height, turn, to_page), texts, boxes, confidences, sizes, bolds, lines, rules = columns
    words = map(Word, texts, _boxes(boxes), confidences, sizes, map(bool, bolds), lines)
    return Reading(source, tuple(words), width, height, turn, Affine(*to_page), tuple(_boxes(rules)))


def _flat(boxes: Sequence[Box]) -> array[float]:
    return array("d", [side for box in boxes for side in box])


def _boxes(flat: array[float]) -> starmap[Box]:
    sides = iter(flat)
    return starmap(Box, zip(sides, sides, sides, sides, strict=True))
