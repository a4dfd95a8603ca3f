"""Replies held to a JSON schema: which tokens may come next, by llguidance.

Compact JSON in the schema's order of properties; no `\\u` escapes, which could be half a character. A mask is 1 bit a
token, packed in 32-bit words; bit `n` is token `n`.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import llguidance
import torch

from docproc.core.errors import PageFailed, UsageError
from docproc.engines.qwen.closing import Closing

_OPTIONS = {
    "whitespace_flexible": False,
    "json_allow_general_unicode_escapes": False,
    "json_allowed_escapes": '"\\nt',
}
# Compiled grammars that are kept; a question set has a few dozen schemas.
_MOST_GRAMMARS = 512


class Grammars:
    """Compiled grammars of one tokenizer. One thread at a time.

    `tokenizer`: a fast tokenizer of transformers; `ends`: ids of the tokens that end a reply; `vocabulary`: width of
    the model's logits. `threads` fill masks side by side: the rows of a large batch, while a GPU computes.
    """

    def __init__(self, tokenizer: Any, ends: Sequence[int], vocabulary: int, threads: int = 1) -> None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise UsageError(
                f"{type(tokenizer).__name__} is no fast tokenizer, so its replies cannot be held to a schema; "
                "save the model with a tokenizer.json"
            )
        backend = type(backend).from_str(backend.to_str())  # a copy, without its padding and truncation
        backend.no_padding()
        backend.no_truncation()
        size = max(vocabulary, backend.get_vocab_size())
        self._tokenizer = llguidance.LLTokenizer(backend.to_str(), n_vocab=size, eos_token=list(ends))
        self._executor = llguidance.LLExecutor(num_threads=threads) if threads > 1 else None
        self._closing = Closing(self._tokenizer)
        self._compiled: OrderedDict[str, Any] = OrderedDict()
        self._words = (size + 31) // 32
        self._masks = torch.zeros((0, self._words), dtype=torch.int32)

    def begin(self, schema: Mapping[str, Any]) -> Constraint:
        """The beginning of a reply by a schema. Raises UsageError for a schema that cannot be held to."""
        text = json.dumps(schema)
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = self._compile(schema)
            self._compiled[text] = compiled
            if len(self._compiled) > _MOST_GRAMMARS:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(text)
        return Constraint(compiled.deep_copy(), self._closing, '"array"' in text)

    def _compile(self, schema: Mapping[str, Any]) -> Any:
        """A grammar; without the patterns of the schema where it has one that cannot be held to."""
        for held in (schema, _unpatterned(schema)):
            grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(held), overrides=_OPTIONS)
            matcher = llguidance.LLMatcher(self._tokenizer, grammar)
            if not matcher.is_error():
                return matcher
        told = json.dumps(schema)[:200]
        raise UsageError(f"replies cannot be held to the schema {told}: {matcher.get_error()[:200]}")

    def masks(self, constraints: Sequence[Constraint]) -> torch.Tensor:
        """The tokens that may come next, (rows, words) int32 on the CPU.

        The next call overwrites it.
        """
        rows = len(constraints)
        if len(self._masks) < rows:
            self._masks = torch.zeros((rows, self._words), dtype=torch.int32)
        masks = self._masks[:rows]
        size = self._words * 4
        held = [(constraint.matcher, row) for row, constraint in enumerate(constraints)]
        if self._executor is not None and len(held) > 1:
            self._executor.unsafe_compute_mask_ptr(held, masks.data_ptr(), size, rows)
        else:
            for matcher, row in held:
                matcher.unsafe_compute_mask_ptr(masks.data_ptr() + row * size, size)
        return masks


def _unpatterned(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {
            key: _unpatterned(part) for key, part in schema.items() if key != "pattern" or not isinstance(part, str)
        }
    return [_unpatterned(part) for part in schema] if isinstance(schema, list) else schema


class Constraint:
    """The grammar of one reply while it is said."""

    def __init__(self, matcher: Any, closing: Closing, lists: bool) -> None:
        """`lists`: there are lists in it."""
        self.matcher = matcher
        self.lists = lists
        self._closing = closing

    @property
    def complete(self) -> bool:
        """Whether the reply is whole: nothing can follow."""
        return bool(self.matcher.is_stopped()) and not self.matcher.is_error()

    def forced(self) -> list[int]:
        """The tokens that must come next, spelt as the tokenizer would; empty where there is a choice."""
        return [] if self.matcher.is_stopped() else list(self.matcher.compute_ff_tokens())

    def has(self, token: int) -> bool:
        """Whether a token may come next."""
        return bool(self.matcher.validate_tokens([token]) == 1)

    def take(self, token: int) -> None:
        """Goes on by a token that was said. Raises PageFailed where the grammar cannot: it is too large."""
        if not self.matcher.consume_token(token):
            raise PageFailed(f"a reply left its schema: {self.matcher.get_error()[:300]}", "engine_error")

    def closed(self, said: Sequence[int]) -> list[int]:
        """A whole reply out of one that was cut off after these tokens (see `closing`)."""
        return self._closing.closed(self.matcher, said)


def barred(masks: torch.Tensor, device: torch.device, vocabulary: int) -> torch.Tensor:
    """Packed masks as (rows, vocabulary) float32 on a device, to be added to logits: 0 or minus infinity."""
    bits = ((torch.arange(256, device=device)[:, None] >> torch.arange(8, device=device)) & 1).float().log()
    octets = masks.view(torch.uint8).to(device, non_blocking=True).int()
    found = torch.nn.functional.embedding(octets, bits).flatten(1)
    short = vocabulary - found.shape[1]
    return torch.nn.functional.pad(found, (0, short), value=-torch.inf) if short > 0 else found[:, :vocabulary]
