"""Each page once, its keys and values repeated for each of its asks: a row per ask, one token a step.

Uses more memory than packing, but only masks of two dimensions, which every attention takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from docproc.engines.qwen.cache import SlotCache
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.net import Net, Sight

ROOM = 64  # tokens of a reply for which room is set aside at first
KEEP = 0.75  # rows are dropped from the cache when at most this share of them is still spoken in


def expanded(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
    """Let every ask of every page be answered; `voices` numbers the asks page after page, and keeps what is said."""
    asks = [ask for page in pages for ask in page.asks]
    if not asks:
        return
    longest, width = max(page.length for page in pages), max(map(len, asks))
    cache = SlotCache(net.layers, len(asks), longest + width + ROOM)
    mask = torch.zeros((len(asks), longest + width), dtype=torch.long, device=net.device)
    afters: list[int] = []
    for page in pages:
        if page.asks:
            first, count = len(afters), len(page.asks)
            cache.into(first)
            afters += [net.see(page, cache)] * count
            cache.copy_row(first, range(first + 1, first + count), page.length)
            mask[first : first + count, : page.length] = 1
    cache.join(longest)
    ids = torch.full((len(asks), width), net.pad)
    places = torch.zeros((len(asks), width), dtype=torch.long)
    for row, (ask, after) in enumerate(zip(asks, afters, strict=True)):
        ids[row, width - len(ask) :] = torch.tensor(ask)
        places[row, width - len(ask) :] = torch.arange(after, after + len(ask))
        mask[row, longest + width - len(ask) :] = 1
    hidden = net.go_on(ids.to(net.device), places.to(net.device), mask, cache)
    _speak(net, voices, cache, mask, (hidden[:, -1], places[:, -1].to(net.device)))


def _speak(
    net: Net, voices: Voices, cache: SlotCache, mask: torch.Tensor, last: tuple[torch.Tensor, torch.Tensor]
) -> None:
    """`last`: the hidden state and the position of each row's last token; rows are the asks in their order."""
    hidden, places = last
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
