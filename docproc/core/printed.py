"""A page's words made findable: built once per reading, asked once per answer."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from docproc.core.boxes import Box, PageBox
from docproc.core.text.dates import find_dates
from docproc.core.text.fold import fold
from docproc.core.text.similar import distance
from docproc.core.types import Page, Reading

# Places of one text on one page that are looked at; a "1" stands everywhere.
MOST_PLACES = 60
_RUN = re.compile(r"[^\W\d_]+|\d+")
# What OCR takes for one another, as one character each.
_CONFUSED = str.maketrans("oqliszbg", "00115289")


class Span(NamedTuple):
    """Words `first` to `last` of a reading, both included; `whole`: the text begins and ends with them."""

    first: int
    last: int
    whole: bool


def letters(text: str) -> str:
    """What is compared: letters and digits, folded, without spaces and marks."""
    return "".join(_RUN.findall(fold(text)))


class Printed:
    """The words of a reading, joined without spaces, so that a text is found however it was cut into words."""

    def __init__(self, page: Page, reading: Reading) -> None:
        self.page = page
        self.reading = reading
        starts: list[int] = []  # where a run of letters or of digits begins in `joined`
        words: list[int] = []  # the word that the run belongs to
        opens: set[int] = set()
        parts: list[str] = []
        at = 0
        for index, word in enumerate(reading.words):
            opens.add(at)
            for run in _RUN.findall(fold(word.text)):
                starts.append(at)
                words.append(index)
                parts.append(run)
                at += len(run)
        self.joined = "".join(parts)
        self._starts, self._words, self._opens = starts, words, opens | {at}
        self._edges = {*starts, at}

    def places(self, wanted: str, inside: bool = False) -> Iterator[Span]:
        """Where `letters` of a text stand; `inside` takes places within a longer run of letters or digits, too."""
        return self._places(self.joined, wanted, inside)

    def alike(self, wanted: str) -> Iterator[Span]:
        """The same, with what OCR takes for one another taken as equal."""
        return self._places(self._confused, wanted.translate(_CONFUSED), False)

    @cached_property
    def _confused(self) -> str:
        return self.joined.translate(_CONFUSED)

    def _places(self, text: str, wanted: str, inside: bool) -> Iterator[Span]:
        at, found = text.find(wanted) if wanted else -1, 0
        while at >= 0 and found < MOST_PLACES:
            end = at + len(wanted)
            if inside or (at in self._edges and end in self._edges):
                found += 1
                yield self.span(at, end)
            at = text.find(wanted, at + 1)

    def span(self, start: int, end: int) -> Span:
        """The words that hold `joined[start:end]`, a part that is not empty."""
        first = self._words[bisect_right(self._starts, start) - 1]
        last = self._words[bisect_right(self._starts, end - 1) - 1]
        return Span(first, last, start in self._opens and end in self._opens)

    def near(self, wanted: str, most: int) -> Span | None:
        """The place that differs least from a text, by `most` edits at the most.

        Of `most` + 1 pieces of a text one at least is free of edits (the pigeonhole principle), so that only the
        surroundings of pieces that stand on the page need be compared.
        """
        size = len(wanted) // (most + 1)
        best: tuple[int, int, int] | None = None
        for piece in range(most + 1):
            part = wanted[piece * size : (piece + 1) * size]
            at, tries = self.joined.find(part), 0
            while at >= 0 and tries < 8:
                tries += 1
                start = max(0, at - piece * size)
                for shift in sorted(range(-most, most + 1), key=abs):
                    end = start + len(wanted) + shift
                    edits = distance(wanted, self.joined[start:end])
                    if edits <= most and (best is None or edits < best[0]):
                        best = edits, start, min(end, len(self.joined))
                at = self.joined.find(part, at + 1)
            if best:
                return self.span(best[1], best[2])
        return None

    @cached_property
    def dates(self) -> dict[str, list[Span]]:
        """The places of every date, read with the day first and with the month first."""
        found: dict[str, list[Span]] = {}
        for _, group in groupby(enumerate(self.reading.words), key=lambda pair: pair[1].line):
            line = list(group)
            text = " ".join(word.text for _, word in line)
            if not any(char.isdigit() for char in text):
                continue
            ends: list[int] = []
            for _, word in line:
                ends.append((ends[-1] + 1 if ends else 0) + len(word.text))
            for iso, start, end in {
                (m.iso, m.start, m.end) for order in (True, False) for m in find_dates(text, order)
            }:
                first, last = bisect_right(ends, start), bisect_right(ends, end - 1)
                found.setdefault(iso, []).append(Span(line[first][0], line[last][0], True))
        return found

    def text(self, span: Span) -> str:
        """The words of a span, with spaces."""
        return " ".join(word.text for word in self.reading.words[span.first : span.last + 1])

    def boxes(self, span: Span) -> list[PageBox]:
        """The place of a span on the page, one box per line of text."""
        words = self.reading.words[span.first : span.last + 1]
        found: list[PageBox] = []
        for _, group in groupby(words, key=lambda word: word.line):
            boxes = [word.box for word in group]
            union = boxes[0]
            for box in boxes[1:]:
                union = union.union(box)
            found.append(self.on_page(union))
        return found

    def on_page(self, box: Box) -> PageBox:
        """A box of the reading's frame in fractions of the page image, clamped to it."""
        pixels = self.reading.to_page.box(box)
        width, height = max(1, self.page.width), max(1, self.page.height)
        x0, x1 = (min(1.0, max(0.0, x / width)) for x in (pixels.x0, pixels.x1))
        y0, y1 = (min(1.0, max(0.0, y / height)) for y in (pixels.y0, pixels.y1))
        return PageBox(self.page.number, Box(x0, y0, x1, y1))
