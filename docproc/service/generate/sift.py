"""Which of a teacher's exchanges are kept: those that stand on the page, none twice. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docproc.core.printed import Printed, letters
from docproc.core.seek import FEW_LETTERS, Hit, Sought, boxes_of, closely, exactly
from docproc.core.text.fold import fold
from docproc.core.types import Page
from docproc.service.generate.kinds import Exchange

# Two exchanges with so much of their words in common say the same.
ALIKE = 0.8
NOWHERE = "that stand nowhere on the page"
UNREAD = "of pages whose words nobody could read"
TWICE = "that say what another one says"


@dataclass(frozen=True, slots=True)
class Found:
    """An exchange, and where its answer stands: [page, left, top, right, bottom] each, fractions of the page."""

    exchange: Exchange
    boxes: tuple[tuple[float, ...], ...] = ()


def printed_ones(exchanges: Sequence[Exchange], page: Page, dropped: Counter[str]) -> list[Found]:
    """Those whose answer is printed on the page, save letters that OCR gets wrong; the others are counted."""
    reading = page.reading
    if reading is None or not reading.words:
        dropped[UNREAD] += len(exchanges)
        return []
    printed = Printed(page, reading)
    kept = []
    for exchange in exchanges:
        hit = _place(printed, exchange)
        if hit is None:
            dropped[NOWHERE] += 1
            continue
        boxes = boxes_of(printed, hit.places[0])
        kept.append(Found(exchange, tuple((box.page, *(round(edge, 5) for edge in box.box)) for box in boxes)))
    return kept


def _place(printed: Printed, exchange: Exchange) -> Hit | None:
    """Where the answer stands. Of several places the quote tells which; it alone proves nothing of the answer, but a
    short answer ("3") proves nothing without it.
    """
    answer = Sought("string", exchange.answer)
    quote = Sought("string", exchange.quote)
    hit = exactly(printed, answer, anywhere=True) or closely(printed, answer)
    if hit is None:
        return None
    told = letters(exchange.answer) in letters(exchange.quote)
    quoted = exactly(printed, quote, anywhere=True) if told else None
    if len(letters(exchange.answer)) < FEW_LETTERS:
        return quoted
    return quoted if quoted is not None and len(hit.places) > 1 else hit


class Distinct:
    """Tells what was said before, of one page."""

    def __init__(self) -> None:
        self._said: list[frozenset[str]] = []

    def is_new(self, exchange: Exchange) -> bool:
        """Whether it says something new; if so it is remembered."""
        said = frozenset(tokens(f"{exchange.question} {exchange.answer}"))
        if any(jaccard(said, other) >= ALIKE for other in self._said):
            return False
        self._said.append(said)
        return True


def tokens(text: str) -> Iterable[str]:
    """The words of a text, without case, accents and marks."""
    return "".join(char if char.isalnum() else " " for char in fold(text)).split()


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the tokens of both that both have; two empty texts are alike."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0
