"""From what was said to completions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from docproc.core.model_boxes import Convention, page_boxes
from docproc.core.types import Completion, Reply
from docproc.engines.qwen.choose import Said
from docproc.engines.qwen.prepare import Prepared

BOX_TOKENS = ("<|box_start|>", "<box>")  # a model that was not asked may still say where it looked


def completion(prepared: Prepared, said: Sequence[Said], tokenizer: Any, convention: Convention | None) -> Completion:
    """The replies to one prompt; `said` in the order of its asks."""
    replies = tuple(_reply(one, prepared, tokenizer, convention) for one in said)
    return Completion(replies, tokens_in=prepared.tokens, tokens_out=sum(len(one.tokens) for one in said))


def _reply(said: Said, prepared: Prepared, tokenizer: Any, convention: Convention | None) -> Reply:
    text = tokenizer.decode(said.tokens, skip_special_tokens=True)
    whole = tokenizer.decode(said.tokens, skip_special_tokens=False)
    told = prepared.boxes or any(token in whole for token in BOX_TOKENS)
    boxes = page_boxes(whole, convention, prepared.tiles) if told and convention is not None else ()
    confidence = None if said.logprob is None else min(1.0, max(0.0, math.exp(said.logprob)))
    return Reply(text, said.finish, confidence, boxes, said.logprob, said.least)
