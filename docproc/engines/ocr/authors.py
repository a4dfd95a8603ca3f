"""Who wrote a document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docproc.core.text.fold import fold
from docproc.engines.ocr.front import Block, Front
from docproc.engines.ocr.lines import Line, union_of
from docproc.engines.ocr.people import is_name, is_names, names_in
from docproc.engines.ocr.view import Found

_BY = re.compile(
    r"^\W*(?:(?:written|prepared|submitted|presented|edited|compiled|authored) by|by|authors?|autor(?:en|in|es)?|"
    r"auteurs?|"
    r"verfasst von|vorgelegt von|eingereicht von|erstellt von|von|rapport (?:etabli|redige) par|etabli par|redige par|"
    r"par|por|elaborado por|presenter|speaker|referent(?:in)?|verfasser(?:in)?|bearbeiter(?:in)?|estimator|"
    r"a cura di|autore|from|de)\b\s*(?P<colon>:)?\s*(?P<name>.*)$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\W*(?:yours (?:sincerely|faithfully|truly)|sincerely|(?:kind|best) regards|regards|mit freundlichen grus+en|"
    r"hochachtungsvoll|"
    r"cordialement|salutations|atentamente|cordiali saluti|distinti saluti|met vriendelijke groet)\b"
)


def author(front: Front, titled: Sequence[Block]) -> Found | None:
    """The persons who wrote it: announced ("by", "Prepared by:"), under the title, or by themselves on a cover."""
    for finder, sure in ((_announced, 0.85), (_signed, 0.8), (_under_title, 0.75), (_on_cover, 0.6)):
        names, lines = finder(front, titled)
        if names:
            text = ", ".join(dict.fromkeys(names))[:400]
            return Found(text, " ".join(line.text for line in lines), sure, union_of(lines))
    return None


def _announced(front: Front, _titled: Sequence[Block]) -> tuple[list[str], list[Line]]:
    for at, line in enumerate(front.lines):
        match = _BY.match(fold(line.text)) if line.page <= 1 and len(line.text) < 120 else None
        if match is None:
            continue
        named = line.text[match.start("name") :]
        lower = fold(line.text).split()[0] in ("de", "from", "von", "par", "por", "by")
        if lower and line.page > 0:
            continue
        names = _leading_names(named)
        if names:
            return names, [line]
        if not named.strip():
            beside = _next_names(front, at)
            if beside:
                return beside
    return [], []


def _leading_names(text: str) -> list[str]:
    """The names at the start of what follows "by": "Rosa Delgado, Safety Office" is one."""
    names = names_in(text)
    if names:
        return names
    found = []
    for part in re.split(r"\s*(?:,|;|\band\b|\bund\b|\bet\b)\s*", text):
        if not is_name(part):
            break
        found.append(part.strip())
    return found


def _next_names(front: Front, at: int) -> tuple[list[str], list[Line]] | None:
    """Names on the lines beside and below a label."""
    label = front.lines[at]
    names: list[str] = []
    lines: list[Line] = []
    for line in front.lines[at + 1 : at + 8]:
        if line.page != label.page or line.box.y0 - label.box.y1 > 6 * label.size:
            break
        if is_names(line.text):
            names += names_in(line.text)
            lines.append(line)
        elif names:
            break
    return (names, lines) if names else None


def _under_title(front: Front, titled: Sequence[Block]) -> tuple[list[str], list[Line]]:
    if not titled:
        return [], []
    box, page, size = titled[-1].box, titled[-1].page, titled[-1].size
    names: list[str] = []
    lines: list[Line] = []
    reach = box.y1 + max(8 * size, 0.25 * front.heights[page])
    for line in front.lines:
        if line.page != page or line.box.y0 < box.y1 - 0.2 * size or line.box.y0 > reach:
            continue
        if is_names(line.text) and line.size <= 1.05 * size:
            names += names_in(line.text)
            lines.append(line)
        elif names or len(line.text.split()) > 14 or ":" in line.text:
            break
    return names, lines


def _signed(front: Front, _titled: Sequence[Block]) -> tuple[list[str], list[Line]]:
    for at, line in enumerate(front.lines):
        if _CLOSING.match(fold(line.text)):
            for below in front.lines[at + 1 : at + 5]:
                if is_name(below.text):
                    return [below.text.strip()], [below]
    return [], []


def _on_cover(front: Front, titled: Sequence[Block]) -> tuple[list[str], list[Line]]:
    """Names by themselves on a first page that holds little else."""
    cover = [line for line in front.lines if line.page == 0]
    if not cover or len(cover) > 30 or sum(len(line.text.split()) for line in cover) > 120:
        return [], []
    taken = {line for block in titled for line in block.lines}
    lines = [line for line in cover if line not in taken and is_names(line.text) and line.size < 2.2 * front.body]
    return [name for line in lines for name in names_in(line.text)], lines
