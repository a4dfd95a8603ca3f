"""Endless repetition in what a model says, found early and without harming tables.

A reply loops where its end repeats a stretch of `period` tokens over and over, exactly. Pages do repeat themselves:
dotted leaders, rules of dashes, columns of zeros, rows of empty cells, a ledger with a dozen equal entries. So the
shorter the stretch, the more copies it takes; and rows that differ in a single figure are no loop at all.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

# A stretch is looked for where its first tokens were said before: this many in a row.
_ANCHOR = 4
# Stretches that are watched at a time; a loop inside a loop ("0, 0, 0, \n" again and again) needs two.
_WATCHED = 6
# Copies of a stretch that make a loop, however long it is, and the tokens that short ones must fill together: a leader
# of dots across a page has up to about 150 characters, and a small vocabulary says each with a token of its own.
_ROWS, _FEWEST, _FILLED, _LONG = 20, 4, 240, 1200
# Characters of a text that are looked through, from its end: more than any page has.
_LONGEST = 200_000
_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


class Loop:
    """Watches a reply while it is said, token by token; a step takes a fixed number of operations.

    Once it loops, `period` is the length of what repeats and `surplus` that of its copies after the first, in tokens.
    `rows`: the reply is a list or a table, so that even a long stretch may stand in it many times.
    """

    def __init__(self, rows: bool = False) -> None:
        self._rows = rows
        self.period = self.surplus = 0
        self._said: list[Hashable] = []
        self._last: dict[tuple[Hashable, ...], int] = {}
        self._runs: dict[int, int] = {}  # period → tokens in a row that equal the one a period before

    def push(self, token: Hashable) -> bool:
        """Whether the reply loops with this token."""
        said = self._said
        said.append(token)
        at = len(said) - 1
        self._runs = {period: run + 1 for period, run in self._runs.items() if said[at - period] == token}
        if at + 1 >= _ANCHOR:
            anchor = tuple(said[at + 1 - _ANCHOR :])
            before = self._last.get(anchor)
            self._last[anchor] = at
            if before is not None and at - before not in self._runs:
                self._watch(at - before)
        for period, run in self._runs.items():
            if run + period >= self._enough(period):
                self.period, self.surplus = period, self._copied(period)
                return True
        return False

    def _copied(self, period: int) -> int:
        at = len(self._said) - 1
        while at >= period and self._said[at] == self._said[at - period]:
            at -= 1
        return len(self._said) - 1 - at

    def _watch(self, period: int) -> None:
        if len(self._runs) == _WATCHED:  # the newest gives way: an old one has held for long
            self._runs.pop(next(reversed(self._runs)))
        self._runs[period] = _ANCHOR

    def _enough(self, period: int) -> int:
        """The tokens that all copies of a stretch together must have to make a loop."""
        if self._rows:
            return max(_FILLED, period * _ROWS)
        return max(_FILLED, min(period * _ROWS, max(_LONG, period * _FEWEST)))


def cut_loop(text: str) -> str | None:
    """A text up to the end of the first copy of what its end repeats; None where it does not loop."""
    start = max(0, len(text) - _LONGEST)
    loop, ends = Loop(), [start]
    for piece in _PIECE.finditer(text, start):
        ends.append(piece.end())
        if loop.push(piece.group()):
            return text[: ends[-1 - loop.surplus]]
    return None
