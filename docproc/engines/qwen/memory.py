"""How many pages may be in flight at once."""

from __future__ import annotations

import torch

from docproc.engines.qwen.net import Net
from docproc.engines.qwen.prepare import Prepared

MOST_PAGES = 64  # more in one batch gains nothing: a step is bound by what is computed, no longer by the weights
ON_CPU = 4  # nothing is gained by a wider batch there beyond that, and memory is everybody's
SAID = 1024  # tokens of replies of a page for which memory is reckoned; the rare longer one halves the batch
MASKS, LOGITS = 4, 3  # bytes of a mask's cell (as bool, twice, and as a number); copies of the logits in 32 bits
LAYERS_ALIVE = 12  # hidden states of a page that are held at once while it is taken in, in sizes of the MLP


def pages_in_flight(net: Net, batch: list[Prepared], share: float, batch_setting: int, repeated: bool = False) -> int:
    """How many of these prompts may be answered together, at least 1.

    `share` of the memory that is free on the GPU is used: keys and values of a page's tokens, its asks and its replies,
    after what taking in the largest page needs for a moment. `repeated`: a page's are held once for each ask.
    """
    most = batch_setting or MOST_PAGES
    if net.device.type != "cuda":
        return batch_setting or ON_CPU
    free, _ = torch.cuda.mem_get_info(net.device)
    idle = torch.cuda.memory_reserved(net.device) - torch.cuda.memory_allocated(net.device)
    largest = max(net.most_together, *(one.tokens for one in batch))
    room = (free + idle) * share - largest * moment_of(net)
    each = max(page_bytes(net, one, repeated) for one in batch)
    return max(1, min(most, int(room / each)))


def page_bytes(net: Net, prepared: Prepared, repeated: bool = False) -> int:
    """Bytes that a prompt adds to a batch: keys and values, and what taking in its asks and its logits need at once."""
    again = (len(prepared.limits) - 1) * prepared.sight.length if repeated else 0
    slots = prepared.tokens + again + min(sum(prepared.limits), SAID)
    asked = prepared.tokens - prepared.sight.length
    mask = asked * slots * net.text.num_attention_heads // heads_of(net) * MASKS
    logits = len(prepared.limits) * net.text.vocab_size * 4 * LOGITS
    return int(slots * slot_bytes(net) + asked * moment_of(net) + mask + logits)


def slot_bytes(net: Net) -> int:
    """Bytes of the keys and values of one token in all layers."""
    size = getattr(net.text, "head_dim", None) or net.text.hidden_size // net.text.num_attention_heads
    return int(2 * net.layers * heads_of(net) * size * net.dtype.itemsize)


def heads_of(net: Net) -> int:
    """Heads of keys and values."""
    return int(getattr(net.text, "num_key_value_heads", None) or net.text.num_attention_heads)


def moment_of(net: Net) -> int:
    """Bytes for each token of a page while it is taken in."""
    inner = getattr(net.text, "intermediate_size", 0) or 4 * net.text.hidden_size
    return int((inner + net.text.hidden_size) * LAYERS_ALIVE * net.dtype.itemsize)
