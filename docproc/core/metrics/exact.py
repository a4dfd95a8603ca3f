"""Exact match and token F1, as SQuAD has them."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def exact_match(said: str, accepted: Sequence[str]) -> float:
    """1 where an accepted answer was said, letter case, punctuation, English articles and white space aside; else 0."""
    return float(_tokens(said) in [_tokens(answer) for answer in accepted])


def token_f1(said: str, accepted: Sequence[str]) -> float:
    """The harmonic mean of precision and recall of words, against the best accepted answer; in [0, 1].

    Rajpurkar et al., EMNLP 2016, section 6.1. Where one of both has no words, 1 if the other has none either, else 0.
    """
    words = _tokens(said)
    return max((_f1(words, _tokens(answer)) for answer in accepted), default=0.0)


def _f1(said: list[str], answer: list[str]) -> float:
    if not said or not answer:
        return float(said == answer)
    common = sum((Counter(said) & Counter(answer)).values())
    return 2 * common / (len(said) + len(answer))


def _tokens(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()
