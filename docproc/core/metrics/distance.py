"""Edit distance, and the error rates of transcripts made of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from docproc.core.errors import MissingExtra


def edit_distance(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """The least number of insertions, deletions and substitutions that make one of the other (Levenshtein).

    Of characters or of words. Raises MissingExtra.
    """
    try:
        from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("eval", "edit distance") from error
    return int(Levenshtein.distance(first, second))


def error_rate(said: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """Edits per character or word of the truth; more than 1 where much was invented. An empty truth: 0 or 1.

    Morris et al., Interspeech 2004, eq. 1. A corpus's rate is the sum of edits over that of lengths.
    """
    if not truth:
        return float(bool(said))
    return edit_distance(said, truth) / len(truth)


def character_error_rate(said: str, truth: str) -> float:
    """Of characters, runs of white space counting as one space."""
    return error_rate(" ".join(said.split()), " ".join(truth.split()))


def word_error_rate(said: str, truth: str) -> float:
    """Of words between white space, letter case and punctuation counting."""
    return error_rate(said.split(), truth.split())
