"""A tokenizer of the published models' size, made up: masks cost by the number of tokens, not by what they mean."""

from __future__ import annotations

from random import Random
from typing import Any

QWEN = 151_936  # width of the logits of Qwen2-VL to Qwen3-VL; their tokenizers have a few hundred tokens less
END = "<|im_end|>"
_ORDINARY = 151_643
# What JSON is made of, joined as a tokenizer that has seen JSON joins it.
_JSON = (
    '{"',
    '":',
    '":"',
    '"}',
    '","',
    '},{"',
    '":null',
    "null",
    "value",
    "quote",
    "count",
    '["',
    '"]',
    "true",
    "false",
)


def large_tokenizer(seed: int = 0) -> Any:
    """A byte-level BPE tokenizer (of the library `tokenizers`) of 151,644 tokens: words of letters, most of them with
    a space before them, and stretches of other bytes. Digits are tokens of their own, as Qwen's are.
    """
    from tokenizers import Tokenizer, decoders, models
    from tokenizers.pre_tokenizers import ByteLevel

    rng = Random(seed)
    alphabet = sorted(ByteLevel.alphabet())
    vocabulary = {char: number for number, char in enumerate(alphabet)}
    merges: list[tuple[str, str]] = []

    def merge(left: str, right: str) -> str:
        if left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append((left, right))
        return left + right

    for word in _JSON:
        made = word[0]
        for char in word[1:]:
            made = merge(made, char)
    letters = [char for char in alphabet if char.isascii() and char.isalpha()]
    words = letters + [merge("Ġ", char) for char in letters]
    while len(vocabulary) < 120_000:
        left = rng.choice(words)
        if len(left) < 12:
            words.append(merge(left, rng.choice(letters)))
    others = [char for char in alphabet if not char.isalnum() or not char.isascii()]
    stretches = list(others)
    while len(vocabulary) < _ORDINARY:
        left = rng.choice(stretches)
        if len(left) < 6:
            stretches.append(merge(left, rng.choice(others)))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([END])
    return tokenizer
