"""Each page once, its asks packed behind it in one row: tree attention.

A batch has a row per page: the page's tokens, then those of all its asks, then, step by step, one token for each ask
that is not done. A mask lets a token see the page and its own ask. The keys and values of a page are held once,
whatever the number of its asks; rows whose page is shorter, or has fewer asks, are padded, the padding is masked and
has no part in the positions. Needs attention that takes a mask of four dimensions as it is: SDPA.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from docproc.engines.qwen.cache import SlotCache
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.net import Net, Sight

# Whose token a slot holds: an ask's number, or one of these.
PAGE, PADDING, IDLE = -1, -2, -3
ROOM = 64  # tokens of each ask's reply for which room is set aside at first
KEEP = 0.75  # rows are dropped from the cache when at most this share of them is still spoken in


@dataclass(slots=True)
class _Row:
    """What is said in a row: the asks that are not done, and of each the next token and its position."""

    asks: list[int]
    after: int
    tokens: dict[int, int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)


def packed(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
    """Let every ask of every page be answered; `voices` numbers the asks page after page, and keeps what is said."""
    pages = [page for page in pages if page.asks]
    if not pages:
        return
    batch = _Batch(net, pages, voices)
    batch.read_asks()
    while batch.rows:
        batch.step()


class _Batch:
    def __init__(self, net: Net, pages: Sequence[Sight], voices: Voices) -> None:
        """Take the pages in, one after another: a page alone keeps a GPU busy, and nothing is padded."""
        self.net, self.pages, self.voices = net, pages, voices
        longest = max(page.length for page in pages)
        self.width = max(sum(map(len, page.asks)) for page in pages)
        room = longest + self.width + ROOM * max(len(page.asks) for page in pages)
        self.cache = SlotCache(net.layers, len(pages), room)
        self.owner = torch.full((len(pages), room), PADDING, dtype=torch.int32, device=net.device)
        self.rows: list[_Row] = []
        number = 0
        for at, page in enumerate(pages):
            self.cache.into(at)
            after = net.see(page, self.cache)
            self.owner[at, : page.length] = PAGE
            self.rows.append(_Row(list(range(number, number + len(page.asks))), after))
            number += len(page.asks)
        self.used = longest
        self.cache.join(longest)

    def read_asks(self) -> None:
        """Take all asks in and let each say its first token."""
        ids, places, owners = ([[fill] * self.width for _ in self.rows] for fill in (self.net.pad, 0, IDLE))
        ends: list[tuple[int, int]] = []
        for at, (row, page) in enumerate(zip(self.rows, self.pages, strict=True)):
            start = 0
            for number, ask in zip(row.asks, page.asks, strict=True):
                span = slice(start, start + len(ask))
                ids[at][span] = ask
                places[at][span] = range(row.after, row.after + len(ask))
                owners[at][span] = [number] * len(ask)
                row.places[number] = row.after + len(ask) - 1
                start += len(ask)
                ends.append((at, start - 1))
        causal = torch.ones((self.width, self.width), dtype=torch.bool, device=self.net.device).tril()
        self._speak(ids, places, owners, ends, causal)

    def step(self) -> None:
        """Feed each ask the token that it said last, and let it say the next."""
        width = max(len(row.asks) for row in self.rows)
        ids, places, owners = ([[fill] * width for _ in self.rows] for fill in (self.net.pad, 0, IDLE))
        ends = []
        for at, row in enumerate(self.rows):
            for place, number in enumerate(row.asks):
                row.places[number] += 1
                ids[at][place] = row.tokens[number]
                places[at][place] = row.places[number]
                owners[at][place] = number
                ends.append((at, place))
        self._speak(ids, places, owners, ends, None)

    def _speak(
        self,
        ids: list[list[int]],
        places: list[list[int]],
        owners: list[list[int]],
        ends: list[tuple[int, int]],
        causal: torch.Tensor | None,
    ) -> None:
        """`ids`, `places` and `owners`: (rows, width). `ends`: the row and place of each ask's last token, in the order
        of the asks. `causal` (width, width): which of the new tokens may see which; None where each sees itself alone.
        """
        given = torch.tensor([ids, places, owners]).to(self.net.device, non_blocking=True)
        mask = self._mask(given[2].int(), causal)
        hidden = self.net.go_on(given[0], given[1], mask, self.cache)
        where = torch.tensor(ends, device=hidden.device)
        logits = self.net.logits(hidden[where[:, 0], where[:, 1]])
        numbers = [number for row in self.rows for number in row.asks]
        said = dict(zip(numbers, self.voices.choose(numbers, logits), strict=True))
        for row in self.rows:
            row.asks = [number for number in row.asks if not self.voices.done(number)]
            row.tokens = {number: said[number] for number in row.asks}
        self._drop()

    def _mask(self, owner: torch.Tensor, causal: torch.Tensor | None) -> torch.Tensor:
        """Who may see whom: (rows, 1, width, slots) of bool. Every query sees the page, so that none sees nothing,
        which would make it not a number, and with it all that is computed beside it.
        """
        start, self.used = self.used, self.used + owner.shape[1]
        if self.used > self.owner.shape[1]:
            more = self.used - self.owner.shape[1] + self.owner.shape[1] // 4
            self.owner = torch.nn.functional.pad(self.owner, (0, more), value=PADDING)
        self.owner[:, start : self.used] = owner
        slots = self.owner[:, None, : self.used]
        mask = slots == owner[:, :, None]
        if causal is not None:
            mask[:, :, start:] &= causal
        mask |= slots == PAGE
        return mask[:, None]

    def _drop(self) -> None:
        """Let rows go in which all is said; from the cache not at once, since that copies what stays."""
        live = [at for at, row in enumerate(self.rows) if row.asks]
        if not live:
            self.rows = []
        elif len(live) <= KEEP * len(self.rows):
            kept = torch.tensor(live, device=self.net.device)
            self.cache.keep(kept)
            self.owner = self.owner[kept]
            self.rows = [self.rows[at] for at in live]
