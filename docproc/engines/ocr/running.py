"""Text that is not content: running heads and feet, page numbers, contents lists, boilerplate."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from docproc.core.types import Reading
from docproc.engines.ocr.lines import Line, compact

# The bands of a page, as fractions of its height, in which running heads and feet stand.
HEAD, FOOT = 0.11, 0.89
_DIGITS = re.compile(r"\d+|\b[ivxl]{1,5}\b")
_LEADERS = re.compile(r"(?:\. ?){5,}|…{2,}|_{4,}")
_BOILERPLATE = re.compile(
    r"all rights reserved|copyright|©|isbn|issn|printed in|this page (?:is )?intentionally|terms and conditions|"
    r"for more information|visit (?:us|our)|www\.|https?:|alle rechte vorbehalten|tous droits reserves|"
    r"todos los derechos|thank you for|vielen dank fur|merci de votre|unsubscribe|confidential|\S@\S",
    re.IGNORECASE,
)


def running(lines: Sequence[Line], readings: Sequence[Reading]) -> set[Line]:
    """The lines in the margins that stand on several pages (figures aside), and page numbers."""
    seen: dict[str, list[Line]] = defaultdict(list)
    found: set[Line] = set()
    for line in lines:
        height = max(1.0, readings[line.page].height)
        top, bottom = line.box.y0 / height, line.box.y1 / height
        if top > HEAD and bottom < FOOT:
            continue
        key = compact(_DIGITS.sub("", line.text[:120].lower()))
        if key:
            seen[key].append(line)
        elif len(line.text) <= 12:
            found.add(line)
    for same in seen.values():
        if len({line.page for line in same}) >= 2:
            found.update(same)
    return found


def is_leader(text: str) -> bool:
    """Whether a line is a part of a contents list: dots lead to a page number."""
    return _LEADERS.search(text) is not None


def is_boilerplate(text: str) -> bool:
    """Whether a sentence is about rights, addresses or thanks, and not about the document's matter."""
    return _BOILERPLATE.search(text) is not None
