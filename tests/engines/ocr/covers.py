"""Pages of reports, letters and papers, made in code from the layouts of a file."""

from __future__ import annotations

import random
import re

from docproc.core.boxes import Box
from docproc.core.types import Reading, Word

WIDTH, HEIGHT, MARGIN = 1240.0, 1754.0, 150.0
_LINE = re.compile(r"(\d+)(b?)([clr]?) (.*)")
_FILLER = {
    "": str.split(
        "The committee reviewed the available evidence and found that the measures had been applied in most of the "
        "districts although several of them lacked the staff to report results in time and quality"
    ),
    "d": str.split(
        "Die Untersuchung zeigt dass die Verfahren in den meisten Bereichen angewendet wurden obwohl einige Stellen "
        "nicht rechtzeitig berichten konnten und weitere Daten fehlen"
    ),
}


def cover_readings(text: str, scanned: bool = False) -> tuple[Reading, ...]:
    """The pages as a text layer gives them, or as OCR reads their scan: nothing bold, and sizes that shake.

    Pages are parted by "---"; a line is "<font size><b for bold><c, r: aligned> text"; "@0.3" goes down to that share
    of the page, "~9" sets nine lines of body text ("~9d" in German).
    """
    shake = random.Random(7)
    return tuple(_page(page, scanned, shake) for page in text.strip("\n").split("\n---\n"))


def _page(text: str, scanned: bool, shake: random.Random) -> Reading:
    words: list[Word] = []
    y, number = 100.0, 0
    for raw in text.split("\n"):
        if not raw.strip():
            y += 24
        elif raw.startswith("@"):
            y = float(raw[1:]) * HEIGHT
        elif raw.startswith("~"):
            count, filler = int(re.sub(r"\D", "", raw)), _FILLER[raw.lstrip("~0123456789")]
            for _ in range(count):
                start = shake.randrange(len(filler))
                words += _line(" ".join((filler * 2)[start : start + 13]), 21, ("", ""), y, number)
                y, number = y + 27, number + 1
            y += 14
        else:
            match = _LINE.match(raw)
            assert match, raw
            size = int(match[1])
            drawn = _line(match[4], size, (match[2], match[3]), y, number)
            words += [_scanned(word, shake) for word in drawn] if scanned else drawn
            y, number = y + size * 1.3, number + 1
    return Reading("ocr" if scanned else "layer", tuple(words), WIDTH, HEIGHT)


def _line(text: str, size: float, style: tuple[str, str], y: float, number: int) -> list[Word]:
    wide = size * 0.54 if style[0] else size * 0.5
    left = {"c": (WIDTH - len(text) * wide) / 2, "r": WIDTH - MARGIN - len(text) * wide}.get(style[1], MARGIN)
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        box = Box(left + at * wide, y, left + (at + len(word)) * wide, y + size * 1.15)
        found.append(Word(word, box, 1.0, size, bool(style[0]), number))
        at += len(word)
    return found


def _scanned(word: Word, shake: random.Random) -> Word:
    height = word.size * 0.95 * shake.uniform(0.97, 1.03)
    box = word.box._replace(y1=word.box.y0 + height)
    return Word(word.text, box, 0.97, height, False, word.line)
