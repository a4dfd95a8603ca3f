"""A `Reading` as bytes: how it travels between processes and is stored.

Layout, little-endian, before DEFLATE: the head (`HEAD`), then one plane after the other: the words' four coordinates,
sizes, confidences, lines, bold flags and text lengths, the rules' coordinates, and all words' text as UTF-8. Planes of
one kind of number compress two to three times better than word after word. A first byte outside names the layout.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from struct import Struct
from typing import Any, Literal, TypeVar

from docproc.core.boxes import Affine, Box
from docproc.core.types import Reading, Word

Made = TypeVar("Made", Box, Word)

LAYOUT = b"\x01"
# source, turn, width, height, six of the affine map, number of words, number of rules
HEAD = Struct("<BH2d6dII")
SOURCES: tuple[Literal["layer"], Literal["ocr"]] = ("layer", "ocr")
TENTH = 10.0  # coordinates and font sizes are kept to 0.1 px: a word box is never known better
PER_MILLE = 1000.0  # confidences to 0.001


def pack(reading: Reading) -> bytes:
    """The reading as bytes: coordinates to 0.1 px, confidences to 0.001, everything else exactly.

    What comes back from `unpack` packs to the same bytes again.
    """
    words = reading.words
    texts, boxes, confidences, sizes, bolds, lines = zip(*words, strict=True) if words else ((),) * 6
    head = HEAD.pack(
        SOURCES.index(reading.source),
        reading.turn,
        reading.width,
        reading.height,
        *reading.to_page,
        len(words),
        len(reading.rules),
    )
    planes = [
        *(_plane(values, TENTH) for values in _sides(boxes)),
        _plane(sizes, TENTH),
        _plane(confidences, PER_MILLE),
        _plane(lines, 1.0),
        bytes(map(bool, bolds)),
        _plane(map(len, texts), 1.0),
        *(_plane(values, TENTH) for values in _sides(reading.rules)),
        # A lone surrogate must survive, should one have come this far.
        "".join(texts).encode("utf-8", "surrogatepass"),
    ]
    return LAYOUT + zlib.compress(head + b"".join(planes), 1)


def unpack(data: bytes) -> Reading:
    """The reading in `data`. Raises ValueError where these are not the bytes of a packed reading."""
    if data[:1] != LAYOUT:
        raise ValueError(f"a packed reading of the unknown layout {data[:1]!r}")
    try:
        raw = memoryview(zlib.decompress(memoryview(data)[1:]))
    except zlib.error as error:
        raise ValueError(f"a packed reading that is damaged: {error}") from error
    source, turn, width, height, *affine, count, ruled = HEAD.unpack_from(raw)
    planes = _Planes(raw, HEAD.size)
    sides = [planes.tenths(count) for _ in range(4)]
    sizes = planes.tenths(count)
    confidences = [value / PER_MILLE for value in planes.integers(count)]
    lines = planes.integers(count)
    bolds = map(bool, planes.octets(count))
    lengths = planes.integers(count)
    rules = [planes.tenths(ruled) for _ in range(4)]
    texts = _split(planes.text(), lengths)
    words = _made(Word, zip(texts, _made(Box, zip(*sides, strict=True)), confidences, sizes, bolds, lines, strict=True))
    return Reading(
        source=SOURCES[source],
        words=tuple(words),
        width=width,
        height=height,
        turn=turn,
        to_page=Affine(*affine),
        rules=tuple(_made(Box, zip(*rules, strict=True))),
    )


class _Planes:
    """Reads one plane after the other."""

    def __init__(self, raw: memoryview, at: int) -> None:
        self._raw = raw
        self._at = at

    def octets(self, count: int) -> memoryview:
        piece = self._raw[self._at : self._at + count]
        self._at += count
        return piece

    def integers(self, count: int) -> array[int]:
        values = array("i")
        values.frombytes(self.octets(values.itemsize * count))
        if sys.byteorder == "big":
            values.byteswap()
        return values

    def tenths(self, count: int) -> list[float]:
        return [value / TENTH for value in self.integers(count)]

    def text(self) -> str:
        return str(self._raw[self._at :], "utf-8", "surrogatepass")


def _sides(boxes: Sequence[Box]) -> Iterable[Sequence[float]]:
    return zip(*boxes, strict=True) if boxes else repeat((), 4)


def _plane(values: Iterable[float], scale: float) -> bytes:
    plane = array("i", map(round, [value * scale for value in values]))
    if sys.byteorder == "big":
        plane.byteswap()
    return plane.tobytes()


def _made(kind: type[Made], rows: Iterable[tuple[Any, ...]]) -> Iterator[Made]:
    """Named tuples of complete rows. Their own constructor is a Python function, which takes four times as long."""
    return map(tuple.__new__, repeat(kind), rows)


def _split(text: str, lengths: Iterable[int]) -> list[str]:
    pieces, start = [], 0
    for length in lengths:
        pieces.append(text[start : start + length])
        start += length
    return pieces
