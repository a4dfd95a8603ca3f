"""Each page once, its keys and values repeated for each of its asks: a row per ask, one token a step.

Uses more memory than packing, but only masks of two dimensions, which every attention takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from docproc.engines.qwen.cache import SlotCache
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.net import Net, Sight

ROOM = 64  # tokens of a reply for which room is set aside at first
Asks = Sequence[tuple[int, ...]]
KEEP = 0.75  # rows are dropped from the cache when at most this share of them is still spoken in


def expanded(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
    """Let every ask of every page be answered; `voices` numbers the asks page after page, and keeps what is said."""
    asks = [ask for page in pages for ask in page.asks]
    asks = [ask + voices.forced(row) for row, ask in enumerate(asks)]
    if not asks or all(map(voices.done, range(len(asks)))):
        return
    longest, width = max(page.length for page in pages), max(map(len, asks))
    cache = SlotCache(net.text, len(asks), longest + width + ROOM)
    afters: list[int] = []
    for page in pages:
        if page.asks:
            first, count = len(afters), len(page.asks)
            cache.into(first)
            afters += net.see([page], cache) * count
            cache.copy_row(first, range(first + 1, first + count))
    lengths = [page.length for page in pages for _ in page.asks]
    read = _read_each if net.linear else _read_together
    _speak(net, voices, cache, read(net, cache, asks, afters, lengths))


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    """Of each row the hidden state and the position of its last token, and which slots it may see (rows, slots)."""

    hidden: torch.Tensor
    places: torch.Tensor
    mask: torch.Tensor


def _read_together(net: Net, cache: SlotCache, asks: Asks, afters: list[int], lengths: list[int]) -> _Last:
    """Take all asks in at once, padded on the left; the padding is masked and has no part in the positions."""
    longest, width = max(lengths), max(map(len, asks))
    ids = torch.full((len(asks), width), net.pad)
    places = torch.zeros((len(asks), width), dtype=torch.long)
    mask = torch.zeros((len(asks), longest + width), dtype=torch.long)
    for row, (ask, after, length) in enumerate(zip(asks, afters, lengths, strict=True)):
        ids[row, width - len(ask) :] = torch.tensor(ask)
        places[row, width - len(ask) :] = torch.arange(after, after + len(ask))
        mask[row, :length] = 1
        mask[row, longest + width - len(ask) :] = 1
    cache.join(longest)
    places, mask = places.to(net.device), mask.to(net.device)
    hidden = net.go_on(ids.to(net.device), places, mask, cache)
    return _Last(hidden[:, -1], places[:, -1], mask)


def _read_each(net: Net, cache: SlotCache, asks: Asks, afters: list[int], lengths: list[int]) -> _Last:
    """Take the asks in one by one: linear attention has a state that padding would change."""
    used = max(length + len(ask) for length, ask in zip(lengths, asks, strict=True))
    mask = torch.zeros((len(asks), used), dtype=torch.long)
    last = []
    for row, (ask, after, length) in enumerate(zip(asks, afters, lengths, strict=True)):
        cache.into(row)
        places = torch.arange(after, after + len(ask), device=net.device)
        last.append(net.go_on(torch.tensor([ask], device=net.device), places[None], None, cache)[:, -1])
        mask[row, : length + len(ask)] = 1
    cache.join(used)
    ends = [after + len(ask) - 1 for ask, after in zip(asks, afters, strict=True)]
    return _Last(torch.cat(last), torch.tensor(ends, device=net.device), mask.to(net.device))


def _speak(net: Net, voices: Voices, cache: SlotCache, last: _Last) -> None:
    """Let all rows speak to their ends; rows are the asks in their order."""
    hidden, places, mask = last.hidden, last.places, last.mask
    rows = list(range(len(places)))
    while True:
        live = [at for at, row in enumerate(rows) if not voices.done(row)]
        picked = torch.tensor(live, device=net.device)
        said = voices.choose([rows[at] for at in live], net.logits(hidden[picked]))
        tokens = torch.full((len(rows),), net.pad)
        tokens[live] = torch.tensor(said)
        live = [at for at in live if not voices.done(rows[at])]
        if not live:
            return
        tokens = tokens.to(net.device)
        if len(live) <= KEEP * len(rows):
            kept = torch.tensor(live, device=net.device)
            cache.keep(kept)
            rows = [rows[at] for at in live]
            tokens, places, mask = tokens[kept], places[kept], mask[kept]
        places = places + 1
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
        hidden = net.go_on(tokens[:, None], places[:, None], mask, cache)[:, -1]
