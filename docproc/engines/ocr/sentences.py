"""The running text of a document as sentences, each with the lines that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docproc.core.text.fold import fold
from docproc.engines.ocr.front import ISSUER, LABEL, ORDERS, is_generic, is_upper
from docproc.engines.ocr.lines import Line
from docproc.engines.ocr.running import is_boilerplate, is_leader

# Pages of text beyond which nothing is read for a summary, and sentences that are weighed.
MOST_SENTENCES = 6000
LONGEST = 420

_END = re.compile(r"(?<=[.!?])[\"”’)\]]?\d{0,2}\s+(?=[\"“„«(]?[A-ZÀ-ÖØ-ÞŠŽ0-9])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|fig|figs|no|nos|nr|vol|pp?|dr|mr|mrs|ms|prof|st|inc|ltd|corp|co|jan|feb|mar|"
    r"apr|jun|"
    r"jul|aug|sept?|oct|nov|dec|bzw|z\.b|d\.h|ca|abb|tab|vgl|u\.a|sog|usw|art|abs|env|p\.ex|m|mme|sr|sra|ing|u\.s|"
    r"eq|sec|"
    r"ch|approx|dept|est|gov|rev|gen)|\b[A-Z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, where it stands, and the folded heading above it."""

    text: str
    lines: tuple[Line, ...]
    heading: str
    first: bool

    @property
    def page(self) -> int:
        """The page that it begins on (index)."""
        return self.lines[0].page


def sentences(lines: Sequence[Line], body: float) -> list[Sentence]:
    """The sentences of body text, in reading order, without headings, lists of contents, labels and boilerplate."""
    found: list[Sentence] = []
    heading = ""
    for paragraph in paragraphs(lines):
        if _is_heading(paragraph, body):
            heading = fold(" ".join(line.text for line in paragraph))[:200]
            continue
        for at, (text, where) in enumerate(_split(paragraph)):
            if _is_content(text):
                found.append(Sentence(text, where, heading, at == 0))
        if len(found) >= MOST_SENTENCES:
            break
    return found


def paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that go on with each other, in reading order; a paragraph may go on in the next column or page."""
    run: list[Line] = []
    for line in lines:
        if is_leader(line.text):
            continue
        if run and not _goes_on(run[-1], line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _goes_on(above: Line, line: Line) -> bool:
    low, high = sorted((above.size, line.size))
    if low < 0.8 * high:
        return False
    if above.page == line.page:
        pitch = line.box.y0 - above.box.y0
        beside = abs(pitch) < 0.5 * low and line.box.x0 >= above.box.x1 - low and line.box.x0 - above.box.x1 < 3 * high
        below = 0 < pitch <= 1.9 * high and line.box.x0 < above.box.x1
        if beside or (
            below and not (above.bold and not line.bold and above.text[-1:] not in ",;-" and len(above.words) < 12)
        ):
            return True
    # Into the next column or page only in the midst of a sentence.
    open_end = above.text[-1:].isalpha() or above.text[-1:] in ",-"
    return open_end and len(above.words) >= 4 and line.text[:1].islower()


def _is_heading(paragraph: Sequence[Line], body: float) -> bool:
    words = sum(len(line.words) for line in paragraph)
    text = paragraph[-1].text
    if words > 22 or text.endswith((".", ",", ";")):
        return words <= 4 and is_generic(text)
    return paragraph[0].size > 1.08 * body or paragraph[0].bold or is_upper(text) or is_generic(text)


def _split(paragraph: Sequence[Line]) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The sentences of a paragraph with the lines that they touch."""
    text, starts = "", []
    for line in paragraph:
        piece = line.text
        if text.endswith("-") and len(text) > 2 and text[-2].islower() and piece[:1].islower():
            text = text[:-1]
        elif text:
            text += " "
        starts.append(len(text))
        text += piece
    begin = 0
    for end in [*_ends(text), len(text)]:
        sentence = text[begin:end].strip()
        if sentence:
            where = [
                line
                for line, start, stop in zip(paragraph, starts, [*starts[1:], len(text) + 1], strict=True)
                if start < end and stop > begin
            ]
            yield sentence, tuple(where)
        begin = end


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        if not _SHORT.search(text[max(0, match.start() - 8) : match.start()]):
            yield match.end()


def _is_content(text: str) -> bool:
    words = text.split()
    if not len(words) >= 6 or not 30 <= len(text) <= LONGEST:
        return False
    letters = sum(char.isalpha() for char in text)
    lower = sum(word.islower() for word in words)
    if letters < 0.74 * len(text.replace(" ", "")) or lower < 0.4 * len(words):
        return False
    folded = fold(text)
    if ORDERS.search(folded) or is_boilerplate(folded) or LABEL.match(folded):
        return False
    single = sum(len(word) == 1 and word not in "aAIyeéoàè" for word in words)
    return single <= 0.15 * len(words) and (text[-1] in '.!?”"' or (len(words) >= 9 and not ISSUER.search(folded)))
