"""The textbook way: every ask by itself, the images encoded and read again for each.

Slow, and right by itself: what the other ways must say too.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import DynamicCache

from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.net import Net, Sight


def plain(net: Net, pages: Sequence[Sight], voices: Voices) -> None:
    """Let every ask of every page be answered; `voices` numbers the asks page after page, and keeps what is said."""
    number = 0
    for page in pages:
        for ask in page.asks:
            _one(net, page, ask, voices, number)
            number += 1


def _one(net: Net, page: Sight, ask: tuple[int, ...], voices: Voices, number: int) -> None:
    ids = torch.cat([page.ids, torch.tensor([ask])], 1).to(net.device)
    vision = net.vision(page, longer=len(ask))
    positions, after = net.positions(ids, vision)
    cache = DynamicCache(config=net.text)
    given = {"past_key_values": cache, "use_cache": True, "logits_to_keep": 1}
    out = net.model(input_ids=ids, position_ids=positions, attention_mask=torch.ones_like(ids), **given, **vision)
    (token,) = voices.choose([number], out.logits[:, -1])
    while not voices.done(number):
        ids = torch.tensor([[token]], device=net.device)
        at = net.along(torch.tensor([[after]], device=net.device))
        out = net.model(input_ids=ids, position_ids=at, **given)
        (token,) = voices.choose([number], out.logits[:, -1])
        after += 1
