"""Each page once, its asks packed behind it in one row: tree attention.

A batch has a row per page: the page's tokens, then those of all its asks, then, step by step, what each ask that is not
done says next: one token, and with it those that its schema forces. A mask lets a token see the page and what stands
before it in its own ask. The keys and values of a page are held once, whatever the number of its asks; rows whose page
is shorter, or has fewer asks, are padded, the padding is masked and has no part in the positions. Needs attention that
takes a mask of four dimensions as it is: SDPA.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from docproc.engines.qwen.cache import SlotCache
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.net import Net, Sight

# Whose token a slot holds: an ask's number, or one of these.
PAGE, PADDING, IDLE = -1, -2, -3
ROOM = 64  # tokens of each ask's reply for which room is set aside at first
KEEP = 0.75  # rows are dropped from the cache when at most this share of them is still spoken in


@dataclass(slots=True)
class _Ask:
    """An ask that is not done: the tokens that the model has yet to take in, and the position of the first."""

    number: int
    coming: tuple[int, ...]
    place: int


def packed(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
    """Let every ask of every page be answered; `voices` numbers the asks page after page, and keeps what is said."""
    pages = [page for page in pages if page.asks]
    if not pages:
        return
    batch = _Batch(net, pages, voices)
    while batch.rows:
        batch.step()


class _Batch:
    def __init__(self, net: Net, pages: Sequence[Sight], voices: Voices) -> None:
        """Take the pages in, one after another, or those of one shape together: nothing is padded."""
        self.net, self.voices = net, voices
        self.used = max(page.length for page in pages)
        width = max(sum(map(len, page.asks)) + ROOM * len(page.asks) for page in pages)
        self.cache = SlotCache(net.text, len(pages), self.used + width)
        self.owner = torch.full((len(pages), self.used + width), PADDING, dtype=torch.int32, device=net.device)
        self.rows: list[list[_Ask]] = []
        number = 0
        for group in net.together(pages):
            self.cache.into(len(self.rows), len(group))
            for page, after in zip(group, net.see(group, self.cache), strict=True):
                self.owner[len(self.rows), : page.length] = PAGE
                numbers = range(number, number + len(page.asks))
                asks = [_Ask(one, ask + voices.forced(one), after) for one, ask in zip(numbers, page.asks, strict=True)]
                self.rows.append([ask for ask in asks if not voices.done(ask.number)])
                number += len(page.asks)
        self.cache.join(self.used)
        self._drop()

    def step(self) -> None:
        """Feed each ask what comes next in it, and let it say what follows."""
        width = max(sum(len(ask.coming) for ask in row) for row in self.rows)
        ids, places, owners = ([[fill] * width for _ in self.rows] for fill in (self.net.pad, 0, IDLE))
        ends: list[tuple[int, int]] = []  # the row and place of each ask's last token
        for at, row in enumerate(self.rows):
            start = 0
            for ask in row:
                count = len(ask.coming)
                span = slice(start, start + count)
                ids[at][span] = ask.coming
                places[at][span] = range(ask.place, ask.place + count)
                owners[at][span] = [ask.number] * count
                start += count
                ask.place += count
                ends.append((at, start - 1))
        given = torch.tensor([ids, places, owners]).to(self.net.device, non_blocking=True)
        hidden = self.net.go_on(given[0], given[1], self._mask(given[2].int()), self.cache)
        where = torch.tensor(ends, device=hidden.device)
        self._say(self.net.logits(hidden[where[:, 0], where[:, 1]]))

    def _say(self, logits: torch.Tensor) -> None:
        """Let each ask say its next token by its logits, in the order of rows and asks."""
        asks = [ask for row in self.rows for ask in row]
        tokens = self.voices.choose([ask.number for ask in asks], logits)
        for ask, token in zip(asks, tokens, strict=True):
            ask.coming = (token, *self.voices.forced(ask.number))
        self.rows = [[ask for ask in row if not self.voices.done(ask.number)] for row in self.rows]
        self._drop()

    def _mask(self, owner: torch.Tensor) -> torch.Tensor:
        """Who may see whom: (rows, 1, width, slots) of bool, `owner` (rows, width) telling whose the new tokens are.

        Every query sees the page, so that none sees nothing, which would make it not a number, and with it all that is
        computed beside it.
        """
        width = owner.shape[1]
        start, self.used = self.used, self.used + width
        if self.used > self.owner.shape[1]:
            more = self.used - self.owner.shape[1] + self.owner.shape[1] // 4
            self.owner = torch.nn.functional.pad(self.owner, (0, more), value=PADDING)
        self.owner[:, start : self.used] = owner
        slots = self.owner[:, None, : self.used]
        mask = slots == owner[:, :, None]
        if width > 1:
            mask[:, :, start:].tril_()
        mask |= slots == PAGE
        return mask[:, None]

    def _drop(self) -> None:
        """Let rows go in which all is said; from the cache not at once, since that copies what stays."""
        live = [at for at, row in enumerate(self.rows) if row]
        if not live:
            self.rows = []
        elif len(live) <= KEEP * len(self.rows):
            kept = torch.tensor(live, device=self.net.device)
            self.cache.keep(kept)
            self.owner = self.owner[kept]
            self.rows = [self.rows[at] for at in live]
