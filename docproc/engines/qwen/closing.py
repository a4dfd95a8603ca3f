"""A reply that was cut off, made whole again by its schema without anything being made up.

A list keeps its whole items, a free text what was said of it; what was not said, or only by half, is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What ends something, in the order in which it is tried; and what begins a value where null may not stand.
_ENDING = ("null", '"', "}", "]")
_FILLING = ("0", "1", '"')
_WORD = "~"  # stands in no JSON but within a text
_MOST_PLACES = 32
_MOST_STEPS = 10_000


class Closing:
    """`tokenizer` is llguidance's."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._marks = {mark: tokenizer.greedy_tokenize(mark) for mark in (*_ENDING, *_FILLING, _WORD)}

    def closed(self, matcher: Any, said: Sequence[int]) -> list[int]:
        """The tokens of the whole reply; `matcher` has the grammar of the reply and ends with it."""
        text = self._tokenizer.decode_bytes(list(said)).decode("utf-8", "ignore")
        for end in places(text)[:_MOST_PLACES]:
            kept = self._tokenizer.greedy_tokenize(text[:end])
            matcher.reset()
            rest = self._rest(matcher) if matcher.consume_tokens(kept) else None
            if rest is not None:
                return [*kept, *rest]
        matcher.reset()
        return self._rest(matcher, fill=True) or []

    def _rest(self, matcher: Any, fill: bool = False) -> list[int] | None:
        """The shortest way to the end; None where that would take a value that nobody said, but for `fill`."""
        said: list[int] = []
        while not matcher.is_stopped() and len(said) < _MOST_STEPS:
            forced = matcher.compute_ff_bytes().decode("utf-8", "ignore")
            tokens = self._tokenizer.greedy_tokenize(forced) or self._next(matcher)
            if not tokens and fill:
                tokens = self._filling(matcher)
            if not tokens or not matcher.consume_tokens(tokens):
                return None
            said += tokens
        return said

    def _next(self, matcher: Any) -> list[int]:
        """The mark that ends what is open. Within a text in a fixed form, such as a date, there is none."""
        word = self._marks[_WORD]
        for mark in _ENDING:
            tokens: list[int] = self._marks[mark]
            # Within a text, brackets could as well be a part of it: then more text can follow them.
            if matcher.validate_tokens([*tokens, *word]) == len(tokens):
                return tokens if mark != '"' or matcher.validate_tokens(word) == len(word) else []
        return []

    def _filling(self, matcher: Any) -> list[int]:
        for mark in _FILLING:
            tokens: list[int] = self._marks[mark]
            if matcher.validate_tokens(tokens) == len(tokens):
                return tokens
        bits = int.from_bytes(matcher.compute_bitmask(), "little")
        return [(bits & -bits).bit_length() - 1]


def places(text: str) -> list[int]:
    """Where the beginning of a JSON text can be cut so that no value of its object, and no item of a list in that, is
    left by half: lengths, the longest first. A text directly in the object can be cut anywhere.
    """
    open_marks, within, escaped = "", False, False
    found = []
    for at, char in enumerate(text):
        ended = 0
        if within:
            ended = at + 1 if char == '"' and not escaped else 0
            within = not ended
            escaped = char == "\\" and not escaped
        elif char == '"':
            within = True
        elif char in "[{":
            open_marks += char
        elif char in "]}":
            open_marks, ended = open_marks[:-1], at + 1
        elif char == ",":
            ended = at
        if ended and open_marks in ("{", "{["):
            found.append(ended)
    if within and open_marks == "{":
        found.append(len(text) - escaped)
    return found[::-1]
