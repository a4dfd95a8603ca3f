"""Running text, told apart from the cells of tables."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from docproc.engines.ocr.tables.pieces import LEADER, Piece

_WORD = re.compile(r"[^\W\d_]{2,}[,.;:!?)\]”\"']*")
_ENDS = re.compile(r".*[^\W\d_][.;:!?]$")


def prose(pieces: Sequence[Piece]) -> set[int]:
    """The indices of the pieces that are lines of running text.

    A line of running text has five words and more (mostly words of letters) and another such line, or the rest of its
    paragraph, right above or below it with nearly the same left edge and font height.
    """
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].box.y0)
    tops = [pieces[i].box.y0 for i in order]
    wordy = [_wordy(piece) for piece in pieces]
    found: set[int] = set()
    for i, piece in enumerate(pieces):
        if not wordy[i]:
            continue
        for j in _below(piece, pieces, order, tops):
            if wordy[j] and _same_column(piece, pieces[j]):
                found.update((i, j))
    tails = set()
    for i in found:
        for j in _below(pieces[i], pieces, order, tops):
            if j not in found and _tail(pieces[i], pieces[j]):
                tails.add(j)
    return found | tails


def share_of_running_text(texts: Sequence[str]) -> float:
    """The share of texts of three words and more that begin in the middle of a sentence, in [0, 1].

    0 where less than a quarter of all texts are as long: the labels of a table of numbers may begin as they like.
    """
    several = [text for text in texts if text.count(" ") >= 2]
    if len(several) < max(4, 0.25 * len(texts)):
        return 0.0
    return sum(text[0].islower() or text.endswith("-") for text in several) / len(several)


def _wordy(piece: Piece) -> bool:
    words = [word.text for word in piece.words if not LEADER.fullmatch(word.text)]
    letters = sum(bool(_WORD.fullmatch(word)) for word in words)
    return len(words) >= 5 and letters >= 0.55 * len(words) and piece.box.width > 9 * piece.size


def _below(piece: Piece, pieces: Sequence[Piece], order: Sequence[int], tops: Sequence[float]) -> list[int]:
    """The pieces that begin on the next line of text below, and overlap in x."""
    found = []
    k = bisect_left(tops, piece.box.cy)
    while k < len(order) and tops[k] < piece.box.y1 + 1.0 * piece.size:
        other = pieces[order[k]]
        if other.box.x0 < piece.box.x1 and other.box.x1 > piece.box.x0:
            found.append(order[k])
        k += 1
    return found


def _same_column(upper: Piece, lower: Piece) -> bool:
    alike = abs(upper.size - lower.size) < 0.2 * upper.size
    edge = abs(upper.box.x0 - lower.box.x0) < 2.5 * upper.size or abs(upper.box.x1 - lower.box.x1) < 1.0 * upper.size
    shared = min(upper.box.x1, lower.box.x1) - max(upper.box.x0, lower.box.x0)
    return alike and edge and shared > 0.6 * min(upper.box.width, lower.box.width)


def _tail(upper: Piece, lower: Piece) -> bool:
    """Whether a short piece is the last line of the paragraph above it."""
    alike = abs(upper.size - lower.size) < 0.1 * upper.size and abs(upper.box.x0 - lower.box.x0) < 2.5 * upper.size
    return alike and not lower.numeric and (lower.text[:1].islower() or bool(_ENDS.match(lower.text)))
