"""The title of a document, by what readers go by: large type, the top of the first page, standing by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from docproc.core.text.dates import find_dates
from docproc.engines.ocr.front import (
    CODE,
    CONTACT,
    ISSUER,
    LABEL,
    ORDERS,
    SUBJECT,
    Block,
    Front,
    is_date_line,
    is_generic,
    is_upper,
    joined,
)
from docproc.engines.ocr.lines import union_of
from docproc.engines.ocr.people import is_names
from docproc.engines.ocr.view import Found

# A block that scores less is no title: body text of a page without one scores about 0.
LEAST = 0.6
# Below this a subject line ("Re: …") names the document better than what stands out.
SURE_TITLE = 2.6


def title(front: Front) -> Found | None:
    """The title, its lines joined; None where nothing on the first pages stands out."""
    return title_and_blocks(front)[0]


def title_and_blocks(front: Front) -> tuple[Found | None, list[Block]]:
    """The title, and the blocks that it stands in."""
    scored = sorted(((score(block, front), at) for at, block in enumerate(front.blocks)), reverse=True)
    if not scored or scored[0][0] < SURE_TITLE:
        for block in front.blocks:
            subject = _subject(block)
            if subject:
                return subject, [block]
    if not scored or scored[0][0] < LEAST:
        return None, []
    blocks = _with_rest(front, scored[0][1])
    second = next((other for other, at in scored[1:] if front.blocks[at] not in blocks), 0.0)
    return _found(blocks, scored[0][0], second), blocks


def _found(blocks: Sequence[Block], best: float, second: float) -> Found | None:
    text = clean_title(joined(block.text for block in blocks))
    if not text:
        return None
    sure = 1 / (1 + math.exp(-(0.1 + 1.6 * (best - second) + 0.3 * (best - 1.5))))
    lines = [line for block in blocks for line in block.lines]
    return Found(text, joined(line.text for line in lines), min(0.95, sure), union_of(lines))


def score(block: Block, front: Front) -> float:
    """How much a block looks like a title: about 0 for body text, 2 and more for a title page's."""
    value = 2.0 * min(2.2, math.log2(max(block.size, 1.0) / front.body))
    value += 0.5 if block.bold or is_upper(block.text) else 0.0
    value += 0.9 * (1 - block.y) + (0.7 if _opens_page(block, front) else 0.0)
    value -= 0.8 if block.y > 0.62 else 0.0
    value -= 0.7 if block.y > 0.8 else 0.0
    value -= 1.0 * block.page
    value += _by_length(block)
    return value - _penalty(block, front)


def _by_length(block: Block) -> float:
    count = block.words
    if count == 1:  # a logo, a heading
        return -0.5 if _KINDS.search(block.folded) else -1.0
    value = 0.3 if 3 <= count <= 18 else 0.0 if count < 24 else -0.08 * (count - 22)
    letters = sum(char.isalpha() for char in block.text)
    return value - (1.5 if letters < 0.55 * len(block.text.replace(" ", "")) or letters < 4 else 0.0)


def _penalty(block: Block, front: Front) -> float:
    text = block.folded[:300]
    value = 3.0 if is_generic(block.text) else 0.0
    value += 3.0 if ORDERS.search(text) else 0.0
    value += 2.0 if is_date_line(block.text) else 0.0
    value += 2.0 if LABEL.match(text) else 0.0
    value += 1.5 if CONTACT.search(text) else 0.0
    kind = _KINDS.search(text)
    value += 1.2 if CODE.search(text) and block.words <= 8 and not kind else 0.0
    value -= 0.5 if kind and block.words <= 12 and not block.text[:1].islower() else 0.0
    value += 1.5 if _MONEY.search(text) else 0.0
    value += 0.8 if block.words <= 10 and not kind and find_dates(text) else 0.0
    value += 1.2 if _CAPTION.match(text) or _SUM.match(text) else 0.0
    value += 1.2 if not block.text[:1].isalnum() and block.text[:1] not in "\"“„«'‘(¿¡" else 0.0
    value += 1.2 if ISSUER.search(text) and block.words <= 9 and not kind else 0.0
    value += 0.8 if is_names(block.text) and block.words <= 8 else 0.0
    value += 4.0 if _in_masthead(block, front) else 0.0
    value += 2.2 if not front.exact and block.words == 1 and not kind and _outranked(block, front) else 0.0
    value += 0.6 if _SENTENCE.search(block.text) else 0.0
    return value + (0.8 if block.text[:1].islower() else 0.0)


_MONEY = re.compile(r"(?:[€$£]|\b(?:eur|usd|gbp|chf)\b) ?\d|\d[.,]\d{2} ?(?:[€$£]|eur\b|usd\b|chf\b)|\d[.,]\d{2}$")
_CAPTION = re.compile(
    r"^\W*(?:table|figure|fig|exhibit|tabelle|abbildung|abb|tab|tableau|tabla|figura|box|chart|annex|"
    r"appendix)\W{0,2}[\da-z]{1,3}\b"
)
_SUM = re.compile(
    r"^\W*(?:sub-?total|total|amount|montant|betrag|gesamt|summe|importe|date|balance|numero|number|adresse|"
    r"address|contact)\b"
)
_SENTENCE = re.compile(r"\w{3}\.$|\w{3}\. [A-Z]")
# Words that name a kind of document: an authority's name with one of them is a title ("Report of the Commission").
_KINDS = re.compile(
    r"report|review|plan|strategy|guide|manual|policy|bericht|rapport|informe|study|studie|analysis|survey|handbook|"
    r"agreement|proposal|statement|invoice|rechnung|facture|estimate|application|bescheid|minutes|programme|program\b"
)


def _outranked(block: Block, front: Front) -> bool:
    """Whether a single word, on a page image perhaps a logo, has other words in large type on its page."""
    return any(
        other.page == block.page and other.words >= 3 and other.size >= 1.2 * front.body and other.worded
        for other in front.blocks
        if other is not block and other.y < 0.65 and not LABEL.match(other.folded)
    )


def _opens_page(block: Block, front: Front) -> bool:
    """Whether no text of its page that could be a title stands above it, and something else does below."""
    above = [
        other for other in front.blocks if other.page == block.page and other.box.y1 <= block.box.y0 + 0.3 * block.size
    ]
    if not front.exact:  # a logo
        above = [other for other in above if other.words > 1]
    return not any(other.worded for other in above)


def _in_masthead(block: Block, front: Front) -> bool:
    """Whether it stands with a periodical's volume and number at the head of the first page."""
    return block.page == 0 and block.box.y0 < front.masthead


def _with_rest(front: Front, at: int) -> list[Block]:
    """The block with a next one in slightly other type that goes on with it, as titles in two sizes do."""
    block = front.blocks[at]
    run = [block]
    for other in front.blocks[at + 1 :]:
        last = run[-1]
        low, high = sorted((last.size, other.size))
        near = other.page == last.page and 0 < other.box.y0 - last.box.y1 + 0.5 * low <= 1.1 * high
        lined = min(last.box.x1, other.box.x1) - max(last.box.x0, other.box.x0) > 0.3 * min(
            last.box.width, other.box.width
        )
        alike = low >= 0.68 * high and other.bold == last.bold and other.size >= 1.15 * front.body
        goes_on = _penalty(other, front) <= (0.8 if other.text[:1].islower() else 0.0)
        if near and lined and alike and goes_on and sum(b.words for b in run) + other.words <= 22:
            run.append(other)
        elif near:
            break
    return run


def _subject(block: Block) -> Found | None:
    """The subject line of a letter or memo, where the block is or holds it."""
    if block.page > 0 or block.y > 0.6:
        return None
    match = SUBJECT.match(block.text)
    if match and block.words <= 40:
        return Found(clean_title(block.text[match.end() :]), block.text, 0.8, union_of(block.lines))
    for line in block.lines:
        match = SUBJECT.match(line.text)
        if match:
            return Found(clean_title(line.text[match.end() :]), line.text, 0.75, union_of([line]))
    return None


def clean_title(text: str) -> str:
    """A title without rules and bullets around it, and without the spaces of s p a c e d letters."""
    tokens = text.split()
    spaced = len(tokens) >= 5 and all(len(token) == 1 for token in tokens)
    text = ("" if spaced else " ").join(tokens).strip(" -–—*•·|_=~")
    return text[:400]
